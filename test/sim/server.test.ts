import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { simulatedModels } from '../../src/sim/index.ts';
import { type SimServer, startSimServer } from '../../src/sim/server.ts';
import { describeChatModel } from '../models/conformance.ts';
import { noFaults, range, responsesOf, simRequest } from '../support/sim-asking.ts';
import { challenge } from '../support/sim-calibration.ts';

const messages = [{ role: 'user' as const, content: challenge }];
const start = (changes: Partial<Parameters<typeof startSimServer>[0]> = {}): Promise<SimServer> =>
  startSimServer({ port: 0, seed: 11, clock: createRealClock(), faults: noFaults, speedup: 200, ...changes });

describe('the sim server, asked by the official openai client', () => {
  let server: SimServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await start();
    client = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => server.close());

  it('lists the simulated models', async () => {
    const listed = await client.models.list();
    expect(listed.data.map(({ id }) => id)).toEqual(simulatedModels.map(({ name }) => name));
  });

  it('answers in one piece with usage, equal to the model in this process for an equal seed', async () => {
    const answer = await client.chat.completions.create({
      model: 'sim/sage-70b',
      messages,
      seed: 3,
      temperature: 0.7,
    });
    const [expected] = await responsesOf(11, [simRequest('sage-70b', { index: 3 })]);
    expect(answer.choices[0]?.message.content).toBe(expected?.text);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage).toMatchObject({
      prompt_tokens: expected?.usage.inputTokens,
      completion_tokens: expected?.usage.outputTokens,
    });
    expect(answer.system_fingerprint).toContain('simulated');
  });

  it('streams pieces, finish reason and usage', async () => {
    const stream = await client.chat.completions.create({
      model: 'heron-8b',
      messages,
      seed: 4,
      temperature: 0.7,
      stream: true,
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    let finish: string | null = null;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      const content = chunk.choices[0]?.delta.content;
      if (content) pieces.push(content);
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    const [expected] = await responsesOf(11, [simRequest('heron-8b', { index: 4 })]);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(expected?.text);
    expect(finish).toBe('stop');
    expect(usage?.completion_tokens).toBe(expected?.usage.outputTokens);
  });

  it('gives fresh answers without a seed and the same ones with it', async () => {
    const ask = async (seed?: number): Promise<string | null | undefined> =>
      (
        await client.chat.completions.create({
          model: 'sage-70b',
          messages,
          ...(seed === undefined ? {} : { seed }),
        })
      ).choices[0]?.message.content;
    expect(new Set(await Promise.all(range(4).map(() => ask()))).size).toBe(4);
    expect(await ask(8)).toBe(await ask(8));
  });

  it('honours max_tokens and max_completion_tokens', async () => {
    for (const limit of [{ max_tokens: 20 }, { max_completion_tokens: 20 }]) {
      const answer = await client.chat.completions.create({ model: 'sage-70b', messages, ...limit });
      expect(answer.choices[0]?.finish_reason).toBe('length');
      expect(answer.usage?.completion_tokens).toBe(20);
    }
  });

  it.each([
    [{ model: 'sage-70', messages }, 404, /did you mean "sim\/sage-70b"/],
    [{ model: 'gpt-9', messages }, 404, /there are sim\/wisp-1b/],
    [{ model: 'sage-70b', messages, n: 2 }, 400, /n: expected 1, found 2/],
    [{ model: 'sage-70b', messages: [] }, 400, /messages/],
    [{ model: 'sage-70b', messages, temperature: 3 }, 400, /temperature/],
    [
      { model: 'wisp-1b', messages: [{ role: 'user' as const, content: 'x'.repeat(60_000) }] },
      400,
      /do not fit/,
    ],
  ])('answers request %# with an error in OpenAI’s shape', async (body, status, message) => {
    const error = await client.chat.completions.create(body).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect((error as InstanceType<typeof OpenAI.APIError>).status).toBe(status);
    expect((error as Error).message).toMatch(message);
  });

  it('answers what is no JSON and what is not there', async () => {
    const garbled = await fetch(`${server.url}/chat/completions`, { method: 'POST', body: '{' });
    expect(garbled.status).toBe(400);
    expect(await garbled.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
  });

  it.each<[string, string, number]>([
    ['larger than any request', `{"model":"wisp-1b","x":"${'x'.repeat(17 * 2 ** 20)}"}`, 413],
    ['nested deeper than any request', `${'['.repeat(1e6)}`, 400],
    ['whose depth is only in strings', JSON.stringify({ model: 'nobody', x: '['.repeat(100) }), 400],
  ])('refuses a body %s', async (_name, body, status) => {
    const response = await fetch(`${server.url}/chat/completions`, { method: 'POST', body });
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).not.toBe('');
  });

  it('survives clients that leave mid-stream', async () => {
    const controller = new AbortController();
    const stream = await client.chat.completions.create(
      { model: 'titan-400b', messages, stream: true },
      { signal: controller.signal },
    );
    for await (const _ of stream) {
      controller.abort();
      break;
    }
    expect((await client.models.list()).data.length).toBeGreaterThan(0);
  });
});

describe('the sim server’s faults', () => {
  it('become HTTP errors, with what to wait, and the finish reason of a filter', async () => {
    const server = await start({ faults: { refused: 0.5, infrastructure: 0.5 }, speedup: 2000 });
    try {
      const replies = await Promise.all(
        range(60).map(async (seed) => {
          const reply = await fetch(`${server.url}/chat/completions`, {
            method: 'POST',
            body: JSON.stringify({ model: 'wisp-1b', messages, seed, stream: seed % 2 === 0 }),
          });
          return { status: reply.status, retry: reply.headers.get('retry-after'), text: await reply.text() };
        }),
      );
      const statuses = new Set(replies.map(({ status }) => status));
      expect([...statuses].toSorted()).toEqual(expect.arrayContaining([200, 429, 500, 503, 504]));
      for (const { status, retry } of replies) expect(retry !== null).toBe(status === 429);
      const filtered = replies.filter(({ text }) => text.includes('"finish_reason":"content_filter"'));
      expect(filtered.length).toBeGreaterThan(5);
    } finally {
      await server.close();
    }
  });

  it('a taken port is an error', async () => {
    const server = await start();
    try {
      await expect(start({ port: server.port })).rejects.toThrow(/EADDRINUSE/);
    } finally {
      await server.close();
    }
  });
});

describeChatModel('openai-compatible, over the sim server', async () => {
  const server = await start({ speedup: 20 });
  const clock = createRealClock();
  return {
    model: createOpenAICompatible({ baseUrl: server.url, apiKey: 'none', clock }),
    request: simRequest('wisp-1b', { model: 'openai/wisp-1b' }),
    clock,
    run: (main) => main(),
    deterministic: true,
    slow: { request: simRequest('titan-400b', { model: 'openai/titan-400b' }), abortAfterMs: 60 },
    unknownModel: simRequest('nobody', { model: 'openai/nobody' }),
    close: () => server.close(),
  };
});
