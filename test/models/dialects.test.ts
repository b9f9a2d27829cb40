import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { listDialects, openDialectFile } from '../../src/models/openai/dialect-file.ts';
import {
  createOpenAICompatible,
  type OpenAICompatibleOptions,
} from '../../src/models/openai/openai-compatible.ts';
import { describeDialect, fullDialect } from '../../src/models/openai/openai-dialect.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled } from '../support/thorough.ts';
import { answered } from './conformance.ts';
import { type DialectCase, dialectCases, dialectHandler, refusingInStream } from './dialect-server.ts';
import { answers, type FaultServer, type Handler, startFaultServer } from './fault-server.ts';
import { ManualClock } from './manual-clock.ts';

const request = {
  model: 'openai/m',
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'say hello' },
  ],
  temperature: 0.5,
  topP: 0.9,
  maxTokens: 64,
  sample: { repeat: 0, index: 0 },
} as const;
const today = (): Date => new Date('2026-11-22T00:00:00Z');
let servers: FaultServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function serve(handler: Handler): Promise<FaultServer> {
  const server = await startFaultServer(handler);
  servers.push(server);
  return server;
}

function modelOf(server: FaultServer, options: Partial<OpenAICompatibleOptions> = {}) {
  return createOpenAICompatible({
    baseUrl: server.baseUrl,
    apiKey: 'planted-key-0123456789',
    clock: createRealClock(),
    ...options,
  });
}

function expectBody(body: Record<string, unknown> | undefined, expected: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(expected)) {
    if (value === undefined) expect(body).not.toHaveProperty(field);
    else expect(body).toHaveProperty(field, value);
  }
}

const file = (): string => join(temporaryFolder('dialects'), 'dialects.json');
const caseOf = (name: string): DialectCase => {
  const found = dialectCases.find((each) => each.name.startsWith(name));
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
};

describe.each(sampled(dialectCases, 3))('a server that refuses $name', (each) => {
  it.each(['streaming', 'answering in one piece'])('%s, gets what it takes', async (way) => {
    const plain: Handler = (received, response) =>
      answers.ok()({ ...received, body: { ...received.body, stream: false } }, response);
    const server = await serve(dialectHandler(each, way === 'streaming' ? answers.ok() : plain));
    const model = modelOf(server);
    expect(answered(await model.complete(request)).text).toBe('hello world');
    expectBody(server.requests.at(-1)?.body, each.expected);
    expect(describeDialect(model.dialect(request.model))).not.toEqual([]);

    const paid = server.requests.length;
    expect(answered(await model.complete(request)).text).toBe('hello world');
    expect(server.requests).toHaveLength(paid + 1);
  });

  it('refuses one of many first calls, not each', async () => {
    const alone = await serve(dialectHandler(each));
    answered(await modelOf(alone).complete(request));
    const crowded = await serve(dialectHandler(each));
    const model = modelOf(crowded);
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => model.complete(request)));
    for (const outcome of outcomes) expect(answered(outcome).text).toBe('hello world');
    expect(crowded.requests).toHaveLength(alone.requests.length + 11);
  });

  it('is remembered by the next process, without a key', async () => {
    const server = await serve(dialectHandler(each));
    const path = file();
    const learned: string[] = [];
    const options = {
      dialectStore: openDialectFile(path, today),
      onNote: ({ model }: { model: string }) => learned.push(model),
    };
    answered(await modelOf(server, options).complete(request));
    expect(learned).toEqual(['openai/m']);
    const paid = server.requests.length;
    const later = modelOf(server, { ...options, dialectStore: openDialectFile(path, today) });
    const outcomes = await Promise.all([1, 2, 3].map(() => later.complete(request)));
    for (const outcome of outcomes) answered(outcome);
    expect(server.requests).toHaveLength(paid + 3);
    expect(learned).toHaveLength(1);
    expect(listDialects(path)).toMatchObject([{ endpoint: server.baseUrl, model: 'm' }]);
    expect(readFileSync(path, 'utf8')).not.toContain('planted-key');
  });
});

describe('a temperature', () => {
  it('of 0 that must be positive is nearly 0', async () => {
    const server = await serve((received, response) =>
      (received.body.temperature === 0
        ? answers.json(422, { error: '`temperature` must be strictly positive', error_type: 'validation' })
        : answers.ok())(received, response),
    );
    const model = modelOf(server);
    answered(await model.complete({ ...request, temperature: 0 }));
    expect(server.requests.at(-1)?.body.temperature).toBe(0.01);
    answered(await model.complete(request));
    expect(server.requests.at(-1)?.body.temperature).toBe(0.5);
  });

  it.each([
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 5 instead.",
    'temperature must be in [0, 1]',
    'invalid temperature: must be between 0 and 1',
    'Input should be less than or equal to 1.5 (temperature)',
    'temperature must be at most 1',
  ])('out of range is the config’s own mistake: %s', async (message) => {
    const server = await serve(answers.error(400, message, { param: 'temperature' }));
    const outcome = await modelOf(server).complete(request);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'rejected' } });
    expect(server.requests).toHaveLength(1);
  });
});

describe('what is learned', () => {
  it('counts only once it has helped', async () => {
    const server = await serve(answers.error(400, 'invalid request: seed, stream_options, temperature'));
    const path = file();
    const model = modelOf(server, { dialectStore: openDialectFile(path, today) });
    expect(await model.complete(request)).toMatchObject({
      kind: 'failed',
      failure: { cause: 'rejected', retryable: false },
    });
    expect(model.dialect(request.model)).toEqual(fullDialect);
    expect(listDialects(path)).toEqual([]);
    expect(server.requests.length).toBeLessThan(9);
  });

  it('is unlearned when the server refuses the way around', async () => {
    let wants = 'max_completion_tokens';
    const server = await serve((received, response) => {
      const sent = 'max_tokens' in received.body ? 'max_tokens' : 'max_completion_tokens';
      const handler =
        sent === wants ? answers.ok() : answers.error(400, `Unsupported parameter: ${sent}`, { param: sent });
      handler(received, response);
    });
    const model = modelOf(server);
    answered(await model.complete(request));
    wants = 'max_tokens';
    answered(await model.complete(request));
    expect(model.dialect(request.model)).toEqual(fullDialect);
    wants = 'neither';
    expect(await model.complete(request)).toMatchObject({ kind: 'failed', failure: { cause: 'rejected' } });
  });

  it('may be told inside a stream', async () => {
    const server = await serve(refusingInStream(caseOf('seed')));
    expect(answered(await modelOf(server).complete(request)).text).toBe('hello world');
    expect(server.requests).toHaveLength(2);
  });

  it('is found out anew after a month, and where the file is damaged or of another version', async () => {
    const path = file();
    const month = new Date('2026-12-30T00:00:00Z');
    const known = { dialect: { ...fullDialect, seed: false }, proven: ['stream'] as const };
    openDialectFile(path, today).put('http://a/v1', 'm', known);
    expect(openDialectFile(path, today).get('http://a/v1', 'm')).toEqual(known);
    expect(openDialectFile(path, today).get('http://b/v1', 'm')).toBeUndefined();
    expect(openDialectFile(path, () => month).get('http://a/v1', 'm')).toBeUndefined();
    for (const damage of [
      '',
      '{"version":2,"endpoints":{}}',
      '{"version":1,"endpoints":{"http://a/v1":{"m":7}}}',
    ]) {
      writeFileSync(path, damage);
      const store = openDialectFile(path, today);
      expect(store.get('http://a/v1', 'm')).toBeUndefined();
      store.put('http://a/v1', 'm', known);
      expect(store.get('http://a/v1', 'm')).toEqual(known);
    }
  });

  it('that cannot be written is kept for this process', async () => {
    const server = await serve(dialectHandler(caseOf('seed')));
    const model = modelOf(server, { dialectStore: openDialectFile('/dev/null/dialects.json', today) });
    answered(await model.complete(request));
    answered(await model.complete(request));
    expect(server.requests).toHaveLength(3);
  });
});

describe('the first call', () => {
  it('is waited for no longer than patience lasts', async () => {
    const clock = new ManualClock();
    let hung = 0;
    const server = await serve((received, response) => {
      if (hung++ === 0) answers.hang()(received, response);
      else answers.ok()(received, response);
    });
    const model = modelOf(server, { clock });
    const stop = new AbortController();
    const first = model.complete(request, { signal: stop.signal });
    const second = model.complete(request);
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(9_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    answered(await second);
    stop.abort();
    expect(await first).toMatchObject({ kind: 'failed', failure: { cause: 'aborted' } });
  });

  it('that fails lets the others go ahead', async () => {
    let failed = 0;
    const server = await serve((received, response) =>
      (failed++ === 0 ? answers.error(500, 'oops') : answers.ok())(received, response),
    );
    const model = modelOf(server);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => model.complete(request)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'answered', 'answered', 'answered']);
  });

  it('that a waiting caller gives up on is not sent for it', async () => {
    const server = await serve(
      (received, response) => void setTimeout(() => answers.ok()(received, response), 20),
    );
    const model = modelOf(server);
    const stop = new AbortController();
    const first = model.complete(request);
    const second = model.complete(request, { signal: stop.signal });
    stop.abort();
    expect(await second).toMatchObject({ kind: 'failed', failure: { cause: 'aborted' } });
    answered(await first);
    expect(server.requests).toHaveLength(1);
  });

  it('with something new of the API goes ahead alone again', async () => {
    const server = await serve(dialectHandler(caseOf('any temperature')));
    const model = modelOf(server);
    const { temperature: _, ...cold } = request;
    answered(await model.complete(cold));
    await Promise.all([1, 2, 3, 4].map(async () => answered(await model.complete(request))));
    expect(server.requests).toHaveLength(1 + 1 + 4);
  });
});
