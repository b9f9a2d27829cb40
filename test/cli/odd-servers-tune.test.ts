import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { createRealClock } from '../../src/core/clock.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { priceTableSource } from '../../src/models/prices.ts';
import type { ServerNote } from '../../src/models/server-note.ts';
import {
  answers,
  completion,
  type FaultServer,
  type Handler,
  startFaultServer,
} from '../models/fault-server.ts';
import { ask } from '../models/scripted-model.ts';
import { fastClock } from '../support/fast-clock.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const key = 'planted-key-0123456789';
let folder: string;
const servers: FaultServer[] = [];

beforeAll(async () => {
  folder = temporaryFolder('odd');
  const task = join(folder, 'tasks', 'sums');
  await mkdir(task, { recursive: true });
  await writeFile(
    join(task, 'task.yaml'),
    'version: 1\nname: sums\ndescription: Add.\nanswer: number\ngrader: { name: numeric }\nrepeats: 1\nsplit: { holdout: 0.4 }\n',
  );
  const rows = [3, 4, 5, 6, 7].map((n) =>
    JSON.stringify({ id: `s${n}`, input: `What is ${n} + ${n}?`, gold: String(2 * n) }),
  );
  await writeFile(join(task, 'instances.jsonl'), `${rows.join('\n')}\n`);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const cli = (line: string, changes: Partial<ProcessContext> = {}) =>
  runLine(line, {
    cwd: folder,
    env: { ODD_KEY: key, MIXTUNE_HOME: join(folder, 'home') },
    ...changes,
  });

const solve: Handler = (request, response) => {
  const [, one = '0', other = '0'] = /(\d+) \+ (\d+)/.exec(JSON.stringify(request.body.messages)) ?? [];
  answers.json(200, completion({ content: `The answer is ${Number(one) + Number(other)}.` }, { model: 'm' }))(
    request,
    response,
  );
};

/** Lists `m`, and treats questions as the handler does. */
async function serve(handler: Handler, listed: unknown = { data: [{ id: 'm' }] }): Promise<FaultServer> {
  const server = await startFaultServer((request, response) =>
    (request.body.messages === undefined ? answers.json(200, listed) : handler)(request, response),
  );
  servers.push(server);
  return server;
}

let runs = 0;
const tune = (
  baseUrl: string,
  more = '--max-calls 40 --max-evaluations 8',
  models = 'm',
  changes: Partial<ProcessContext> = {},
) =>
  cli(
    `tune sums --run odd${runs++} --base-url ${baseUrl} --api-key-env ODD_KEY --models ${models} --strategy random ${more}`,
    changes,
  );

describe('tune on odd servers', () => {
  test('a wrong key ends the run at once, in the words of the server; mended, it goes on', async () => {
    let refuses = true;
    const server = await serve((request, response) =>
      (refuses ? answers.error(401, 'Incorrect API key provided') : solve)(request, response),
    );
    const run = `odd${runs}`;
    const { code, out, err } = await tune(server.baseUrl, '--max-calls 20 --max-evaluations 8');
    expect(code).toBe(1);
    expect(err).toMatch(
      /127\.0\.0\.1:\d+ refuses the calls \(unauthorized\): 401 Incorrect API key provided.*--api-key-env/,
    );
    expect(out).toContain(`mixtune resume ${run}`);
    // Those in flight at once, and the list of models.
    expect(server.requests.length).toBeLessThanOrEqual(10);
    refuses = false;
    const resumed = await cli(`resume ${run} --json`);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.out).front[0].objectives.score.mean).toBe(1);
  });

  describe('a server that wants a key, and a line that names none', () => {
    const refusal = answers.error(401, 'Incorrect API key provided');
    const locked: Handler = (request, response) =>
      (request.headers.authorization === `Bearer ${key}` ? solve : refusal)(request, response);
    const line = (baseUrl: string, run: string) =>
      `tune sums --run ${run} --base-url ${baseUrl} --models m --strategy random --max-calls 20 --max-evaluations 8`;
    // A key of OpenAI is no concern of a server on this machine.
    const withKeys = (): Partial<ProcessContext> => ({
      env: { ODD_KEY: key, OPENAI_API_KEY: key, MIXTUNE_HOME: join(folder, 'home') },
    });

    test('is told so before the forecast where the list of models is locked', async () => {
      const server = await startFaultServer((request, response) =>
        request.headers.authorization === `Bearer ${key}`
          ? (request.body.messages === undefined ? answers.json(200, { data: [{ id: 'm' }] }) : solve)(
              request,
              response,
            )
          : refusal(request, response),
      );
      servers.push(server);
      const { code, out, err } = await cli(line(server.baseUrl, 'locked'), withKeys());
      expect(code).toBe(2);
      expect(err).toMatch(/--api-key-env: expected the NAME of the variable .*OPENAI_API_KEY.*found no key/s);
      expect(out).not.toContain('Forecast');
      expect(server.requests).toHaveLength(1);
      expect(existsSync(join(folder, 'runs', 'locked'))).toBe(false);
      const named = await cli(`${line(server.baseUrl, 'locked')} --api-key-env ODD_KEY`, withKeys());
      expect(named, named.err).toMatchObject({ code: 0 });
    });

    test.skipIf(!thorough)('is told so when calls are refused, with a command that goes on', async () => {
      const server = await serve(locked);
      const run = 'unlocked';
      const { code, out, err } = await cli(line(server.baseUrl, run), withKeys());
      expect(code).toBe(1);
      expect(err).toMatch(/refuses the calls \(no-key\): 401 Incorrect.*No key was sent.*--api-key-env/s);
      const [, next = ''] = /Go on with it: +mixtune (.+)/.exec(out) ?? [];
      expect(next).toBe(`resume ${run} --api-key-env NAME`);
      expect(await readFile(join(folder, 'runs', run, 'run.log'), 'utf8')).toContain(`(mixtune ${next})`);
      const resumed = await cli(`${next.replace('NAME', 'ODD_KEY')} --json`, withKeys());
      expect(resumed, resumed.err).toMatchObject({ code: 0 });
      expect(JSON.parse(resumed.out).front[0].objectives.score.mean).toBe(1);
    });

    test.skipIf(!thorough)('a list that is forbidden says nothing of the calls', async () => {
      const server = await startFaultServer((request, response) =>
        (request.body.messages === undefined ? answers.error(403, 'Forbidden') : solve)(request, response),
      );
      servers.push(server);
      expect(await cli(line(server.baseUrl, 'unlisted'), withKeys())).toMatchObject({ code: 0 });
    });
  });

  test('that calls were told to wait is said when it begins and at the end, with the number', async () => {
    let asked = 0;
    const wait = answers.error(429, 'slow down\n\nand wait', {}, { 'retry-after': '0' });
    const server = await serve((request, response) => (asked++ % 4 === 1 ? wait : solve)(request, response));
    const run = `odd${runs}`;
    const { code, out, err } = await tune(server.baseUrl, '--max-calls 30 --max-evaluations 4', 'm', {
      clock: fastClock(100),
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    const told = Math.floor((asked + 2) / 4);
    expect(told).toBeGreaterThan(3);
    const line = `${new URL(server.baseUrl).host}: ${told} of ${asked} requests were told to wait (rate limit); --rpm and --tpm keep them within its limits`;
    expect(out).toContain(line);
    const front = JSON.parse(await readFile(join(folder, 'runs', run, 'front.json'), 'utf8'));
    expect(front.servers).toContain(line);
    const log = await readFile(join(folder, 'runs', run, 'run.log'), 'utf8');
    expect(
      log.match(/notice: 127\.0\.0\.1:\d+ tells requests to wait: 429 slow down and wait$/gm),
    ).toHaveLength(1);
  });

  test('of several models the one that was told to wait is named with its limit', async () => {
    let asked = 0;
    const wait = answers.error(429, 'slow down', {}, { 'retry-after': '0' });
    const server = await serve(
      (request, response) =>
        (request.body.model === 'n' && asked++ % 4 === 1 ? wait : solve)(request, response),
      { data: [{ id: 'm' }, { id: 'n' }] },
    );
    const { code, out, err } = await tune(server.baseUrl, '--max-calls 40 --max-evaluations 6', 'm,n', {
      clock: fastClock(100),
    });
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(asked).toBeGreaterThan(1);
    expect(out).toContain(
      'told to wait (rate limit); --limit openai/n:rpm=N,tpm=N keeps them within its limits',
    );
  });

  test('that answers came without usage is said at the end, in the log and by status, apart from reasoning', async () => {
    let asked = 0;
    const server = await serve((request, response) => {
      const usage = {
        prompt_tokens: 40,
        completion_tokens: 9,
        completion_tokens_details: { reasoning_tokens: 4 },
      };
      const told = { usage: asked++ % 3 === 0 ? undefined : usage };
      answers.json(200, completion({ content: 'The answer is 6.' }, { model: 'm', ...told }))(
        request,
        response,
      );
    });
    const run = `odd${runs}`;
    const { code, out, err } = await tune(server.baseUrl, '--max-calls 30 --max-evaluations 6');
    expect({ code, err }).toMatchObject({ code: 0 });
    const { host } = new URL(server.baseUrl);
    const counted = `${Math.floor((asked + 2) / 3)} of ${asked} answers came without usage that can be true; their tokens are estimates`;
    expect(out).toContain(`${host}: ${counted}`);
    expect(await readFile(join(folder, 'runs', run, 'run.log'), 'utf8')).toContain(
      `servers: ${host}: ${counted}`,
    );
    const status = (await cli(`status ${run}`)).out;
    expect(status).toMatch(/^ +\d+ of the output were reasoning$/m);
    expect(status).toMatch(new RegExp(`^ +${counted}$`, 'm'));
  });

  test("pages in place of answers are the server's failing, never a budget that is too small", async () => {
    let asked = 0;
    const page = answers.raw('<html><title>Please log in</title></html>');
    const server = await serve((request, response) => (asked++ % 3 === 0 ? page : solve)(request, response));
    const some = await tune(server.baseUrl, '--max-calls 30 --max-evaluations 4', 'm', {
      clock: fastClock(100),
    });
    expect(some).toMatchObject({ code: 0 });
    expect(some.out).toMatch(
      /openai\/m: \d+ of \d+ requests failed, the last with empty-response: .*Please log in/,
    );
    const never = await serve(page);
    const none = await tune(never.baseUrl, '--max-calls 7 --max-evaluations 8', 'm', {
      clock: fastClock(100),
    });
    expect(none.code).toBe(1);
    expect(none.err).toMatch(/7 of 7 requests failed .*Please log in/);
    expect(none.err).not.toContain('too small');
    expect(never.requests.filter(({ body }) => body.messages !== undefined)).toHaveLength(7);
  });

  test.skipIf(!thorough)(
    'whoever waits for a silent server is told which, since when, and for what',
    async () => {
      const silent = await serve(answers.hang());
      const job = await tune(silent.baseUrl, '--max-time 1m', 'm', { clock: fastClock(20) });
      expect(job.out).toMatch(
        /notice: openai\/m: nothing has come for \d+ s: (?:a call waits|\d+ calls wait) for the response to begin/,
      );
      const begun = await serve(answers.hang({ choices: [{ delta: { content: 'It' } }] }));
      const idle = await serve((request, response) => {
        answers.hang({ choices: [{ delta: { content: 'It' } }] })(request, response);
        const empty = `data: ${JSON.stringify({ choices: [{ delta: { content: '' } }] })}\n\n`;
        let pieces = 0;
        const timer = setInterval(() => {
          if (pieces++ < 60) return void response.write(empty);
          clearInterval(timer);
          response.end('data: [DONE]\n\n');
        }, 10);
      });
      const config = join(folder, 'single.yaml');
      await writeFile(
        config,
        'version: 1\nname: one\nstages:\n  - kind: propose\n    agents: [{ name: a, model: openai/m, prompt: "{{question}}" }]\n',
      );
      for (const { baseUrl } of [begun, idle]) {
        const asked = await cli(`ask ${config} hello --base-url ${baseUrl} --api-key-env ODD_KEY`, {
          clock: fastClock(100),
        });
        expect(asked.err).toMatch(
          /mixtune: openai\/m: nothing has come for \d+ s: a call waits for the rest of an answer/,
        );
      }
    },
  );

  test.skipIf(!thorough)(
    'what is odd of a server is remembered by a run that goes on after an interruption',
    async () => {
      let stop: (() => void) | undefined;
      let asked = 0;
      const server = await serve((request, response) => {
        // By then most of those before have come back, the first among them, and there are more to come.
        if (++asked === 20) stop?.();
        if (asked > 1) return solve(request, response);
        answers.json(
          200,
          completion(
            { content: 'The answer is 6.' },
            { model: 'm', usage: { prompt_tokens: 1e12, completion_tokens: 1e12 } },
          ),
        )(request, response);
      });
      const run = `odd${runs}`;
      const first = await tune(server.baseUrl, '--max-calls 30', 'm', {
        onInterrupt: (listener) => {
          stop = listener;
          return () => undefined;
        },
      });
      expect(first.code).toBe(130);
      const resumed = await cli(`resume ${run}`);
      expect(resumed.code).toBe(0);
      expect(resumed.out).toMatch(
        /About the servers:\n {2}openai\/m: the server tells usage that cannot be true/,
      );
    },
  );

  test.skipIf(!thorough).each([8, 256])(
    'at concurrency %i no signal gathers listeners',
    async (concurrency) => {
      const warnings: string[] = [];
      const listen = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
      process.on('warning', listen);
      let asked = 0;
      const server = await serve((request, response) =>
        (asked++ % 3 === 0 ? answers.error(500, 'out of order') : solve)(request, response),
      );
      const more = `--max-calls 300 --concurrency ${concurrency}`;
      const { code, err } = await tune(server.baseUrl, more, 'm', { clock: fastClock(5) });
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', listen);
      expect({ code, err }).toMatchObject({ code: 0 });
      expect(warnings).toEqual([]);
    },
  );

  test('a server that lies is told of at the end', async () => {
    const lying = completion(
      { content: 'The answer is 15.' },
      { model: 'm', usage: { prompt_tokens: 11, completion_tokens: 1e12 } },
    );
    const { code, out } = await tune((await serve(answers.json(200, lying))).baseUrl, '--max-calls 20');
    expect(code).toBe(0);
    expect(out).toMatch(/About the servers:\n {2}openai\/m: the server tells usage that cannot be true/);
  });

  test.each(
    sampled(
      [
        ['llama3', 'llama3:latest'],
        ['deepseek/deepseek-r1:free', 'deepseek/deepseek-r1'],
        ['gemini-2.0-flash', 'models/gemini-2.0-flash'],
      ] as const,
      3,
    ),
  )('%s is taken where %s is listed, with a word', async (name, listed) => {
    const server = await serve(solve, { data: [{ id: listed }] });
    const { code, err } = await tune(server.baseUrl, '--max-calls 20 --max-evaluations 8', name);
    expect(code).toBe(0);
    expect(err).toContain(`lists "${listed}", not "${name}"; going on`);
  });
});

test('prices are read offline too', async () => {
  await writeFile(
    join(folder, 'prices.yaml'),
    'checked: 2026-11-25\nsource: mine\nmodels:\n  openai/my-model: { input: 7.25, output: 8.5 }\n',
  );
  const { code, out } = await cli('models --offline --prices prices.yaml');
  expect(code).toBe(0);
  expect(out).toMatch(/openai\/my-model .*\$7\.25 .*\$8\.5/);
  expect(out.replaceAll(/\s+/g, ' ')).toContain(
    `as of ${priceTableSource.checked}; those of prices.yaml as of 2026-11-25)`,
  );
  const json = JSON.parse((await cli('models --offline --prices prices.yaml --json')).out);
  const file = { name: 'prices.yaml', checked: '2026-11-25' };
  expect(json.prices).toEqual({ checked: priceTableSource.checked, file });
  const wrong = await cli('models --offline --prices nowhere.yaml');
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('--prices') });
});

test('a time without a unit is refused', async () => {
  const { code, err } = await cli('tune sums --max-time 90');
  expect(code).toBe(2);
  expect(err).toContain('90s, 90m or 90h?');
});

const shared = resolve(import.meta.dirname, '../../../shared/cases/odd-server.mjs');

/** What each row of ../shared/cases/README.md wants of its mode: a text, or a failure's code. */
const rows: Readonly<
  Record<string, string | { readonly code: string; readonly words?: RegExp; readonly retryAfterMs?: number }>
> = {
  ok: '15',
  'gemini-429-minute': { code: 'rate-limited', retryAfterMs: 1000 },
  'openai-429-quota': { code: 'insufficient-quota' },
  'groq-429-text': { code: 'rate-limited', retryAfterMs: 7500 },
  'groq-429-day': { code: 'rate-limited', retryAfterMs: 692_000 },
  'vllm-error-200': { code: 'bad-request', words: /does not support Chat Completions/ },
  'lmstudio-200': { code: 'unknown-endpoint', words: /Unexpected endpoint.*\/v1/ },
  'status-200': { code: 'unauthorized', words: /Invalid API key/ },
  'error-array-mid': { code: 'rate-limited' },
  'error-string-mid': { code: 'rate-limited' },
  'anthropic-error-mid': { code: 'server-error', words: /Overloaded/ },
  'event-error': { code: 'context-overflow' },
  'or-error-400-mid': { code: 'context-overflow' },
  'or-error-502-mid': { code: 'server-error' },
  'or-error-finish': { code: 'server-error' },
  'text-json': '15',
  'no-type-json': '15',
  ndjson: '15',
  'done-no-finish': '15',
  'finish-empty-then-stop': '15',
  'twice-final': '15',
  'content-after-finish': '15',
  'full-text-again': '15',
  'full-text-again-delta': '15',
  'azure-first': '15',
  'mistral-thinking': '15',
  'mistral-thinking-slow': '15',
  'reasoning-encrypted-slow': '15',
  'moonshot-usage': '15',
  'string-usage': '15',
  'gemini-usage': '15',
  'content-object': '15',
  'im-end-leak': '15',
  'magistral-think': '15',
  'cohere-think': '15',
  'reasoning-tag': '15',
  'tool-calls': '',
  'reasoning-only': '',
  'retry-date': { code: 'rate-limited' },
  'retry-date-nodate': { code: 'rate-limited' },
  'retry-60s': { code: 'rate-limited', retryAfterMs: 60_000 },
  'groq-tool-use-failed': { code: 'bad-sample' },
  'azure-filter': { code: 'content-filter' },
  'both-temp-topp': '15',
  'or-402': { code: 'payment-required' },
  'deepseek-model': { code: 'unknown-model' },
  'or-model': { code: 'unknown-model' },
  'mistral-model': { code: 'unknown-model' },
  'null-body': { code: 'empty-response' },
  'empty-choices': { code: 'empty-response' },
  'nan-json': { code: 'malformed-stream' },
  deflate: '15',
  'redirect-307': '15',
  'refusal-field': { code: 'refusal', words: /I cannot help/ },
  'event-error-text': { code: 'server-error', words: /upstream timed out/ },
  'redirect-301': '15',
  'cf-html-520': { code: 'server-error' },
  'cf-html-403': { code: 'forbidden', words: /Cloudflare/ },
  'ollama-loading': { code: 'server-error', words: /currently loading/ },
  'empty-body': { code: 'empty-response' },
  'lone-surrogates': '😀 15',
  'ctx-xai': { code: 'context-overflow' },
};

/** A run loses no cell on them. */
const wholly = ['solve', 'gemini-mixed', 'tool-mixed', 'small-context', 'small-context-openai'];

/** Tokens in and out, as these servers tell them in ways of their own. */
const usages = { 'gemini-usage': [11, 505], 'moonshot-usage': [11, 5], 'string-usage': [11, 5] } as const;

/** What `tune` makes of modes: whether the run ends well (0), and its words. Those in `rows` that need no other way. */
const tuned = {
  // Its second of waiting is over before it is said where the machine is slow; that of retry-60s is not.
  'gemini-429-minute': { code: 1, says: /the last with rate-limited: 429 You exceeded your current quota/ },
  'openai-429-quota': { code: 1, says: /refuses the calls \(insufficient-quota\)/ },
  'vllm-error-200': { code: 1, says: /does not support Chat Completions/ },
  'lmstudio-200': { code: 1, says: /Unexpected endpoint/ },
  'status-200': { code: 1, says: /refuses the calls \(unauthorized\): 401 Invalid API key/ },
  'retry-60s': { code: 1, says: /waiting 60 s: 429 slow down/ },
  'cf-html-403': { code: 1, says: /refuses the calls \(forbidden\)/ },
  'or-402': { code: 1, says: /refuses the calls \(payment-required\)/ },
  'text-json': { code: 0 },
  ndjson: { code: 0 },
  'done-no-finish': { code: 0 },
  'content-object': { code: 0 },
  'both-temp-topp': { code: 0 },
  'truncated-prompt': { code: 0 },
  'other-model': { code: 0, says: /some-other-model-q4\.gguf/ },
  constant: { code: 0, says: /Nothing scores: the first \d+ answers all got 0/ },
  'null-list': { code: 0 },
  'together-list': { code: 0 },
  'list-401': { code: 0 },
  'list-html': { code: 0 },
  'models-key': { code: 0 },
  'ollama-list': { code: 0, models: 'llama3', says: /lists "llama3:latest", not "llama3"; going on/ },
  'case-list': { code: 0, models: 'meta-llama-3-8b', says: /lists "Meta-Llama-3-8B"/ },
  'or-list': { code: 0, models: 'deepseek/deepseek-r1:free', says: /lists "deepseek\/deepseek-r1"/ },
  moa: { code: 0, models: 'good,empty,spaces,refuse,filtered,bad,overflow,meta,cut' },
} as const satisfies Record<string, { code: number; models?: string; says?: RegExp }>;

describe.skipIf(!existsSync(shared))('the odd server of ../shared/cases (skipped where it is absent)', () => {
  let server: Server;
  let modes: readonly string[];
  beforeAll(async () => {
    const module = (await import(pathToFileURL(shared).href)) as {
      start: () => Promise<Server>;
      names: string[];
    };
    modes = module.names;
    server = await module.start();
  });
  afterAll(() => void server?.close());
  const base = (mode: string): string =>
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/${mode}/v1`;

  async function reply(mode: string) {
    const notes: ServerNote[] = [];
    const model = createOpenAICompatible({
      baseUrl: base(mode),
      apiKey: key,
      clock: createRealClock(),
      today: () => new Date(),
      firstTokenTimeoutMs: 1500,
      onNote: (note) => notes.push(note),
    });
    const prompt = mode === 'truncated-prompt' ? 'How many words has this? '.repeat(4000) : 'What is 7 + 8?';
    return {
      outcome: await model.complete({ ...ask(prompt, { model: 'openai/m' }), temperature: 0.5, topP: 0.9 }),
      notes,
    };
  }

  test.each(Object.entries(rows).filter(([mode]) => thorough || !mode.endsWith('-slow')))(
    '%s',
    async (mode, expected) => {
      const { outcome } = await reply(mode);
      if (typeof expected === 'string') expect(outcome).toMatchObject({ response: { text: expected } });
      else {
        const { words = /./, ...failure } = expected;
        expect(outcome).toMatchObject({ failure: { ...failure, message: expect.stringMatching(words) } });
      }
    },
  );

  test('every wording of context overflow', async () => {
    for (const mode of modes.filter((name) => name.startsWith('ctx-'))) {
      expect([mode, (await reply(mode)).outcome]).toMatchObject([
        mode,
        { failure: { cause: 'context-overflow' } },
      ]);
    }
  });

  test.each(['truncated-prompt', 'other-model', 'tool-calls'])('%s is said', async (mode) => {
    const kinds = {
      'truncated-prompt': 'prompt-cut',
      'other-model': 'other-model',
      'tool-calls': 'tool-call',
    };
    expect((await reply(mode)).notes.map(({ kind }) => kind)).toContain(kinds[mode as keyof typeof kinds]);
  });

  test.each(Object.entries(usages))('%s is read', async (mode, [inputTokens, outputTokens]) => {
    expect((await reply(mode)).outcome).toMatchObject({
      response: { usage: { inputTokens, outputTokens, estimated: false } },
    });
  });

  test.each(['retry-date', 'retry-date-nodate'])('%s names half a minute', async (mode) => {
    const { outcome } = await reply(mode);
    // The date was written a moment before it is read.
    const wait = outcome.kind === 'failed' ? outcome.failure.retryAfterMs : undefined;
    expect(wait).toBeGreaterThan(5_000);
    expect(wait).toBeLessThanOrEqual(30_000);
  });

  test.skipIf(!thorough).each(Object.entries<{ code: number; models?: string; says?: RegExp }>(tuned))(
    'tune on %s',
    async (mode, { code, models = 'm', says = /./ }) => {
      const more = '--max-calls 10 --max-evaluations 3 --strategy random';
      const found = await tune(base(mode), more, models, { clock: fastClock(100), fetch });
      expect({ ...found, code: found.code }).toMatchObject({ code });
      expect(found.out + found.err).toMatch(says);
    },
  );

  test('every mode is tried', () => {
    const others = [...Object.keys(rows), ...Object.keys(tuned), ...wholly, 'gemini-list', 'halves'];
    const untried = modes.filter((mode) => !mode.startsWith('ctx-') && !others.includes(mode));
    expect(untried).toEqual([]);
  });

  test.skipIf(!thorough).each(wholly)('a run on %s loses no cell', async (mode) => {
    const { code, out, err } = await tune(base(mode), '--max-calls 30 --json');
    expect([code, err]).toMatchObject([0, expect.not.stringMatching(/unscored/)]);
    expect(JSON.parse(out).front[0].objectives.score.mean).toBe(1);
  });
});
