import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { CallFailure, ChatResponse } from '../../src/models/chat-model.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { answered } from './conformance.ts';
import { faultServers, replyOf } from './fault-replies.ts';
import { answers, completion, delta, finish, type Handler, usage, usageChunk } from './fault-server.ts';
import { ask } from './scripted-model.ts';

const startServer = faultServers();

const reply = async (handler: Handler) => replyOf(await startServer(handler));

const json = (chunk: unknown): string => JSON.stringify(chunk);
const hello = [delta({ content: 'hel' }), delta({ content: 'lo' }), finish('stop'), usageChunk];
/** The usual answer's events, each written by `form`. */
const written = (form: (data: string) => string, end = 'data: [DONE]\n\n'): string =>
  hello.map((chunk) => form(json(chunk))).join('') + end;

/** Sends bytes in pieces of so many, each in a packet of its own as far as the system allows. */
const dribble =
  (bytes: Buffer, size: number, headers: Record<string, string> = {}): Handler =>
  (_request, response: ServerResponse) => {
    response.socket?.setNoDelay(true);
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    let at = 0;
    const next = (): void => {
      if (at >= bytes.length) return void response.end();
      response.write(bytes.subarray(at, at + size));
      at += size;
      setImmediate(next);
    };
    next();
  };
const piece = (part: unknown, reason: string | null = null) => ({
  choices: [{ index: 0, delta: part, finish_reason: reason }],
});

const told = { inputTokens: 11, outputTokens: 5, estimated: false };
const guessed = { inputTokens: 8, outputTokens: 1, estimated: true };

describe('servers of their own kind are understood', () => {
  it.each<[string, Handler, Partial<ChatResponse>?]>([
    ['lines end with CRLF', answers.raw(written((data) => `data: ${data}\r\n\r\n`, 'data: [DONE]\r\n\r\n'))],
    ['lines end with CR', answers.raw(written((data) => `data: ${data}\r\r`, 'data: [DONE]\r\r'))],
    ['no space after data:', answers.raw(written((data) => `data:${data}\n\n`, 'data:[DONE]\n\n'))],
    [
      'comments and pings between events',
      answers.raw(
        `: OPENROUTER PROCESSING\n\n${written((data) => `: ping\n\ndata: ${data}\n\n:\n\n`)}: bye\n\n`,
      ),
    ],
    [
      'named events with ids and retry times',
      answers.raw(written((data) => `event: message\nid: 7\nretry: 10\ndata: ${data}\n\n`)),
    ],
    ['a BOM at the start', answers.raw(`\uFEFF${written((data) => `data: ${data}\n\n`)}`)],
    [
      'JSON over several data lines',
      answers.raw(written((data) => `data: ${data.replace(',', ',\ndata: ')}\n\n`)),
    ],
    ['no [DONE] at the end', answers.raw(written((data) => `data: ${data}\n\n`, ''))],
    [
      'a last event without the blank line, which the standard discards',
      answers.raw(written((data) => `data: ${data}\n\n`, '').trimEnd()),
    ],
    ['gzip', dribble(gzipSync(written((data) => `data: ${data}\n\n`)), 7, { 'content-encoding': 'gzip' })],
    ['one byte at a time', dribble(Buffer.from(written((data) => `data: ${data}\n\n`)), 1)],
    [
      'gzip, in one piece',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(json(completion({ content: 'hello' }))));
      },
    ],
    ['JSON with a BOM', answers.json(200, `\uFEFF${json(completion({ content: 'hello' }))}`)],
    [
      'JSON with charset',
      answers.json(200, completion({ content: 'hello' }), {
        'content-type': 'application/json; charset=utf-8',
      }),
    ],
    ['usage only in the last chunk, after the end', answers.stream(...hello)],
    [
      'usage in every chunk, growing',
      answers.stream(
        { ...piece({ content: 'hel' }), usage: { prompt_tokens: 11, completion_tokens: 1 } },
        { ...piece({ content: 'lo' }), usage: { prompt_tokens: 11, completion_tokens: 3 } },
        { ...piece({}, 'stop'), usage },
      ),
    ],
    [
      'usage null until the last chunk',
      answers.stream({ ...piece({ content: 'hello' }), usage: null }, { ...piece({}, 'stop'), usage }),
    ],
    [
      'usage under x_groq',
      answers.stream(piece({ content: 'hello' }), { ...piece({}, 'stop'), x_groq: { usage } }),
    ],
    ['no usage', answers.stream(piece({ content: 'hello' }), piece({}, 'stop')), { usage: guessed }],
    ['no role delta', answers.stream(...hello)],
    [
      'a role in every delta',
      answers.stream(
        piece({ role: 'assistant', content: 'hel' }),
        piece({ role: 'assistant', content: 'lo' }, 'stop'),
        usageChunk,
      ),
    ],
    [
      'tool_calls null and function_call null',
      answers.stream(
        piece({ content: 'hello', tool_calls: null, function_call: null, refusal: null }),
        piece({}, 'stop'),
        usageChunk,
      ),
    ],
    [
      'content as a list of parts',
      answers.stream(
        piece({
          content: [
            { type: 'text', text: 'hel' },
            { type: 'text', text: 'lo' },
          ],
        }),
        piece({}, 'stop'),
        usageChunk,
      ),
    ],
    [
      'content as a list of parts, in one piece',
      answers.json(200, completion({ content: [{ type: 'text', text: 'hello' }] })),
    ],
    [
      'message where delta belongs',
      answers.stream(
        { choices: [{ index: 0, message: { content: 'hello' }, finish_reason: 'stop' }] },
        usageChunk,
      ),
    ],
    [
      'empty choices and empty deltas in between',
      answers.stream({ choices: [] }, piece({}), piece(null), { choices: null }, ...hello),
    ],
    [
      'a filter report before the answer (Azure)',
      answers.stream({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] }, ...hello),
    ],
    [
      'the end with the last piece',
      answers.stream(piece({ content: 'hel' }), piece({ content: 'lo' }, 'stop'), usageChunk),
    ],
    [
      'an empty finish reason until the end',
      answers.stream(piece({ content: 'hello' }, ''), piece({}, 'stop'), usageChunk),
    ],
    [
      'a second choice that nobody asked for',
      answers.stream(
        ...['hel', 'lo'].flatMap((content) => [
          piece({ content }),
          { choices: [{ index: 1, delta: { content: 'other' }, finish_reason: null }] },
        ]),
        { choices: [{ index: 1, delta: {}, finish_reason: 'content_filter' }] },
        { choices: [{ delta: {}, finish_reason: 'stop' }] },
        usageChunk,
      ),
    ],
    [
      'no finish reason in one piece',
      answers.json(200, { choices: [{ message: { content: 'hello' } }], usage }),
    ],
  ])('%s', async (_name, handler, expected = {}) => {
    const { outcome, pieces } = await reply(handler);
    expect(answered(outcome)).toMatchObject({
      text: 'hello',
      finishReason: 'stop',
      usage: told,
      ...expected,
    });
    expect(pieces.join('')).toBe('hello');
  });

  it('a character split over packets stays whole', async () => {
    const text = 'häßlich 🙂 日本';
    const bytes = Buffer.from(
      `data: ${json(piece({ content: text }))}\n\ndata: ${json(piece({}, 'stop'))}\n\ndata: [DONE]\n\n`,
    );
    expect(answered((await reply(dribble(bytes, 1))).outcome).text).toBe(text);
  });
});

describe('finish reasons, by any name', () => {
  const ends: [string, string][] = [
    ...['stop', 'STOP', 'eos', 'eos_token', 'end_turn', 'stop_sequence', 'tool_calls', 'function_call'].map(
      (reason): [string, string] => [reason, 'stop'],
    ),
    ...['length', 'LENGTH', 'max_tokens', 'MAX_TOKENS', 'max-tokens', 'model_length'].map(
      (reason): [string, string] => [reason, 'length'],
    ),
    ...['content_filter', 'content-filter', 'SAFETY', 'RECITATION', 'PROHIBITED_CONTENT', 'sensitive'].map(
      (reason): [string, string] => [reason, 'refused content-filter'],
    ),
    ...['error', 'network_error', 'insufficient_system_resource'].map((reason): [string, string] => [
      reason,
      'infrastructure server-error',
    ]),
  ];
  it.each(
    ends.flatMap(
      ([reason, end]) =>
        [
          [
            reason,
            'streamed',
            end,
            answers.stream(piece({ content: 'hello' }), piece({}, reason), usageChunk),
          ],
          [
            reason,
            'in one piece',
            end,
            answers.json(200, {
              choices: [{ index: 0, message: { content: 'hello' }, finish_reason: reason }],
              usage,
            }),
          ],
        ] as const,
    ),
  )('%s, %s: %s', async (_reason, _way, end, handler) => {
    const { outcome } = await reply(handler);
    const found =
      outcome.kind === 'answered'
        ? outcome.response.finishReason
        : `${outcome.failure.cause} ${outcome.failure.code}`;
    expect(found).toBe(end);
  });
});

describe('errors inside a stream with status 200', () => {
  it.each<[string, Handler, Partial<CallFailure>]>([
    [
      'as the only event',
      answers.stream({ error: { message: 'model overloaded', code: 503 } }),
      { cause: 'infrastructure', code: 'server-error', status: 503, retryable: true },
    ],
    [
      'after half of the answer',
      answers.stream(piece({ content: 'hel' }), { error: { message: 'Rate limit reached', code: 429 } }),
      { cause: 'infrastructure', code: 'rate-limited', retryable: true },
    ],
    [
      'as a string',
      answers.stream(piece({ content: 'hel' }), { error: 'upstream went away' }),
      { cause: 'infrastructure', code: 'server-error', retryable: true },
    ],
    [
      'as an event named error',
      answers.raw(
        `event: error\ndata: ${json({ error: { message: 'overloaded', type: 'overloaded' } })}\n\n`,
      ),
      { cause: 'infrastructure', code: 'server-error', retryable: true },
    ],
    [
      'beside choices, in one piece',
      answers.json(200, {
        error: { message: 'The context length is exceeded', code: 400 },
        choices: [],
      }),
      { cause: 'context-overflow', retryable: false },
    ],
    [
      'in the choice (OpenRouter)',
      answers.stream({
        choices: [
          { index: 0, delta: { content: '' }, finish_reason: 'error', error: { code: 502, message: 'gone' } },
        ],
      }),
      { cause: 'infrastructure', code: 'server-error', retryable: true },
    ],
    [
      'as a detail, in one piece',
      answers.json(200, { detail: 'something else' }),
      { cause: 'infrastructure', code: 'empty-response', retryable: true },
    ],
  ])('%s', async (_name, handler, expected) => {
    const { outcome } = await reply(handler);
    expect(outcome).toMatchObject({ kind: 'failed', failure: expected });
  });
});

/** What the pieces' fields come to. */
function joined(parts: readonly Record<string, unknown>[]): Record<string, string> {
  const whole: Record<string, string> = {};
  for (const [name, text] of parts.flatMap((part) => Object.entries(part))) {
    whole[name] = (whole[name] ?? '') + String(text);
  }
  return whole;
}

describe('reasoning is kept apart and counted', () => {
  const answer = (...parts: readonly Record<string, unknown>[]): Record<string, Handler> => ({
    streamed: answers.stream(...parts.map((part) => piece(part)), piece({}, 'stop'), usageChunk),
    'in one piece': answers.json(200, completion(joined(parts))),
  });
  const ways: Record<string, readonly Record<string, unknown>[]> = {
    'as reasoning_content': [{ reasoning_content: 'h' }, { reasoning_content: 'm' }, { content: 'hello' }],
    'as reasoning': [{ reasoning: 'h' }, { reasoning: 'm' }, { content: 'hel' }, { content: 'lo' }],
    'as both at once': [{ reasoning: 'hm', reasoning_content: 'hm' }, { content: 'hello' }],
    'as a think block': [{ content: '<thi' }, { content: 'nk>hm</t' }, { content: 'hink>\n\nhello' }],
    'as a think block after spaces': [{ content: '\n <think>' }, { content: 'hm</think> hello' }],
    'as a thinking block': [{ content: '<thinking>hm</thin' }, { content: 'king>hello' }],
    'as a block whose beginning the template swallowed': [
      { content: 'h' },
      { content: 'm</th' },
      { content: 'ink>\n\nhello' },
    ],
  };
  it.each(
    Object.entries(ways).flatMap(([name, parts]) =>
      Object.entries(answer(...parts)).map(([way, handler]) => [name, way, handler] as const),
    ),
  )('%s, %s', async (_name, _way, handler) => {
    const { outcome, pieces } = await reply(handler);
    expect(answered(outcome)).toMatchObject({ text: 'hello', reasoning: 'hm', usage: told });
    expect(pieces.join('')).toBe('hello');
  });

  it('is counted where only the usage tells of it', async () => {
    const { outcome } = await reply(
      answers.stream(piece({ content: 'hello' }), piece({}, 'stop'), {
        choices: [],
        usage: {
          prompt_tokens: 11,
          completion_tokens: 50,
          completion_tokens_details: { reasoning_tokens: 45 },
        },
      }),
    );
    expect(answered(outcome).usage).toEqual({
      inputTokens: 11,
      outputTokens: 50,
      reasoningTokens: 45,
      estimated: false,
    });
  });

  it.each(['The tag "</think>" ends it.', 'Write `</think>` there.', 'a <think>b</think> c', 'x </thing> y'])(
    'is not seen in an answer that only talks of it: %s',
    async (text) => {
      const { outcome } = await reply(answers.ok(text));
      const response = answered(outcome);
      expect(response.text).toBe(text);
      expect(response.reasoning).toBeUndefined();
    },
  );
});

it('a server that minds no limit and never stops is left', async () => {
  let left: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const server = await startServer((_request, response) => {
    response.on('close', left);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const next = (): void => {
      if (response.destroyed) return;
      response.write(`data: ${json(delta({ content: 'and so on '.repeat(10) }))}\n\n`);
      setTimeout(next, 1);
    };
    next();
  });
  const model = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'k', clock: createRealClock() });
  const request = { ...ask('go on', { model: 'openai/m' }), maxTokens: 10 };
  const { text, finishReason, usage: counted } = answered(await model.complete(request));
  await gone;
  expect(finishReason).toBe('length');
  // Twice the limit by our own count, since tokenizers differ, and what comes in one piece.
  expect([text.length > 50, text.length <= 200]).toEqual([true, true]);
  expect(counted.estimated).toBe(true);
  expect(counted.outputTokens).toBeGreaterThan(20);
  expect(counted.outputTokens).toBeLessThan(40);
});
