import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { checkNode, type DoctorReport } from '../../src/cli/wiring/doctor-report.ts';
import { dialectCases, dialectHandler } from '../models/dialect-server.ts';
import { answers, type FaultServer, startFaultServer } from '../models/fault-server.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let server: FaultServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const folder = (): string => temporaryFolder('doctor');

/** A network in which each address answers as said, and no other does. */
function network(answersOf: Readonly<Record<string, () => Response>>) {
  const asked: { url: string; key: string | null }[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = String(input);
    asked.push({ url, key: new Headers(init?.headers).get('authorization') });
    const answer = answersOf[url];
    if (answer === undefined)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    return answer();
  };
  return { asked, fetch };
}

async function examined(argv: string, changes: Partial<ProcessContext> = {}) {
  const context = testContext(['doctor', '--json', ...argv.split(' ').filter((word) => word !== '')], {
    cwd: folder(),
    fetch: network({}).fetch,
    ...changes,
  });
  const code = await runCli(context);
  // A machine without bubblewrap has a problem of its own, which is not what these tests are about.
  const report = (): DoctorReport => {
    const whole = JSON.parse(context.stdout.text) as DoctorReport;
    return { ...whole, problems: whole.problems.filter(({ what }) => !/bubblewrap/.test(what)) };
  };
  return { code, report, out: context.stdout.text, err: context.stderr.text };
}

const list =
  (...ids: string[]) =>
  () =>
    Response.json({ data: ids.map((id) => ({ id, owned_by: 'x' })) });
const groq = 'https://api.groq.com/openai/v1/models';

test('names the variable that holds the key of the server on the line', async () => {
  const env = { MINE: 'a-secret' };
  const { report, out } = await examined('--offline --base-url https://x.example/v1 --api-key-env MINE', {
    env,
  });
  expect(report().keys).toContainEqual({ provider: 'openai', variable: 'MINE', found: true });
  expect(out).not.toContain('a-secret');
});

test('names the sandbox tier and found keys, and prints no key', async () => {
  const { code, report, out, err } = await examined('--offline', {
    env: { GROQ_API_KEY: 'gsk-very-secret' },
  });
  expect(code).toBe(0);
  const told = report();
  expect(told.node).toBe(process.version);
  expect(told.sandbox.tiers.map(({ tier }) => tier)).toContain(told.sandbox.used);
  expect(told.keys).toContainEqual({ provider: 'groq', variable: 'GROQ_API_KEY', found: true });
  expect(told.keys).toContainEqual({ provider: 'openai', variable: 'OPENAI_API_KEY', found: false });
  expect(told.keys).toHaveLength(new Set(told.keys.map(({ variable }) => variable)).size);
  expect(told.endpoints).toEqual([]);
  expect(told.speedProfiles.map(({ name }) => name)).toContain('wafer-scale');
  expect(out + err).not.toContain('gsk-very-secret');
});

describe('endpoints', () => {
  test('are asked for their list alone: those with a key, on this machine, or given', async () => {
    const { asked, fetch } = network({ [groq]: list('a', 'b'), 'http://127.0.0.1:7/v1/models': list('c') });
    const env = { GROQ_API_KEY: 'gsk-first, gsk-second', OPENAI_API_KEY: ' ' };
    const { report, out } = await examined('--base-url http://127.0.0.1:7/v1', { env, fetch });
    expect(asked).toEqual([
      { url: groq, key: 'Bearer gsk-first' },
      { url: 'http://127.0.0.1:11434/v1/models', key: null },
      { url: 'http://127.0.0.1:8000/v1/models', key: null },
      { url: 'http://127.0.0.1:7/v1/models', key: null },
    ]);
    expect(report().endpoints.map(({ state }) => state.kind)).toEqual(['listed', 'listed']);
    // Servers on this machine that nobody asked for need not run, and are not missed beside one that is named.
    expect(report().problems).toEqual([]);
    const alone = await examined('', { env, fetch });
    expect(alone.report().endpoints.map(({ state }) => state.kind)).toEqual([
      'listed',
      'unreachable',
      'unreachable',
    ]);
    expect(out).not.toContain('gsk-first');
  });

  test.each<[string, () => Response, RegExp, RegExp]>([
    ['refuses the key', () => Response.json({}, { status: 401 }), /refuses the key in GROQ_API_KEY/, /valid/],
    ['keeps no list', () => new Response('<html>', { status: 200 }), /keeps no list/, /--models/],
    ['serves nothing', list(), /serves no model/, /Load/],
    [
      'is broken',
      () => Response.json({ data: 7 }, { status: 500 }),
      /keeps no list of its models \(500\)/,
      /--models/,
    ],
  ])('one that %s is a problem with a way out', async (_name, answer, what, todo) => {
    const { fetch } = network({ [groq]: answer });
    const { code, report } = await examined('', { env: { GROQ_API_KEY: 'gsk-very-secret' }, fetch });
    expect(code).toBe(0);
    expect(report().problems).toEqual([
      { what: expect.stringMatching(what), todo: expect.stringMatching(todo), blocking: false },
    ]);
  });

  test('one with a key that cannot be reached is a problem, and so is a base URL', async () => {
    const env = { GROQ_API_KEY: 'gsk-very-secret' };
    const { report } = await examined('--base-url http://127.0.0.1:7/v1', { env });
    expect(report().problems.map(({ what }) => what)).toEqual([
      expect.stringMatching(/groq .*ECONNREFUSED/),
      expect.stringMatching(/127\.0\.0\.1:7.*ECONNREFUSED/),
    ]);
  });

  test.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS=FILE\.pem/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS=FILE\.pem/],
    ['CERT_HAS_EXPIRED', /has expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /of another name/],
    ['HPE_INVALID_CONSTANT', /speaks no HTTP/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /http:\/\//],
  ])('one that fails with %s is told in words', async (code, words) => {
    const fetch = async (): Promise<Response> => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
    };
    const { report } = await examined('', { env: { GROQ_API_KEY: 'gsk-very-secret' }, fetch });
    expect(report().problems[0]?.what).toMatch(code);
    expect(report().problems[0]?.what).toMatch(words);
  });

  test('a key that no request can carry is a problem of its provider alone', async () => {
    const env = { GROQ_API_KEY: 'gsk-\u6f22-secret', TOGETHER_API_KEY: 'tgp_v1_secret' };
    const { fetch } = network({ 'https://api.together.xyz/v1/models': list('a') });
    const { code, out, report } = await examined('', { env, fetch });
    expect(code).toBe(0);
    expect(report().problems[0]?.what).toMatch(/^groq .*GROQ_API_KEY: expected a key of .*ASCII/);
    expect(report().endpoints.map(({ state }) => state.kind)).toContain('listed');
    expect(out).not.toMatch(/gsk|tgp/);
  });

  test('a list without a frame, as Together sends it, is a list', async () => {
    const { fetch } = network({ 'https://api.together.xyz/v1/models': () => Response.json([{ id: 'a' }]) });
    const { report } = await examined('', { env: { TOGETHER_API_KEY: 'tgp_v1_secret' }, fetch });
    expect(report().endpoints[0]?.state).toEqual({
      kind: 'listed',
      models: [{ id: 'a', simulated: false }],
    });
  });
});

describe('dialects', () => {
  test('are found out with --probe, shown, and explained where they make settings void', async () => {
    const all = dialectCases.at(-1);
    if (all === undefined) throw new Error('no cases');
    const refusing = dialectHandler(all, answers.ok('hello'));
    server = await startFaultServer((request, response) =>
      // Only what asks for the list of models has no body.
      (Object.keys(request.body).length === 0 ? answers.json(404, {}) : refusing)(request, response),
    );
    const cwd = folder();
    const base = `--base-url ${server.baseUrl}`;
    const probed = await examined(`${base} --models m --probe`, { cwd, fetch: network({}).fetch });
    expect(probed.code).toBe(0);
    expect(probed.err).toContain('openai/m: the server takes');
    const [dialect] = probed.report().dialects;
    expect(dialect).toMatchObject({ endpoint: server.baseUrl, model: 'm' });
    expect(dialect?.departures).toContain('no streaming');
    expect(dialect?.departures).toContain('no system messages (sent as part of the question)');
    expect(probed.report().problems.map(({ what }) => what)).toContainEqual(
      expect.stringContaining('takes no temperature'),
    );
    const calls = server.requests.length;
    const later = await examined(base, { cwd });
    expect(later.report().dialects).toEqual(probed.report().dialects);
    expect(server.requests).toHaveLength(calls);
  });

  test('are not looked for without models', async () => {
    const { code, err } = await examined('--probe');
    expect(code).toBe(2);
    expect(err).toContain('--models');
  });
});

test('a damaged file of speed profiles is a problem, and stops nothing', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'speed-profiles.json'), '{');
  const { code, report } = await examined('--offline --runs-dir .', { cwd });
  expect(code).toBe(0);
  expect(
    report()
      .problems.map(({ what }) => what)
      .join(),
  ).toContain('speed-profiles.json');
});

test('a runs folder that cannot be written keeps mixtune from its work', async () => {
  const { code, report } = await examined('--offline --runs-dir /dev/null/runs');
  expect(code).toBe(1);
  expect(report().problems).toContainEqual(expect.objectContaining({ blocking: true }));
});

test.each([
  ['v20.19.0', true],
  ['v20.18.9', false],
  ['v18.20.0', false],
  ['v22.0.0', true],
  ['v24.1.0', true],
])('Node %s is new enough: %s', (version, fits) => {
  const problems: string[] = [];
  checkNode(version, (what) => void problems.push(what));
  expect(problems).toEqual(fits ? [] : [expect.stringContaining(version)]);
});

test('people get each problem with what to do about it', async () => {
  const context = testContext(['doctor', '--offline'], { cwd: folder() });
  expect(await runCli(context)).toBe(0);
  expect(context.stdout.text).toMatch(/Note .*No real model.*\n {17}Set the key/);
});

test('calls a problem only what would stop a run, and ends with 1 for it', async () => {
  const cwd = folder();
  const look = async (...more: string[]) => {
    const context = testContext(['doctor', '--offline', ...more], { cwd });
    return { code: await runCli(context), out: context.stdout.text };
  };
  const without = await look();
  expect(without.code).toBe(0);
  expect(without.out).toMatch(/^Note {13}No real model can be reached/m);
  expect(without.out).not.toMatch(/^Problem/m);
  writeFileSync(join(cwd, 'taken'), '');
  const blocked = await look('--runs-dir', 'taken');
  expect(blocked.code).toBe(1);
  expect(blocked.out).toMatch(/^Problem {10}/m);
});

test.each([
  ['code-challenge', /^Programs that models write run in the sandbox pyodide\+permissions(\+bubblewrap)? /m],
  ['contest-math', /^(?!.*sandbox)/s],
])('tune says which sandbox runs programs, where there are any: %s', async (task, told) => {
  const line = `tune ${task} --models sim/wisp-1b --max-evaluations 1 --repeats 1 --instances 4 --finish-repeats 1`;
  const context = testContext([...line.split(' '), '--no-report', '--runs-dir', temporaryFolder('tier')]);
  expect(await runCli(context)).toBe(0);
  expect(context.stderr.text).toMatch(told);
  expect(context.stdout.text).not.toContain('sandbox');
});
