import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Clock, createRealClock } from '../../src/core/clock.ts';
import type { CallFailure, ChatResponse } from '../../src/models/chat-model.ts';
import type { OpenAICompatibleOptions } from '../../src/models/openai/openai-compatible.ts';
import type { ServerNote } from '../../src/models/server-note.ts';
import { sampled } from '../support/thorough.ts';
import { answered } from './conformance.ts';
import { faultServers, replyOf } from './fault-replies.ts';
import { answers, completion, delta, finish, type Handler, usageChunk } from './fault-server.ts';

const startServer = faultServers();

const reply = async (
  handler: Handler,
  asked: Parameters<typeof replyOf>[1] = {},
  options: Partial<OpenAICompatibleOptions> = {},
) => replyOf(await startServer(handler), { prompt: 'what is 7 + 8?', ...asked }, options);

const raw =
  (type: string | undefined, body: string, status = 200): Handler =>
  (_request, response: ServerResponse) => {
    response.writeHead(status, type === undefined ? {} : { 'content-type': type });
    response.end(body);
  };
const piece = (part: unknown, reason: string | null = null, more = {}) => ({
  choices: [{ index: 0, delta: part, finish_reason: reason, ...more }],
});
const full = (message: Record<string, unknown>, more = {}) => completion(message, more);
const json = JSON.stringify;
const lines = (...chunks: unknown[]): string => chunks.map((chunk) => `${json(chunk)}\n`).join('');

describe('answers in odd forms are read', () => {
  it.each<[string, Handler, Partial<ChatResponse>?]>([
    ['JSON as text/plain', raw('text/plain', json(full({ content: '15' })))],
    ['JSON without a type', raw(undefined, json(full({ content: '15' })))],
    ['JSON as an event stream', raw('text/event-stream', json(full({ content: '15' })))],
    ['JSON over several lines', raw('text/plain', json(full({ content: '15' }), null, 2))],
    [
      'JSON over several lines that end with CR',
      raw(undefined, json(full({ content: '15' }), null, 2).replaceAll('\n', '\r')),
    ],
    [
      'an event stream as JSON',
      raw('application/json', `data: ${json(piece({ content: '15' }, 'stop'))}\n\n`),
    ],
    [
      'an event stream without a type',
      raw(undefined, `\n\ndata: ${json(piece({ content: '15' }, 'stop'))}\n\n`),
    ],
    [
      'a chunk a line',
      raw('application/x-ndjson', lines(piece({ content: '1' }), piece({ content: '5' }, 'stop'))),
    ],
    [
      'a chunk a line, with blank lines',
      raw(
        'application/jsonl',
        `\n${lines(piece({ content: '1' }))}\n\n${lines(piece({ content: '5' }, 'stop'))}`,
      ),
    ],
    [
      "Ollama's own lines",
      raw(
        'application/x-ndjson',
        lines(
          { model: 'm', message: { role: 'assistant', content: '1' }, done: false },
          {
            model: 'm',
            message: { role: 'assistant', content: '5' },
            done: true,
            done_reason: 'stop',
            prompt_eval_count: 9,
            eval_count: 2,
          },
        ),
      ),
      { usage: { inputTokens: 9, outputTokens: 2, estimated: false } },
    ],
    ['[DONE] in place of a finish reason', answers.stream(piece({ content: '15' }))],
    ['an object as content', answers.json(200, full({ content: { type: 'text', text: '15' } }))],
    ['strings as parts', answers.json(200, full({ content: ['1', '5'] }))],
    [
      'the text again in the last chunk',
      answers.stream(piece({ content: '1' }), piece({ content: '5' }), piece({ content: '15' }, 'stop')),
    ],
    [
      'the text again as a message',
      answers.stream(
        piece({ content: '1' }),
        piece({ content: '5' }),
        piece({}, 'stop', { message: { content: '15' } }),
      ),
    ],
    [
      'error null beside the answer',
      answers.json(
        200,
        full({ content: '15' }, { error: null, code: 200, status: 'success', message: 'ok' }),
      ),
    ],
  ])('%s', async (_name, handler, expected = {}) => {
    const { outcome, pieces } = await reply(handler);
    expect(answered(outcome)).toMatchObject({ text: '15', finishReason: 'stop', ...expected });
    expect(pieces.join('')).toBe('15');
  });

  it('a last piece that happens to repeat the first is no repetition of all', async () => {
    const { outcome } = await reply(
      answers.stream(piece({ content: 'ha' }), piece({ content: 'ha' }, 'stop')),
    );
    expect(answered(outcome).text).toBe('haha');
  });
});

describe('errors are told in the words of the server', () => {
  const atOnce = { cause: 'rejected', retryable: false } as const;
  const later = { cause: 'infrastructure', retryable: true } as const;
  it.each<[string, Handler, Partial<CallFailure>, string]>([
    [
      'vLLM, with 200',
      answers.json(200, {
        choices: null,
        object: 'error',
        message: 'The model does not support Chat',
        code: 400,
      }),
      { ...atOnce, status: 400 },
      'does not support Chat',
    ],
    [
      'LM Studio, with 200',
      answers.json(200, { error: 'Unexpected endpoint or method. (POST /chat/completions)' }),
      { ...atOnce, code: 'unknown-endpoint' },
      '/v1',
    ],
    [
      'a status in the body',
      answers.json(200, { status: 'error', message: 'Invalid API key', code: 401 }),
      { ...atOnce, code: 'unauthorized' },
      'Invalid API key',
    ],
    [
      'a status as a string',
      answers.json(200, { success: false, message: 'slow down', statusCode: '429' }),
      { ...later, code: 'rate-limited' },
      'slow down',
    ],
    [
      'words alone',
      answers.json(200, { error: 'Incorrect API key provided' }),
      { ...atOnce, code: 'unauthorized' },
      'Incorrect API key',
    ],
    [
      'MiniMax',
      answers.json(200, { choices: null, base_resp: { status_code: 1002, status_msg: 'rate limit' } }),
      { ...later, code: 'rate-limited' },
      'rate limit',
    ],
    [
      'a list of errors',
      answers.json(200, { errors: [{ message: 'no such model: m' }] }),
      { ...atOnce, code: 'unknown-model' },
      'no such model',
    ],
    [
      'an error in an error',
      answers.json(500, { error: { error: { message: 'the inner words', code: 503 } } }),
      { ...later, code: 'server-error' },
      'the inner words',
    ],
    [
      'an array, with a status',
      answers.json(400, [{ error: { code: 400, message: 'API key not valid', status: 'INVALID_ARGUMENT' } }]),
      atOnce,
      '400 API key not valid',
    ],
    [
      'an array in a stream',
      answers.raw(`data: ${json([{ error: { code: 429, message: 'Resource exhausted' } }])}\n\n`),
      { ...later, code: 'rate-limited' },
      'Resource exhausted',
    ],
    [
      'an error event in words',
      answers.raw('event: error\ndata: upstream timed out\n\n'),
      { ...later, code: 'server-error' },
      'upstream timed out',
    ],
    [
      'an error event of another shape',
      answers.raw(`event: error\ndata: ${json({ message: 'the pipe broke' })}\n\n`),
      later,
      'the pipe broke',
    ],
    ['a web page with 200', raw('text/html', '<html><title>Log in</title></html>'), later, 'Log in'],
    [
      'something that is no answer',
      answers.json(200, { detail: 'come back tomorrow' }),
      { ...later, code: 'empty-response' },
      'come back tomorrow',
    ],
    [
      'a status that is none of an answer',
      answers.json(200, { detail: 'Not Found', status: 404 }),
      { ...atOnce, code: 'unknown-model' },
      'Not Found',
    ],
    [
      'a sample the server could not use',
      answers.error(400, 'Tool choice is none, but model called a tool', { code: 'tool_use_failed' }),
      { cause: 'refused', code: 'bad-sample', retryable: true },
      'Tool choice',
    ],
    [
      'the same as a finish reason',
      answers.stream(piece({ content: '' }), piece({}, 'MALFORMED_FUNCTION_CALL')),
      { cause: 'refused', code: 'bad-sample', retryable: true },
      '',
    ],
    [
      'a model that is not there, as 400',
      answers.error(400, 'Model Not Exist'),
      { ...atOnce, code: 'unknown-model' },
      'Not Exist',
    ],
  ])('%s', async (_name, handler, expected, words) => {
    const { outcome } = await reply(handler);
    expect(outcome).toMatchObject({ kind: 'failed', failure: expected });
    if (outcome.kind === 'failed') expect(outcome.failure.message).toContain(words);
  });
});

describe('context overflow, by any words', () => {
  it.each<[number, string]>([
    [
      422,
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens',
    ],
    [400, 'Range of input length should be [1, 30720]'],
    [400, 'max_tokens must be at least 1, got -904.'],
    [500, 'Prompt length of 5000 is longer than the maximum model length of 4096.'],
    [500, 'Input prompt is too big compared to KV size. Please try increasing KV size.'],
    [500, 'the request exceeds the available context size. try increasing it'],
    [400, 'Prompt 超长'],
    [400, '输入内容过长，请缩短后重试'],
    [400, '请求超出最大上下文长度'],
    [400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."],
    [400, 'The total length of all messages is too long.'],
    [400, 'Invalid request: Your request exceeded model token limit: 8192'],
    [400, 'Input is too long for requested model.'],
    [400, 'too many tokens: the total number of tokens in the prompt cannot exceed 4081'],
    [400, 'input length and `max_tokens` exceed context limit: 179413 + 32768 > 200000'],
  ])('%d %s', async (status, message) => {
    const { outcome } = await reply(answers.error(status, message));
    expect(outcome).toMatchObject({ failure: { cause: 'context-overflow', retryable: false } });
  });

  it.each<[number, string]>([
    [500, 'CUDA error: out of memory'],
    [400, 'temperature must be at most 2'],
    [400, 'max_tokens must be at least 1, got 0'],
  ])('but not %d %s', async (status, message) => {
    const { outcome } = await reply(answers.error(status, message));
    expect(outcome.kind === 'failed' && outcome.failure.cause).not.toBe('context-overflow');
  });
});

describe('waits that a server asks for', () => {
  const minute = [
    {
      error: {
        code: 429,
        message: 'You exceeded your current quota, please check your plan and billing details.',
        details: [
          { violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier' }] },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' },
        ],
      },
    },
  ];
  it.each<[string, unknown, Record<string, string>, Partial<CallFailure>]>([
    ['a quota of a minute', minute, {}, { code: 'rate-limited', retryable: true, retryAfterMs: 1000 }],
    [
      'a quota of a day',
      { error: { message: 'You exceeded your current quota (PerDay)' } },
      {},
      { code: 'insufficient-quota', retryable: false },
    ],
    [
      'a quota that is money',
      { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
      {},
      { code: 'insufficient-quota', retryable: false },
    ],
    ['words', { error: { message: 'Please try again in 7.5s.' } }, {}, { retryAfterMs: 7500 }],
    [
      'words with minutes',
      { error: { message: 'Please try again in 11m31.2s' } },
      {},
      { retryAfterMs: 691_200 },
    ],
    ['seconds with their unit', { error: 'slow down' }, { 'retry-after': '60s' }, { retryAfterMs: 60_000 }],
    ['minutes and seconds', { error: 'slow down' }, { 'retry-after': '1m30s' }, { retryAfterMs: 90_000 }],
  ])('%s', async (_name, body, headers, expected) => {
    const { outcome } = await reply(answers.json(429, body, headers));
    expect(outcome).toMatchObject({ kind: 'failed', failure: expected });
  });

  it.each([
    ['from today', () => new Date('2026-11-29T12:00:00Z'), 60_000],
    ['from nothing, where nobody knows the date', undefined, undefined],
  ])('a date counts %s where the server does not tell its own time', async (_, today, waits) => {
    const { outcome } = await reply(
      (request, response) => {
        response.sendDate = false;
        const headers = { 'retry-after': 'Sun, 29 Nov 2026 12:01:00 GMT' };
        answers.json(429, { error: 'slow down' }, headers)(request, response);
      },
      {},
      today === undefined ? {} : { today },
    );
    expect(outcome.kind === 'failed' && outcome.failure.retryAfterMs).toBe(waits);
  });
});

describe('usage, by any name', () => {
  it.each<[string, unknown, Partial<ChatResponse['usage']>]>([
    [
      'Gemini: thoughts in the total alone',
      { prompt_tokens: 11, completion_tokens: 5, total_tokens: 516 },
      { inputTokens: 11, outputTokens: 505 },
    ],
    [
      'xAI: reasoning beside the completion',
      {
        prompt_tokens: 37,
        completion_tokens: 5,
        total_tokens: 305,
        completion_tokens_details: { reasoning_tokens: 263 },
      },
      { inputTokens: 37, outputTokens: 268, reasoningTokens: 263 },
    ],
    ['strings', { prompt_tokens: '11', completion_tokens: '5' }, { inputTokens: 11, outputTokens: 5 }],
    [
      'Anthropic',
      { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 2, output_tokens: 5 },
      { inputTokens: 11, outputTokens: 5, cachedInputTokens: 4 },
    ],
    ['Cohere', { tokens: { input_tokens: 11, output_tokens: 5 } }, { inputTokens: 11, outputTokens: 5 }],
    [
      'a total smaller than its parts',
      { prompt_tokens: 11, completion_tokens: 5, total_tokens: 5 },
      { inputTokens: 11, outputTokens: 5 },
    ],
  ])('%s', async (_name, usage, expected) => {
    const { outcome, notes } = await reply(answers.json(200, full({ content: '15' }, { usage })));
    expect(answered(outcome).usage).toMatchObject({ ...expected, estimated: false });
    expect(notes).toEqual([]);
  });

  it('Moonshot: in the choice', async () => {
    const usage = { prompt_tokens: 11, completion_tokens: 5 };
    const { outcome } = await reply(answers.stream(piece({ content: '15' }), piece({}, 'stop', { usage })));
    expect(answered(outcome).usage).toEqual({ inputTokens: 11, outputTokens: 5, estimated: false });
  });

  it('Gemini: under usageMetadata', async () => {
    const usageMetadata = {
      promptTokenCount: 11,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 500,
      totalTokenCount: 516,
    };
    const { outcome } = await reply(
      answers.json(200, { ...(full({ content: '15' }) as object), usage: undefined, usageMetadata }),
    );
    expect(answered(outcome).usage).toMatchObject({ inputTokens: 11, outputTokens: 505 });
  });
});

describe('thinking is kept apart, whatever marks it', () => {
  const marks: [string, string][] = [
    ['[THINK]maybe 12[/THINK]15', 'Magistral'],
    ['<|START_THINKING|>maybe 12<|END_THINKING|><|START_RESPONSE|>15<|END_RESPONSE|>', 'Command'],
    ['<reasoning>maybe 12</reasoning>\n\n15', 'reasoning'],
    ['◁think▷maybe 12◁/think▷15', 'Kimi'],
    ['<seed:think>maybe 12</seed:think>15', 'Seed'],
    ['<|begin_of_thought|>maybe 12<|end_of_thought|>\n<|begin_of_solution|>15<|end_of_solution|>', 'Sky-T1'],
    [
      '<|channel|>analysis<|message|>maybe 12<|end|><|start|>assistant<|channel|>final<|message|>15<|return|>',
      'harmony',
    ],
    ['analysisMaybe 12assistantfinal15', 'harmony without its tokens'],
    ['maybe 12[/THINK]15', 'an opening that the template swallowed'],
    ['maybe 12◁/think▷\n15', 'the same of Kimi'],
  ];
  it.each(marks)('%s (%s)', async (content) => {
    for (const handler of [
      answers.json(200, full({ content })),
      answers.stream(...[...content].map((char) => piece({ content: char })), piece({}, 'stop'), usageChunk),
    ]) {
      const { outcome, pieces } = await reply(handler);
      const { text, reasoning } = answered(outcome);
      expect([text, reasoning?.toLowerCase()]).toEqual(['15', 'maybe 12']);
      expect(pieces.join('')).toBe('15');
    }
  });

  it.each(marks.slice(0, 7))('%s: unfinished, it is no answer', async (content) => {
    const { outcome } = await reply(
      answers.json(200, full({ content: content.slice(0, content.indexOf('12') + 2) })),
    );
    expect(answered(outcome)).toMatchObject({ text: '', reasoning: 'maybe 12' });
  });

  it('parts of content and lists of details are thoughts too', async () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'maybe 12' }] },
      { type: 'text', text: '15' },
    ];
    expect(answered((await reply(answers.json(200, full({ content })))).outcome)).toMatchObject({
      text: '15',
      reasoning: 'maybe 12',
    });
    const reasoning_details = [{ type: 'reasoning.text', text: 'maybe 12' }];
    expect(
      answered((await reply(answers.json(200, full({ content: '15', reasoning_details })))).outcome),
    ).toMatchObject({ text: '15', reasoning: 'maybe 12' });
  });

  const signs: [string, unknown][] = [
    ['thoughts in parts', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm ' }] }] }],
    [
      'encrypted thoughts',
      { content: '', reasoning: null, reasoning_details: [{ type: 'reasoning.encrypted', data: 'abc' }] },
    ],
    ['arguments of a tool', { tool_calls: [{ index: 0, function: { arguments: '{' } }] }],
  ];
  it.each(sampled(signs, 3))('%s are signs of life', async (_name, part) => {
    const real = createRealClock();
    const firstTokenTimeoutMs = 700;
    let heard = (): void => undefined;
    const sign = new Promise<void>((resolve) => {
      heard = resolve;
    });
    // The first token is waited for until the wait is called off.
    const clock: Clock = {
      ...real,
      after: (ms, fire) => (ms === firstTokenTimeoutMs ? heard : real.after(ms, fire)),
    };
    const { outcome } = await reply(
      async (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`data: ${json(piece(part))}\n\n`);
        await sign;
        response.end(`data: ${json(piece({ content: '15' }, 'stop'))}\n\n`);
      },
      {},
      { firstTokenTimeoutMs, clock },
    );
    expect(answered(outcome).text).toBe('15');
  });
});

describe('what a chat template leaks is cut', () => {
  it.each([
    '15<|im_end|>\n<|im_start|>user\nAnother one: 99',
    '15<|eot_id|><|start_header_id|>user<|end_header_id|>',
    '15<end_of_turn>\n<start_of_turn>user',
    '15<|endoftext|>Human: 99',
  ])('%s', async (content) => {
    for (const handler of [
      answers.json(200, full({ content })),
      answers.stream(...[...content].map((char) => piece({ content: char })), piece({}, 'stop')),
    ]) {
      expect(answered((await reply(handler)).outcome).text.trimEnd()).toBe('15');
    }
  });

  it.each(['The token `<|im_end|>` ends a turn.', 'print("<|endoftext|>")', 'a < b and <|', 'x <|im_en'])(
    'but not %s',
    async (content) => {
      expect(answered((await reply(answers.json(200, full({ content })))).outcome).text).toBe(content);
    },
  );
});

describe('what is odd and no failure is said once a model', () => {
  const long = 'How many words has this sentence, and the next one? '.repeat(900);
  it.each<[string, Handler, Parameters<typeof reply>[1], ServerNote['kind'], RegExp]>([
    [
      'a prompt that was cut',
      answers.json(200, full({ content: '15' }, { usage: { prompt_tokens: 2050, completion_tokens: 1 } })),
      { prompt: long },
      'prompt-cut',
      /2050 tokens of a prompt of about 9\d\d\d/,
    ],
    [
      'another model',
      answers.json(200, full({ content: '15' }, { model: 'other-q4.gguf' })),
      {},
      'other-model',
      /other-q4\.gguf/,
    ],
    [
      'a tool call',
      answers.json(200, full({ content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] })),
      {},
      'tool-call',
      /empty answer/,
    ],
  ])('%s', async (_name, handler, asked, kind, words) => {
    const { outcome, again, notes } = await reply(handler, asked);
    answered(outcome);
    answered(await again());
    expect(notes).toMatchObject([{ model: 'openai/m', kind, text: expect.stringMatching(words) }]);
  });

  it.each(['m', 'm:latest', 'models/m', 'M', 'm-2024-08-06', 'm-v2', 'x/m.gguf'])(
    'the model is the one asked for: %s',
    async (model) => {
      const { notes } = await reply(answers.json(200, full({ content: '15' }, { model })));
      expect(notes).toEqual([]);
    },
  );

  it('no control character of a server reaches a note', async () => {
    const { notes } = await reply(
      answers.json(200, full({ content: '15' }, { model: '\u001b[31mx\u0007\u202ey' })),
    );
    expect(notes[0]?.text).toMatch(/^[\x20-\x7e]*$/);
  });
});

it('top_p is left out where a server takes only one of the two', async () => {
  const { outcome, requests } = await reply(
    (request, response) =>
      ('top_p' in request.body && 'temperature' in request.body
        ? answers.error(
            400,
            '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
          )
        : answers.ok('15'))(request, response),
    { temperature: 0.5, topP: 0.9 },
  );
  expect(answered(outcome).text).toBe('15');
  expect(requests.at(-1)?.body).toMatchObject({ temperature: 0.5 });
  expect(requests).toHaveLength(2);
});

it('a connection is used again after an answer that was told to be over', async () => {
  const sockets = new Set<unknown>();
  const { again } = await reply((request, response) => {
    sockets.add(response.socket);
    answers.stream(delta({ content: '15' }), finish('stop'), usageChunk)(request, response);
  });
  for (let call = 0; call < 5; call++) {
    answered(await again());
    // The end of the response is read behind the answer's back.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(sockets.size).toBeLessThan(4);
});
