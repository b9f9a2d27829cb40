import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCapitals } from '../support/capitals.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const config = `version: 1
name: one
stages: [{ kind: propose, agents: [{ name: a, model: openai/thinker, prompt: Be brief., temperature: 0.5 }] }]
`;
const task = `version: 1
name: capitals
description: Name the capital of a country.
prompt: "What is the capital of {{input}}?"
grader: { name: contains }
`;
let folder: string;
let server: Server;
let asked = 0;

const cli = (line: string) =>
  runLine(line, {
    cwd: folder,
    env: { MIXTUNE_HOME: join(folder, 'home') },
  });
const endpoint = (): string =>
  `--base-url http://127.0.0.1:${(server.address() as AddressInfo).port}/v1 --prices prices.yaml`;

beforeAll(async () => {
  folder = temporaryFolder('cache');
  writeCapitals(join(folder, 'tasks'), task, ['fr France Paris', 'it Italy Rome']);
  await writeFile(join(folder, 'one.yaml'), config);
  await writeFile(
    join(folder, 'prices.yaml'),
    'checked: 2026-11-22\nmodels:\n  openai/thinker: { input: 10, cachedInput: 1, output: 20 }\n',
  );
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url?.endsWith('/models') === true) {
      response.end(JSON.stringify({ data: [{ id: 'thinker', owned_by: 'test' }] }));
      return;
    }
    asked++;
    // Without a stream, as a server may answer: usage in full.
    response.end(
      JSON.stringify({
        choices: [{ message: { content: 'Paris' }, finish_reason: 'stop' }],
        usage: {
          prompt_tokens: 1000,
          completion_tokens: 100,
          prompt_tokens_details: { cached_tokens: 400 },
          completion_tokens_details: { reasoning_tokens: 60 },
        },
      }),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});

test('answers are shared between commands, unless --no-cache; stats say what that saved', async () => {
  expect((await cli('cache stats')).out).toContain('There is no cache');
  const score = `score one.yaml --task capitals --repeats 2 ${endpoint()} --json`;
  const first = JSON.parse((await cli(score)).out).configs[0].objectives;
  const paid = asked;
  expect(paid).toBeGreaterThan(0);
  // (600 * 10 + 400 * 1 + 100 * 20) / 1e6 dollars.
  expect(first.usd.mean).toBeCloseTo(0.0084, 10);
  const again = JSON.parse((await cli(score)).out).configs[0].objectives;
  expect(asked).toBe(paid);
  expect(again).toEqual(first);

  await cli(`${score} --no-cache`);
  expect(asked).toBe(2 * paid);

  const stats = JSON.parse((await cli('cache stats --json')).out);
  expect(stats).toMatchObject({ calls: paid, tokensIn: 1000 * paid, saved: { calls: paid } });
  expect(stats.saved.usd).toBeCloseTo(0.0084 * paid, 10);
  expect(stats.bytesOnDisk).toBeGreaterThan(0);
  expect((await cli('cache stats')).out).toMatch(/openai\/thinker/);
});

test('the same question is asked once, and again with --no-cache', async () => {
  const ask = `ask one.yaml hello ${endpoint()}`;
  const before = asked;
  for (const line of [ask, ask]) expect((await cli(line)).out).toContain('Paris');
  expect(asked).toBe(before + 1);
  await cli(`${ask} --no-cache`);
  expect(asked).toBe(before + 2);
});

test('an export of the cache is a recording that score plays back', async () => {
  const wrote = await cli('cache export --out calls.jsonl --json');
  expect(JSON.parse(wrote.out)).toMatchObject({ file: 'calls.jsonl', run: null });
  const before = asked;
  const { code, out } = await cli('score one.yaml --task capitals --repeats 2 --recorded calls.jsonl --json');
  expect(code).toBe(0);
  expect(JSON.parse(out).configs[0].objectives.usd.mean).toBeCloseTo(0.0084, 10);
  expect(asked).toBe(before);
  const lacking = await cli('score one.yaml --task capitals --repeats 3 --recorded calls.jsonl');
  expect(lacking).toMatchObject({ code: 1, err: expect.stringContaining('repeat 2, sample 0') });
  expect((await cli('cache export --run x --model y')).code).toBe(2);
  expect((await cli('cache export --json')).code).toBe(2);
});

test('a run tells cached and reasoned tokens, and keeps its prices when it is resumed', async () => {
  const job = 'tune capitals --models thinker --max-evaluations 1 --max-usd 1 --holdout-repeats 0 --run r';
  expect((await cli(`${job} ${endpoint()}`)).code).toBe(0);
  const told = (await cli('status r')).out;
  expect(told).toMatch(/of the input were in providers' caches, .* of the output were reasoning/);
  const { usage } = JSON.parse((await cli('status r --json')).out);
  const [{ calls }] = usage;
  expect(usage).toMatchObject([
    {
      model: 'openai/thinker',
      tokensIn: 1000 * calls,
      cachedIn: 400 * calls,
      reasoning: 60 * calls,
      estimated: 0,
    },
  ]);
  const manifest = JSON.parse(await readFile(join(folder, 'runs', 'r', 'manifest.json'), 'utf8'));
  expect(manifest.prices).toMatchObject({
    checked: '2026-11-22',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(manifest.models['openai/thinker'].price).toEqual({
    inputPerMillion: 10,
    cachedInputPerMillion: 1,
    outputPerMillion: 20,
  });
  // Without the file the model has no price, and a ceiling in dollars would be refused.
  expect((await cli(`${job}2 ${endpoint().replace(/ --prices.*/, '')}`)).err).toContain('no price for');
  expect((await cli('resume r')).code).toBe(0);
});

test.each([
  ['models: {}', 'checked'],
  ['checked: 2026-11-22\nmodels: { gpt: { input: 1, output: 1 } }', 'provider/model'],
  ['checked: 2026-11-22\nmodels: { a/b: { input: -1, output: 1 } }', 'models["a/b"].input'],
  ['checked: 2026-11-22\nmodels: { a/b: { input: 1, outptu: 1 } }', 'outptu'],
])('a price file of %j is refused, with the place of the fault', async (text, place) => {
  await writeFile(join(folder, 'wrong.yaml'), text);
  const { code, err } = await cli('score one.yaml --task capitals --prices wrong.yaml');
  expect(code).toBe(2);
  expect(err).toContain('wrong.yaml');
  expect(err).toContain(place);
});

test('prune removes what is meant, and asks what is meant', async () => {
  expect((await cli('cache prune')).code).toBe(2);
  expect((await cli('cache prune --all --model a/b')).code).toBe(2);
  expect((await cli('cache prune --older-than 30')).code).toBe(2);
  const { calls } = JSON.parse((await cli('cache stats --json')).out);
  expect((await cli('cache prune --all --dry-run')).out).toContain('Would remove');
  expect(JSON.parse((await cli('cache prune --unused-for 1d --json')).out)).toMatchObject({ removed: 0 });
  expect(JSON.parse((await cli('cache prune --model openai/* --json')).out)).toMatchObject({
    removed: calls,
  });
  expect(JSON.parse((await cli('cache stats --json')).out)).toMatchObject({ calls: 0, models: [] });
});
