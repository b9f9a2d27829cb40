import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configId } from '../../src/domain/moa-config.ts';
import { saidIn } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import {
  asked,
  collect,
  errorOf,
  fused,
  type ServeUnderTest,
  single,
  startServe,
  twoMembers,
} from '../support/serve.ts';

const model = new ScriptedModel(
  (request) => {
    if (saidIn(request).includes('refuse the left') && request.model === 'sim/left')
      return { fails: 'refused', code: 'content-filter' };
    if (saidIn(request).includes('refuse all')) return { fails: 'refused', code: 'content-filter' };
    if (saidIn(request).includes('too long for all')) return { fails: 'context-overflow' };
    if (saidIn(request).includes('nobody there')) return { fails: 'rejected', code: 'unauthorized' };
    return request.maxTokens === 7 ? { text: 'cut', finishReason: 'length' } : `from ${request.model}`;
  },
  { pieceLength: 4 },
);
const best = configId(fused);
let server: ServeUnderTest;
const lastCalls = (): typeof model.requests => model.requests.slice(-3);

beforeAll(async () => {
  server = await startServe(twoMembers(model));
});
afterAll(async () => {
  await server.end();
  expect(server.bugs).toEqual([]);
});

describe('models', () => {
  it('are the named points, the front and each member, with what is known of them', async () => {
    const { data } = await server.client.models.list();
    expect(data.map(({ id }) => id)).toEqual([
      ...['best', 'knee', 'fastest', 'cheapest', 'front', `mixtune/${best}`, `mixtune/${configId(single)}`],
    ]);
    expect(data[0]).toMatchObject({
      mixtune: {
        config: best,
        run: 'test-run',
        score: { mean: 0.9, low: 0.81 },
        simulated: false,
        holdout: null,
      },
    });
    expect(await server.client.models.retrieve(`mixtune/${best}`)).toEqual({
      ...data[0],
      id: `mixtune/${best}`,
    });
    expect(await errorOf(server.client.models.retrieve('bset'))).toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe('a chat completion', () => {
  it('comes in one piece, with usage over all calls and what mixtune did', async () => {
    const { data, response } = await server.client.chat.completions
      .create({ model: 'best', messages: asked('2 + 2?') })
      .withResponse();
    expect(data.choices).toEqual([
      {
        ...{ index: 0, logprobs: null, finish_reason: 'stop' },
        message: { role: 'assistant', content: 'from sim/fuser', refusal: null, annotations: [] },
      },
    ]);
    expect(data.usage).toMatchObject({
      ...{ prompt_tokens: 30, completion_tokens: 15, total_tokens: 45 },
      completion_tokens_details: { reasoning_tokens: 10 },
    });
    expect(data).toMatchObject({
      model: `mixtune/${best}`,
      mixtune: { config: best, run: 'test-run', why: 'the best', degraded: [], simulated: false },
    });
    const { mixtune } = data as unknown as { mixtune: { decision: string; spent: object } };
    expect(mixtune.spent).toEqual({ usd: 0.003, calls: 3, latency_ms: 200 });
    expect(response.headers.get('x-request-id')).toBe(mixtune.decision);
    expect(response.headers.get('x-mixtune-config')).toBe(best);
    expect(response.headers.get('server-timing')).toMatch(/^overhead;dur=[\d.]+/);
  });

  it('is taken back in a conversation as it was given, with fields that clients leave empty', async () => {
    const { client } = server;
    const { choices } = await client.chat.completions.create({ model: 'best', messages: asked('2 + 2?') });
    const given = choices.flatMap(({ message }) => [
      message,
      { ...message, audio: null, function_call: null, tool_calls: null },
    ]);
    const messages = [...asked('2 + 2?'), ...given, ...asked('Sure?')];
    const nothing = { logit_bias: null, prediction: null, verbosity: null, temperature: null };
    const next = await server.post({ model: 'best', messages, ...nothing });
    expect(await next.json()).toMatchObject({ choices: [{ message: { content: 'from sim/fuser' } }] });
    expect(
      lastCalls()
        .at(-1)
        ?.messages.map(({ content }) => content),
    ).toEqual(expect.arrayContaining(['2 + 2?', 'from sim/fuser', 'Sure?']));
  });

  it.each([
    [{ tempreature: 1 }, 'found unknown key "tempreature" (did you mean "temperature"?)'],
    [{ messages: [{ role: 'user', content: '?', nmae: 'x' }] }, 'expected only the keys role, content, name'],
  ])('names the fields that there are for one that is not: %j', async (odd, said) => {
    const response = await server.post({ model: 'best', messages: asked('?'), ...odd });
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(said) } });
  });

  it('streams the same, stages beside it, and usage only when asked for', async () => {
    const body = { model: 'best', messages: asked('2 + 2?'), stream: true as const };
    const plain = await collect(await server.client.chat.completions.create(body));
    expect(plain).toMatchObject({ text: 'from sim/fuser', finish: 'stop' });
    expect(plain.chunks.every(({ choices }) => choices.length === 1)).toBe(true);
    expect(plain.chunks.filter(({ choices }) => choices[0]?.delta.content).length).toBeGreaterThan(2);
    const events = plain.chunks.flatMap(
      (chunk) => (chunk as { mixtune?: { event?: string } }).mixtune?.event ?? [],
    );
    expect(events).toEqual(['stage', 'agent', 'agent', 'stage-end', 'stage', 'agent', 'stage-end']);
    expect(plain.chunks.at(-1)).toMatchObject({ mixtune: { config: best, spent: { calls: 3 } } });
    const options = { stream_options: { include_usage: true } };
    const counted = await collect(await server.client.chat.completions.create({ ...body, ...options }));
    expect(counted.text).toBe('from sim/fuser');
    expect(counted.chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 45 } });
    expect(counted.chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('shows no stages, or what they wrote as reasoning', async () => {
    const ask = async (stages: string) => {
      const body = { model: 'best', messages: asked('?'), stream: true, mixtune: { stages } };
      return collect(
        await server.client.chat.completions.create(body as OpenAI.ChatCompletionCreateParamsStreaming),
      );
    };
    const none = await ask('none');
    expect(none.chunks.filter((chunk) => 'mixtune' in chunk)).toHaveLength(1);
    const full = await ask('full');
    const thought = full.chunks.map(
      ({ choices }) =>
        (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '',
    );
    expect(thought.join('')).toContain('[left] from sim/left');
    expect(full.text).toBe(none.text);
  });

  it('gives earlier turns and system messages to every agent', async () => {
    await server.client.chat.completions.create({
      model: 'best',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'One?' },
        { role: 'assistant', content: 'Yes.' },
        { role: 'developer', content: [{ type: 'text', text: 'In French.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Two' },
            { type: 'text', text: '?' },
          ],
        },
      ],
    });
    for (const { messages } of lastCalls()) {
      expect(messages[0]?.content).toMatch(/^You are [\s\S]*Be brief\.\n\nIn French\.$/);
      expect(messages.slice(1).map(({ content }) => content)).toEqual(['One?', 'Yes.', 'Two?']);
    }
  });

  it('hands settings to the stage that writes the answer alone', async () => {
    const answer = await server.client.chat.completions.create({
      ...{ model: 'best', messages: asked('?'), max_completion_tokens: 7, stop: 'END', temperature: 0 },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
    });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer).toMatchObject({
      mixtune: { overridden: ['temperature', 'max_tokens', 'stop', 'response_format'] },
    });
    const [left, , fuser] = lastCalls();
    expect(left).toMatchObject({ maxTokens: 4096 });
    expect(left).not.toHaveProperty('stop');
    expect(fuser).toMatchObject({
      maxTokens: 7,
      stop: ['END'],
      temperature: 0,
      responseFormat: { schema: { type: 'object' } },
    });
  });

  it('asks for the same sample under the same seed, and for a fresh one without', async () => {
    const ask = async (seed?: number) => {
      await server.client.chat.completions.create({
        model: 'cheapest',
        messages: asked('?'),
        ...(seed === undefined ? {} : { seed }),
      });
      return model.requests.at(-1)?.sample.repeat;
    };
    expect([await ask(5), await ask(5), await ask(6)]).toEqual([5, 5, 6]);
    expect(await ask()).not.toBe(await ask());
  });
});

describe('what providers refuse', () => {
  it('costs the agent its part, not the answer, and the trace tells it', async () => {
    const body = { model: 'best', messages: asked('refuse the left') };
    const answer = await server.client.chat.completions.create(body);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'from sim/fuser' },
    });
    expect(answer).toMatchObject({
      mixtune: {
        degraded: [
          {
            stage: 'stages[0]',
            agent: 'left',
            code: 'agent-dropped',
            note: expect.stringContaining('content-filter'),
          },
        ],
      },
    });
    const streamed = await collect(await server.client.chat.completions.create({ ...body, stream: true }));
    const failed = streamed.chunks.find(
      (chunk) => (chunk as { mixtune?: { failure?: object } }).mixtune?.failure,
    );
    expect(failed).toMatchObject({
      mixtune: { event: 'agent', agent: 'left', failure: { code: 'content-filter' } },
    });
  });

  it.each([
    ['refuse all', 400, 'content_filter'],
    ['too long for all', 400, 'context_length_exceeded'],
    ['nobody there', 502, 'upstream_error'],
  ])('is an error where no agent is left: %s', async (text, status, code) => {
    for (const stream of [false, true]) {
      const error = await errorOf(
        server.client.chat.completions.create({ model: 'best', messages: asked(text), stream }),
      );
      expect(error).toMatchObject({ status, code });
    }
  });
});

describe('a request that is not understood', () => {
  const message = { role: 'user', content: '?' };
  it.each<[string, unknown, number, string, string | null]>([
    ['no JSON', '{', 400, 'invalid_value', null],
    ['nested too deep', '['.repeat(1000), 400, 'invalid_value', null],
    ['no messages', { model: 'best' }, 400, 'invalid_value', 'messages'],
    ['an unknown key', { model: 'best', messages: [message], foo: 1 }, 400, 'invalid_value', 'foo'],
    ['a tool', { model: 'best', messages: [message], tools: [{}] }, 400, 'invalid_value', 'tools'],
    ['two answers', { model: 'best', messages: [message], n: 2 }, 400, 'invalid_value', 'n'],
    [
      'log probabilities',
      { model: 'best', messages: [message], logprobs: true },
      400,
      'invalid_value',
      'logprobs',
    ],
    [
      'audio',
      { model: 'best', messages: [message], modalities: ['audio'] },
      400,
      'invalid_value',
      'modalities[0]',
    ],
    [
      'an image',
      { model: 'best', messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      400,
      'invalid_value',
      'messages[0].content[0]',
    ],
    [
      'a tool message',
      { model: 'best', messages: [{ role: 'tool', content: 'x' }] },
      400,
      'invalid_value',
      'messages[0].role',
    ],
    [
      'an answer last',
      { model: 'best', messages: [message, { role: 'assistant', content: 'x' }] },
      400,
      'invalid_value',
      'messages',
    ],
    [
      'a bound misspelt',
      { model: 'best', messages: [message], mixtune: { max_latency: 1 } },
      400,
      'invalid_value',
      'mixtune.max_latency',
    ],
    [
      'a bound in the name',
      { model: 'front;max-latncy=2s', messages: [message] },
      400,
      'invalid_value',
      'model',
    ],
    ['an unknown model', { model: 'bst', messages: [message] }, 404, 'model_not_found', 'model'],
    ['a prototype as a model', { model: '__proto__', messages: [message] }, 404, 'model_not_found', 'model'],
    ['too large', JSON.stringify({ x: 'x'.repeat(4 * 2 ** 20) }), 413, 'request_too_large', null],
  ])('is refused: %s', async (_, body, status, code, param) => {
    const response = await server.post(body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' });
    expect(error.message).not.toBe('');
  });

  it.each([
    ['/chat/completions', true],
    ['/chat/completions', false],
    ['/feedback', true],
    ['/feedback', false],
  ])(
    'is refused in words where it is too large and comes slowly (%s, told before: %s)',
    async (path, told) => {
      const parts = 9;
      const part = Buffer.alloc(2 ** 19, ' ');
      const length = told ? { 'content-length': String(parts * part.length) } : {};
      const sent = request(`${server.url}${path}`, { method: 'POST', headers: length });
      // As of a client that listens once it has said all: what breaks meanwhile is all that it knows.
      const said = Promise.all([once(sent, 'response'), once(sent, 'finish')]);
      let left = parts;
      const next = (): void => {
        left--;
        // Longer than the server's library lets a body come that nobody reads.
        if (left === 0) setTimeout(() => sent.end(part), 700);
        else sent.write(part, () => setTimeout(next, 1));
      };
      next();
      const [[answered]] = (await said) as [[IncomingMessage], unknown];
      const { error } = (await json(answered)) as { error: object };
      expect([answered.statusCode, error]).toMatchObject([413, { code: 'request_too_large' }]);
    },
  );

  it('is refused before its end where it is far too large', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent++;
        if (sent < 2_000) controller.enqueue(new Uint8Array(2 ** 16).fill(32));
        else controller.close();
      },
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const ended = await fetch(`${server.url}/chat/completions`, init).then(
      ({ status }) => status,
      () => 'broken off',
    );
    expect([413, 'broken off']).toContain(ended);
    expect(sent).toBeLessThan(2_000);
  });

  it('is refused where its text is no UTF-8, which is taken with a byte order mark', async () => {
    const text = JSON.stringify({ model: 'best', messages: [{ role: 'user', content: 'Où?' }] });
    const ask = (body: Buffer) => fetch(`${server.url}/chat/completions`, { method: 'POST', body });
    const latin = await ask(Buffer.from(text, 'latin1'));
    expect([latin.status, await latin.json()]).toMatchObject([
      400,
      { error: { message: 'The body is no UTF-8', code: 'invalid_value' } },
    ]);
    expect((await ask(Buffer.from(`\ufeff${text}`))).status).toBe(200);
  });

  it('takes what asks for nothing', async () => {
    const atRest = {
      n: 1,
      tools: [],
      logprobs: false,
      user: 'u',
      presence_penalty: 0,
      store: false,
      stop: null,
      seed: null,
    };
    const response = await server.post({ model: 'best', messages: [message], ...atRest });
    expect(response.status).toBe(200);
  });
});

describe('the rest', () => {
  const get = (path: string) => fetch(server.url.replace('/v1', path));
  it('answers probes and tells its figures', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/v1/nothing')).status).toBe(404);
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
    const text = await response.text();
    expect(text).toMatch(/\n# EOF\n$/);
    expect(text).toContain(`mixtune_serve_decisions_total{config="${best}",explored="false"}`);
    expect(text).toContain('mixtune_serve_rejected_total{reason="model_not_found"}');
    expect(text).not.toContain('2 + 2');
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(?:# (?:TYPE|HELP|UNIT) [a-z_]+ .+|# EOF|[a-z_]+(?:\{(?:[a-z_]+="[^"]*",?)+\})? [\d.e+-]+)$/,
      );
    }
  });
});
