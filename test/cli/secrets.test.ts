import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { writeCapitals } from '../support/capitals.ts';
import { testContext } from '../support/cli.ts';
import { fastClock } from '../support/fast-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

/** One with a usual prefix, one that looks like nothing in particular, one of several of a provider. */
const secrets = {
  OPENAI_API_KEY: 'sk-planted-QwErTyuIoPaSdFgHjK',
  ENDPOINT_VALUE: 'Zebra.meadow.quartz.vYwQzK',
  GROQ_API_KEY: 'gsk_plantedONE-pLmKoN,gsk_plantedTWO-bHuVgY',
  SOME_PASSWORD: 'hunter2-planted-password',
} as const;
/** Every character of a key, escaped. */
const hexOf = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, '0');
const escaped: Readonly<Record<string, (character: string) => string>> = {
  percent: (character) => `%${hexOf(character)}`,
  json: (character) => `\\u00${hexOf(character)}`,
  entity: (character) => `&#${character.charCodeAt(0)};`,
};

/**
 * What must be found nowhere: whole secrets, and the ends that masks such as `Zebr****wQzK` leave in view. All
 * in letters of both cases: four digits would sooner or later turn up in a time or a hash.
 */
const traces = [
  ...['QwErTyuIoP', 'Zebra.meadow', 'plantedONE', 'plantedTWO'].flatMap((part) => [
    ...Object.values(escaped).map((write) => [...part].map(write).join('')),
    Buffer.from(part).toString('hex'),
  ]),
  ...Object.values(secrets).flatMap((value) => value.split(',')),
  ...['sk-plant', 'sk-pla', 'gHjK', 'Zebra', 'wQzK', 'plantedONE', 'plantedTWO', 'mKoN', 'uVgY', 'hunter2'],
];

const task = `version: 1
name: capitals
description: Name the capital of a country.
prompt: "What is the capital of {{input}}? Answer with its name only."
grader: { name: contains }
split: { holdout: 0.5 }
`;
let folder: string;
let server: Server;
let url: string;
let asked = 0;
/** Keys that the server was really given. */
const seen = new Set<string>();

/** Servers in the wild quote the key that they refuse, whole or with its middle masked, wherever they can. */
function quotes(key: string): string[] {
  const masked = `${key.slice(0, 5)}${'*'.repeat(8)}${key.slice(-4)}`;
  return [
    `Incorrect API key provided: ${masked}. You can find your key in your account.`,
    `Authorization: Bearer ${key}`,
    `the key ${key.slice(0, 5)}...${key.slice(-4)} has no quota left`,
    JSON.stringify({ headers: { authorization: `Bearer ${key}` } }),
    `token=${encodeURIComponent(key)} (${Buffer.from(key).toString('base64')})`,
    ...Object.values(escaped).map((write) => `the key ${[...key].map(write).join('')} is not known`),
    `hex ${Buffer.from(key).toString('hex')}`,
  ];
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const key = (request.headers.authorization ?? '').replace('Bearer ', '');
  if (key !== '') seen.add(key);
  if (request.url?.endsWith('/models') === true) {
    response.setHeader('content-type', 'application/json');
    const ids = ['a', 'b', `list for ${key}`, `list for ${[...key].map(escaped.percent ?? String).join('')}`];
    response.end(JSON.stringify({ data: ids.map((id) => ({ id, owned_by: 'test' })) }));
    return;
  }
  const number = asked++;
  const quote = quotes(key)[number % quotes(key).length] ?? '';
  response.setHeader('x-request-id', `req-${number}`);
  if (number % 4 === 1) {
    response.statusCode = [500, 429, 400, 503, 403][Math.floor(number / 4) % 5] ?? 500;
    response.setHeader('content-type', 'application/json');
    response.setHeader('retry-after', '0');
    response.end(JSON.stringify({ error: { message: quote, type: quote, code: quote, param: quote } }));
    return;
  }
  response.setHeader('content-type', 'text/event-stream');
  const chunk = (content: unknown): void => void response.write(`data: ${JSON.stringify(content)}\n\n`);
  chunk({ choices: [{ delta: { content: 'Paris or Rome' } }] });
  // Within the answer too, in two pieces.
  if (number % 8 === 4) {
    for (const part of [key.slice(0, 9), key.slice(9)]) chunk({ choices: [{ delta: { content: part } }] });
  }
  if (number % 16 === 6) {
    // What is no JSON is quoted by the parser.
    response.end(`data: ${key}\n\n`);
    return;
  }
  if (number % 8 === 3) {
    chunk({ error: { message: quote, code: 500 } });
    response.end();
    return;
  }
  chunk({
    choices: [{ delta: {}, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 3 },
  });
  response.end('data: [DONE]\n\n');
}

/** The world outside, to which nothing is sent; it quotes what it was given all the same. */
const refusingFetch: typeof globalThis.fetch = (_input, init) =>
  Promise.reject(new TypeError(`fetch failed: ${JSON.stringify(init?.headers)}`));

let shown = '';
async function cli(line: string, changes: Partial<ProcessContext> = {}) {
  const context = testContext(line.split(' '), {
    cwd: folder,
    env: { ...secrets, MIXTUNE_HOME: join(folder, 'home') },
    clock: fastClock(50),
    fetch: refusingFetch,
    ...changes,
  });
  const code = await runCli(context);
  shown += `$ ${line.replace(/--notify \S+/, '')}\n${context.stdout.text}\n${context.stderr.text}\n`;
  return { code, out: context.stdout.text, err: context.stderr.text };
}

/** Every file below the folder as text; SQLite keeps text as it is. */
function files(below: string): [name: string, content: string][] {
  return readdirSync(below, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, 'latin1')]);
}

function expectNoTrace(name: string, content: string): void {
  for (const trace of traces) {
    const at = content.indexOf(trace);
    const around = at < 0 ? '' : content.slice(Math.max(0, at - 80), at + 80);
    expect(around, `${name} holds ${trace}`).toBe('');
  }
}

beforeAll(async () => {
  folder = temporaryFolder('secrets');
  writeCapitals(join(folder, 'tasks'), task);
  server = createServer(serve).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});

test('no key reaches a run, the cache, a log, a recording or the terminal, however servers quote it', async () => {
  const endpoint = `--base-url ${url}`;
  const job = `tune capitals ${endpoint} --models a,b --strategy random --max-evaluations 3 --finish-repeats 1 --holdout-repeats 1`;
  const variables = [
    ['one', 'OPENAI_API_KEY'],
    ['two', 'ENDPOINT_VALUE'],
    ['three', 'GROQ_API_KEY'],
  ];
  for (const [run, variable] of variables.slice(0, thorough ? undefined : 2)) {
    await cli(`${job} --run ${run} --api-key-env ${variable}`);
    // What the others hand on does not hang on the looks of the key.
    if (!thorough && run !== 'one') continue;
    await cli(`resume ${run}`);
    await cli(`cache export --run ${run} --out ${run}.jsonl`);
    await cli(`repeat ${run}.jsonl`);
    await cli(`score ${run}:best --task capitals --no-cache --repeats 3`);
    await cli(`ask ${run}:best hello --trace --no-cache --json`);
    await cli(`reproduce ${run} --repeats 2`);
  }
  for (const line of [
    ...['doctor', 'doctor --json', 'models', 'cache stats', 'cache export --out all.jsonl'],
    `models ${endpoint} --api-key-env GROQ_API_KEY`,
    `models ${endpoint} --api-key-env ENDPOINT_VALUE --json`,
  ])
    await cli(line);
  // Of several keys in a variable each goes by itself.
  expect([...seen].filter((key) => key.includes(','))).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining([secrets.OPENAI_API_KEY, secrets.ENDPOINT_VALUE]));
  // The quotations did come through, without what they quoted.
  expect(shown).toContain('[redacted]');
  expect(files(folder).some(([name]) => name.endsWith('calls.sqlite'))).toBe(true);
  expectNoTrace('the terminal', shown);
  for (const [name, content] of files(folder)) expectNoTrace(name, content);
});

test('a URL with credentials is refused without being repeated', async () => {
  for (const bad of [
    'http://user:hunter2-planted-password@127.0.0.1:9/v1',
    'http://127.0.0.1:9/v1?api_key=hunter2-planted-password',
  ]) {
    for (const command of [
      'tune capitals',
      'score x.yaml --task capitals',
      'ask x.yaml q',
      'rehearse capitals',
    ]) {
      const { code, err } = await cli(`${command} --base-url ${bad} --models a`);
      expect(code).toBe(2);
      expectNoTrace(command, err);
    }
  }
});

test('a key given where the name of its variable belongs is refused without being repeated', async () => {
  const { code, err } = await cli(
    'tune capitals --models a --base-url http://127.0.0.1:9/v1 --api-key-env sk-planted-QwErTyuIoPaSdFgHjK',
  );
  expect(code).toBe(2);
  expectNoTrace('stderr', err);
  expect(await readFile(join(folder, 'tasks', 'capitals', 'task.yaml'), 'utf8')).toBe(task);
});
