import { afterEach, describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import { sampleSeed } from '../../src/models/call-key.ts';
import type { CallFailure, CallOptions, ChatOutcome } from '../../src/models/chat-model.ts';
import {
  createOpenAICompatible,
  type OpenAICompatibleModel,
  type OpenAICompatibleOptions,
} from '../../src/models/openai/openai-compatible.ts';
import { fullDialect } from '../../src/models/openai/openai-dialect.ts';
import { answered } from './conformance.ts';
import {
  answers,
  completion,
  delta,
  type FaultServer,
  finish,
  type Handler,
  inTurn,
  startFaultServer,
  usage,
  usageChunk,
} from './fault-server.ts';
import { ManualClock } from './manual-clock.ts';
import { ask } from './scripted-model.ts';

const key = 'planted-key-0123456789';
const request = ask('say hello', { model: 'openai/some/model', temperature: 0.5, maxTokens: 64 });
let servers: FaultServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function against(
  handler: Handler,
  options: Partial<OpenAICompatibleOptions> = {},
): Promise<{ model: OpenAICompatibleModel; server: FaultServer }> {
  const server = await startFaultServer(handler);
  servers.push(server);
  const model = createOpenAICompatible({
    baseUrl: server.baseUrl,
    apiKey: key,
    clock: createRealClock(),
    ...options,
  });
  return { model, server };
}

async function outcomeOf(handler: Handler, options: CallOptions = {}): Promise<ChatOutcome> {
  const { model } = await against(handler);
  return model.complete(request, options);
}

function failure(outcome: ChatOutcome): CallFailure {
  if (outcome.kind === 'failed') return outcome.failure;
  throw new Error(`expected a failure, found ${JSON.stringify(outcome.response)}`);
}

const hello = delta({ content: 'hello' });

const cutBody: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
  response.write('{"choices": [{"mess');
  setTimeout(() => response.socket?.destroy(), 5);
};

describe('what is sent', () => {
  it('is the chat request with the sample as a seed, the key as a header, and a wish for usage', async () => {
    const { model, server } = await against(answers.ok());
    answered(await model.complete({ ...request, topP: 0.9, sample: { repeat: 2, index: 1 } }));
    expect(server.requests[0]?.body).toEqual({
      model: 'some/model',
      messages: [{ role: 'user', content: 'say hello' }],
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 64,
      seed: sampleSeed({ repeat: 2, index: 1 }),
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(server.requests[0]?.headers['openai-organization']).toBeUndefined();
  });

  it('leaves out what the request does not set', async () => {
    const { model, server } = await against(answers.ok());
    answered(await model.complete(ask('x', { model: 'openai/m' })));
    expect(Object.keys(server.requests[0]?.body ?? {}).sort()).toEqual(
      ['messages', 'model', 'seed', 'stream', 'stream_options'].sort(),
    );
  });
});

describe('answers', () => {
  it('tell text, usage in full, price and fingerprint', async () => {
    const { model } = await against(
      answers.stream(
        { choices: [], system_fingerprint: 'fp_1' },
        delta({ role: 'assistant', content: '' }),
        hello,
        finish('stop'),
        {
          choices: [],
          usage: {
            ...usage,
            completion_tokens_details: { reasoning_tokens: 2 },
            prompt_tokens_details: { cached_tokens: 4 },
          },
        },
      ),
      { price: () => ({ inputPerMillion: 1_000_000, outputPerMillion: 2_000_000 }) },
    );
    expect(answered(await model.complete(request))).toMatchObject({
      text: 'hello',
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 4, estimated: false },
      usd: 21,
      fingerprint: 'fp_1',
    });
  });

  it('have an unknown price, not none, without a price', async () => {
    expect(answered(await outcomeOf(answers.ok())).usd).toBeNull();
  });

  it('cut off at the token limit say so', async () => {
    expect(answered(await outcomeOf(answers.stream(hello, finish('length'), usageChunk))).finishReason).toBe(
      'length',
    );
  });

  it.each<[string, Handler, { text: string; reasoning?: string }]>([
    [
      'as reasoning_content',
      answers.stream(
        delta({ reasoning_content: 'hm ' }),
        delta({ reasoning_content: 'ok' }),
        hello,
        finish('stop'),
      ),
      { text: 'hello', reasoning: 'hm ok' },
    ],
    [
      'as reasoning',
      answers.stream(delta({ reasoning: 'hm' }), hello, finish('stop')),
      { text: 'hello', reasoning: 'hm' },
    ],
    [
      'as a think block in pieces',
      answers.stream(
        ...['<th', 'ink>h', 'm</thi', 'nk>\n\nhel', 'lo'].map((content) => delta({ content })),
        finish('stop'),
      ),
      { text: 'hello', reasoning: 'hm' },
    ],
    [
      'as a think block in one piece, not streamed',
      answers.json(200, completion({ content: '<think>hm</think>hello' })),
      { text: 'hello', reasoning: 'hm' },
    ],
    [
      'as a think block that was cut off',
      answers.stream(delta({ content: '<think>hm, well' }), finish('length')),
      { text: '', reasoning: 'hm, well' },
    ],
  ])('keep reasoning apart: %s', async (_name, handler, expected) => {
    const pieces: string[] = [];
    const response = answered(await outcomeOf(handler, { onDelta: (text) => pieces.push(text) }));
    expect(response).toMatchObject(expected);
    expect(pieces.join('')).toBe(expected.text);
  });

  it('with null content are empty', async () => {
    expect(
      answered(await outcomeOf(answers.stream(delta({ content: null }), finish('stop'), usageChunk))).text,
    ).toBe('');
    expect(answered(await outcomeOf(answers.json(200, completion({ content: null })))).text).toBe('');
  });

  it.each<[string, Handler]>([
    ['missing from a stream', answers.stream(hello, finish('stop'))],
    ['missing from a response', answers.json(200, completion({ content: 'hello' }, { usage: null }))],
    [
      'all zero',
      answers.stream(hello, finish('stop'), {
        choices: [],
        usage: { prompt_tokens: 0, completion_tokens: 0 },
      }),
    ],
    [
      'denying the output',
      answers.stream(hello, finish('stop'), {
        choices: [],
        usage: { prompt_tokens: 9, completion_tokens: 0 },
      }),
    ],
    [
      'nonsense',
      answers.stream(hello, finish('stop'), {
        choices: [],
        usage: { prompt_tokens: -1, completion_tokens: 'many' },
      }),
    ],
  ])('get estimated usage where it is %s', async (_name, handler) => {
    // "say hello" is 2 tokens, 3 for the message's frame, 3 to open the answer.
    expect(answered(await outcomeOf(handler)).usage).toEqual({
      inputTokens: 8,
      outputTokens: 1,
      estimated: true,
    });
  });

  it('that come in one piece although a stream was asked for are taken, with no time to first token', async () => {
    const response = answered(await outcomeOf(answers.json(200, completion({ content: 'hello' }))));
    expect(response).toMatchObject({ text: 'hello', firstTokenMs: null });
  });

  it('tell the time to the first token of a stream', async () => {
    expect(answered(await outcomeOf(answers.ok())).firstTokenMs).toEqual(expect.any(Number));
  });
});

describe('faults', () => {
  const infrastructure = { cause: 'infrastructure', retryable: true } as const;
  it.each<[string, Handler, Partial<CallFailure>]>([
    [
      '429 with retry-after',
      answers.error(429, 'slow down', {}, { 'retry-after': '2' }),
      { ...infrastructure, code: 'rate-limited', status: 429, retryAfterMs: 2000 },
    ],
    [
      '429 with retry-after-ms',
      answers.error(429, 'slow down', {}, { 'retry-after-ms': '350', 'retry-after': '1' }),
      { ...infrastructure, code: 'rate-limited', retryAfterMs: 350 },
    ],
    [
      '429 with a date',
      answers.error(
        429,
        'slow down',
        {},
        { date: 'Fri, 01 Jan 2027 00:00:00 GMT', 'retry-after': 'Fri, 01 Jan 2027 00:00:03 GMT' },
      ),
      { ...infrastructure, retryAfterMs: 3000 },
    ],
    ['429 without headers', answers.error(429, 'slow down'), { ...infrastructure, code: 'rate-limited' }],
    [
      '429 for an empty account',
      answers.error(429, 'You exceeded your current quota', { code: 'insufficient_quota' }),
      { cause: 'rejected', code: 'insufficient-quota', retryable: false },
    ],
    [
      '500',
      answers.error(500, 'oops', {}, { 'x-request-id': 'req_7' }),
      { ...infrastructure, code: 'server-error', status: 500, requestId: 'req_7' },
    ],
    [
      '503 with a page of HTML',
      answers.json(503, '<html>busy</html>', { 'content-type': 'text/html' }),
      { ...infrastructure, code: 'server-error', status: 503 },
    ],
    ['408', answers.error(408, 'too late'), { ...infrastructure, code: 'timeout' }],
    ['409', answers.error(409, 'conflict'), { ...infrastructure, code: 'conflict' }],
    ['connection reset', answers.reset(), { ...infrastructure, code: 'connection' }],
    ['stream cut by a reset', answers.cutStream(hello), { ...infrastructure, code: 'connection' }],
    [
      'stream that ends early',
      answers.shortStream(hello),
      { ...infrastructure, code: 'stream-cut', usage: { inputTokens: 8, outputTokens: 1, estimated: true } },
    ],
    ['empty stream', answers.raw(''), { ...infrastructure, code: 'stream-cut' }],
    [
      'malformed events',
      answers.raw('data: {"choices": [{"delta"\n\n'),
      { ...infrastructure, code: 'malformed-stream' },
    ],
    ['malformed body', answers.json(200, '{"choices": ['), { ...infrastructure, code: 'malformed-stream' }],
    [
      'empty choices',
      answers.json(200, { choices: [], usage }),
      { ...infrastructure, code: 'empty-response' },
    ],
    [
      'error inside a stream',
      answers.stream(hello, { error: { message: 'overloaded', code: 502 } }),
      { ...infrastructure, code: 'server-error', status: 502 },
    ],
    [
      'error as a body with status 200',
      answers.json(200, { error: { message: 'rate limit reached', code: 429 } }),
      { ...infrastructure, code: 'rate-limited' },
    ],
    [
      'finish reason "error"',
      answers.stream(hello, finish('error')),
      { ...infrastructure, code: 'server-error' },
    ],
    [
      'content filter at the end',
      answers.stream(hello, finish('content_filter'), usageChunk),
      {
        cause: 'refused',
        code: 'content-filter',
        retryable: false,
        usage: { inputTokens: 11, outputTokens: 5, estimated: false },
      },
    ],
    [
      'content filter at the door',
      answers.error(400, 'filtered', { code: 'content_filter' }),
      { cause: 'refused', code: 'content-filter', retryable: false },
    ],
    [
      'refusal field',
      answers.json(200, completion({ content: null, refusal: 'I cannot help with that' })),
      { cause: 'refused', code: 'refusal', retryable: false },
    ],
    [
      'context overflow by code',
      answers.error(400, 'too big', { code: 'context_length_exceeded' }),
      { cause: 'context-overflow', code: 'context-overflow', retryable: false },
    ],
    [
      'context overflow in words',
      answers.error(400, "This model's maximum context length is 8192 tokens. Please reduce max_tokens."),
      { cause: 'context-overflow', retryable: false },
    ],
    ['413', answers.error(413, 'Request too large'), { cause: 'context-overflow', retryable: false }],
    [
      '400',
      answers.error(400, 'bad temperature'),
      { cause: 'rejected', code: 'bad-request', retryable: false, status: 400 },
    ],
    ['401', answers.error(401, 'wrong key'), { cause: 'rejected', code: 'unauthorized', retryable: false }],
    ['403', answers.error(403, 'not yours'), { cause: 'rejected', code: 'forbidden', retryable: false }],
    [
      '404',
      answers.error(404, 'model not found'),
      { cause: 'rejected', code: 'unknown-model', retryable: false },
    ],
  ])('%s', async (_name, handler, expected) => {
    expect(failure(await outcomeOf(handler))).toMatchObject(expected);
  });

  it.each([
    { tokens: 'bytes', handler: answers.hang() },
    { tokens: 'tokens', handler: answers.hang(delta({ role: 'assistant', content: '' })) },
  ])('a server that sends no $tokens runs into the limit for the first token', async ({ handler }) => {
    const clock = new ManualClock();
    const { model } = await against(
      (received, response) => {
        handler(received, response);
        clock.advance(120_000);
      },
      { clock },
    );
    expect(failure(await model.complete(request))).toMatchObject({
      ...infrastructure,
      code: 'first-token-timeout',
      serviceMs: 120_000,
      usage: { inputTokens: 8, outputTokens: 64, estimated: true },
    });
  });

  it.each<[string, Handler, number | undefined]>([
    ['before a token', answers.cutStream(delta({ role: 'assistant', content: '' })), 64],
    ['after some', answers.cutStream(hello), 1],
    ['in a body of one piece', cutBody, 64],
    ['before the response', answers.reset(), undefined],
    ['where it had told an error', answers.error(500, 'worker died'), undefined],
  ])(
    'what a call may cost whose connection broke is counted as far as it is known: %s',
    async (_name, handler, outputTokens) => {
      const { usage: counted } = failure(await outcomeOf(handler));
      expect(counted?.outputTokens).toBe(outputTokens);
    },
  );

  it('a stream that stops runs into the total limit, not into that of the first token', async () => {
    const clock = new ManualClock();
    const { model } = await against(answers.hang(hello), { clock });
    const outcome = await model.complete(request, {
      onDelta: () => {
        clock.advance(299_999);
        setImmediate(() => clock.advance(1));
      },
    });
    expect(failure(outcome)).toMatchObject({
      ...infrastructure,
      code: 'timeout',
      serviceMs: 300_000,
      usage: { inputTokens: 8, outputTokens: 1, estimated: true },
    });
  });

  it('a response that does not stream has no limit for its first token', async () => {
    const clock = new ManualClock();
    const slow: Handler = (received, response) => {
      clock.advance(200_000);
      answers.ok()(received, response);
    };
    const { model } = await against(inTurn(answers.error(400, 'streaming is not supported'), slow), {
      clock,
    });
    expect(answered(await model.complete(request))).toMatchObject({ serviceMs: 200_000, firstTokenMs: null });
  });

  it('nobody listening is an infrastructure failure that names the reason', async () => {
    const { model, server } = await against(answers.ok());
    await server.close();
    expect(failure(await model.complete(request))).toMatchObject({
      ...infrastructure,
      code: 'connection',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('keeps the text of an error that is not under "error"', async () => {
    const outcome = await outcomeOf(
      answers.json(422, { detail: [{ loc: ['body', 'top_p'], msg: 'must be below 1' }] }),
    );
    expect(failure(outcome).message).toContain('must be below 1');
  });

  it('never shows the key, however the server repeats it', async () => {
    const echoes: Handler = ({ headers }, response) => {
      const message = `wrong key ${headers.authorization?.slice(7)} (header: ${headers.authorization})`;
      answers.json(401, { error: { message } })({ headers, body: {} }, response);
    };
    const text = JSON.stringify(await outcomeOf(echoes));
    expect(text).toContain('wrong key');
    expect(text).not.toContain(key);
  });

  it('an abort while the stream hangs is an abort, with what it cost so far', async () => {
    const { model } = await against(answers.hang(hello));
    const controller = new AbortController();
    const outcome = await model.complete(request, {
      signal: controller.signal,
      onDelta: () => controller.abort(),
    });
    expect(failure(outcome)).toMatchObject({
      cause: 'aborted',
      usage: { outputTokens: 1, estimated: true },
    });
  });
});

describe('dialects', () => {
  const refuses =
    (field: string, message: string, details = {}): Handler =>
    (received, response) =>
      (field in received.body ? answers.error(400, message, details) : answers.ok())(received, response);

  it.each<[string, Handler, Record<string, unknown>]>([
    [
      'stream_options',
      refuses('stream_options', 'Unrecognized request argument: stream_options'),
      { stream_options: undefined, stream: true },
    ],
    [
      'stream_options by location',
      (received, response) =>
        ('stream_options' in received.body
          ? answers.json(422, {
              detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }],
            })
          : answers.ok())(received, response),
      { stream_options: undefined, stream: true },
    ],
    ['seed', refuses('seed', 'property "seed" is unsupported'), { seed: undefined, stream: true }],
    ['seed by parameter name', refuses('seed', 'no', { param: 'seed' }), { seed: undefined }],
    [
      'max_tokens',
      refuses(
        'max_tokens',
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        { param: 'max_tokens', code: 'unsupported_parameter' },
      ),
      { max_tokens: undefined, max_completion_tokens: 64 },
    ],
    [
      'streams',
      (received, response) =>
        (received.body.stream === true ? answers.error(400, 'stream=true is not supported') : answers.ok())(
          received,
          response,
        ),
      { stream: false, stream_options: undefined },
    ],
  ])('a refusal of %s is worked around once and remembered', async (_name, handler, expected) => {
    const { model, server } = await against(handler);
    expect(answered(await model.complete(request)).text).toBe('hello world');
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.body).toMatchObject(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    );
    for (const [field, value] of Object.entries(expected)) {
      if (value === undefined) expect(server.requests[1]?.body).not.toHaveProperty(field);
    }
    answered(await model.complete(request));
    expect(server.requests).toHaveLength(3);
    expect(model.dialect(request.model)).not.toEqual(fullDialect);
  });

  it('a server that refuses one thing after the other is asked in the end without all of them', async () => {
    const { model, server } = await against(
      inTurn(
        answers.error(400, 'unknown field stream_options'),
        answers.error(400, 'unknown field seed'),
        answers.error(400, 'use max_completion_tokens'),
        answers.error(400, 'streaming is not supported'),
        answers.ok(),
      ),
    );
    answered(await model.complete(request));
    expect(server.requests).toHaveLength(5);
    expect(model.dialect(request.model)).toEqual({
      ...fullDialect,
      stream: false,
      streamOptions: false,
      seed: false,
      maxTokensField: 'max_completion_tokens',
    });
  });

  it('a server that refuses whatever is sent is believed in the end', async () => {
    const { model, server } = await against(
      answers.error(400, 'invalid: stream_options seed max_completion_tokens stream'),
    );
    expect(failure(await model.complete(request))).toMatchObject({ cause: 'rejected' });
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });

  it('of one model say nothing about another', async () => {
    const { model, server } = await against(refuses('seed', 'seed is not supported'));
    answered(await model.complete(request));
    answered(await model.complete({ ...request, model: 'openai/other' }));
    expect(server.requests.map(({ body }) => 'seed' in body)).toEqual([true, false, true, false]);
  });
});

it('the revision tells endpoints apart, not spellings of one', () => {
  const revision = (baseUrl: string): string =>
    createOpenAICompatible({ baseUrl, apiKey: 'x', clock: createRealClock() }).revision('openai/m');
  expect(revision('http://a/v1')).toBe(revision('http://a/v1/'));
  expect(revision('http://a/v1')).not.toBe(revision('http://b/v1'));
});
