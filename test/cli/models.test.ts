import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { answers, delta, type FaultServer, finish, startFaultServer } from '../models/fault-server.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let server: FaultServer;
const cwd = temporaryFolder('models');
const text = Array.from({ length: 40 }, (_, number) => `number${number}`).join(' ');

beforeAll(async () => {
  server = await startFaultServer((request, response) => {
    if (Object.keys(request.body).length === 0) {
      answers.json(200, { data: [{ id: 'a' }, { id: 'b/c' }] })(request, response);
    } else {
      const counted = { choices: [], usage: { prompt_tokens: 30, completion_tokens: 40 } };
      answers.stream(delta({ content: text }), finish('stop'), counted)(request, response);
    }
  });
});
afterAll(() => server.close());

const offlineFetch = async (): Promise<Response> => {
  throw new TypeError('fetch failed');
};
const listing = async (input: string | URL | Request): Promise<Response> =>
  String(input).startsWith(server.baseUrl)
    ? Response.json({ data: [{ id: 'a' }, { id: 'b/c' }] })
    : offlineFetch();

const cli = (line: string, changes: Partial<ProcessContext> = {}) =>
  runLine(line, { cwd, fetch: listing, ...changes });

test('offline, known models are listed with dated prices and nobody is asked', async () => {
  let asked = 0;
  const fetch = async (): Promise<Response> => {
    asked++;
    return offlineFetch();
  };
  const { code, out } = await cli('models --offline', { fetch, env: { GROQ_API_KEY: 'gsk-secret-12345' } });
  expect(code).toBe(0);
  expect(out).toContain('GROQ_API_KEY set');
  expect(out).toMatch(/as of \d{4}-\d\d-\d\d/);
  expect(out).toContain('groq/llama-3.1-8b-instant');
  expect(out).not.toContain('gsk-secret');
  expect(asked).toBe(0);
});

test('what an endpoint serves is listed; an unknown price stays unknown', async () => {
  const { out } = await cli(`models --base-url ${server.baseUrl} --json`);
  const told = JSON.parse(out) as { models: { name: string; price: unknown }[] };
  expect(told.models.slice(0, 2)).toMatchObject([
    { name: 'openai/a', price: null },
    { name: 'openai/b/c', price: null },
  ]);
  const table = await cli(`models --base-url ${server.baseUrl}`);
  expect(table.out).toContain(`Served by openai at ${server.baseUrl}`);
});

test('the list of models is followed to another path of the same server, and to no other server', async () => {
  const asked: string[] = [];
  const start = async (to: () => string): Promise<{ url: string; close: () => void }> => {
    const one = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/v1/models') response.writeHead(302, { location: to() }).end();
      else response.setHeader('content-type', 'application/json').end('{"data":[{"id":"elsewhere"}]}');
    });
    await new Promise<void>((listening) => one.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
    return { url, close: () => one.close() };
  };
  const inner = await start(() => '/v1/models/');
  const outer = await start(() => `${inner.url}/secret`);
  try {
    const line = (url: string) => cli(`models --base-url ${url}/v1`, { fetch: globalThis.fetch });
    expect((await line(inner.url)).out).toContain('openai/elsewhere');
    expect(asked.splice(0)).toEqual(['/v1/models', '/v1/models/']);
    expect((await line(outer.url)).out).not.toContain('elsewhere');
    expect(asked).toEqual(['/v1/models']);
  } finally {
    inner.close();
    outer.close();
  }
});

describe('models probe', () => {
  test('measures what a base URL serves, keeps it as a profile, and shows it', async () => {
    const { code, out, err } = await cli(`models probe --base-url ${server.baseUrl} --models a --calls 2`);
    expect(err).toContain('openai/a, call 2 of 2');
    expect(code).toBe(0);
    const host = new URL(server.baseUrl).host;
    expect(out).toContain(`--project ${host}`);
    const kept = JSON.parse(readFileSync(join(cwd, 'runs', 'speed-profiles.json'), 'utf8'));
    expect(kept.profiles).toMatchObject([
      { name: host, models: { a: { tokensPerSecond: expect.any(Number) } } },
    ]);
    expect(JSON.stringify(kept)).not.toContain('"simulated":true');
    const doctor = await cli('doctor --json');
    expect(JSON.parse(doctor.out).speedProfiles).toContainEqual(
      expect.objectContaining({ name: host, models: ['a'], simulated: false }),
    );
  });

  test('asks nothing where the file cannot be read, and shows what was measured where it cannot be written', async () => {
    const file = join(cwd, 'odd/speed-profiles.json');
    mkdirSync(join(cwd, 'odd'));
    writeFileSync(file, 'not JSON');
    const line = `models probe --base-url ${server.baseUrl} --models a --calls 1 --runs-dir odd`;
    const refused = await cli(line);
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 2, out: '' });
    expect(refused.err).not.toContain('call 1 of 1');
    rmSync(file);
    // In the way of the draft that is to take the file's place.
    mkdirSync(`${file}.${process.pid}.part`);
    const { code, out, err } = await cli(line);
    expect(code).toBe(2);
    expect(out).toContain('Spent: 1 call, ');
    expect(out).not.toContain('Kept as');
    expect(err).toContain('speed-profiles.json: expected');
  });

  test('counts dollars by the prices given', async () => {
    writeFileSync(
      join(cwd, 'prices.yaml'),
      'checked: 2026-11-22\nmodels:\n  openai/a: { input: 10, output: 20 }\n',
    );
    const line = `models probe --base-url ${server.baseUrl} --models a --calls 1 --profile priced --json`;
    expect(JSON.parse((await cli(line)).out).spent.usd).toBeNull();
    expect(JSON.parse((await cli(`${line} --prices prices.yaml`)).out).spent.usd).toBeGreaterThan(0);
  });

  test('of simulated models finds about their constants, in no time, and says that they are simulated', async () => {
    const { code, out } = await cli(
      'models probe --models sim/sage-70b --calls 9 --profile rehearsed --json',
    );
    expect(code).toBe(0);
    const told = JSON.parse(out);
    expect(told).toMatchObject({ simulated: true, profiles: ['rehearsed'] });
    const [speed] = told.speeds;
    // sage-70b has 250 ms and 450 tokens/s, with jitter.
    expect(speed.firstTokenMs).toBeGreaterThan(150);
    expect(speed.firstTokenMs).toBeLessThan(400);
    expect(speed.tokensPerSecond).toBeGreaterThan(300);
    expect(speed.tokensPerSecond).toBeLessThan(600);
  });

  test.each([
    ['--models sim/sage-70b --max-tokens 50', 3, '--max-tokens 50 is too little'],
    ['--models sim/sage-70b --calls 0', 2, '--calls'],
    ['--models sim/sage-70b --profile a/b', 2, '--profile'],
    ['--models nowhere/x', 2, 'nowhere/x'],
    ['--base-url http://127.0.0.1:9/v1', 2, '--models'],
  ])('refuses %s', async (options, exit, told) => {
    const { code, err } = await cli(`models probe ${options}`);
    expect(code).toBe(exit);
    expect(err).toContain(told);
  });
});
