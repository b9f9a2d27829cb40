import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import {
  createOpenAICompatible,
  type OpenAICompatibleOptions,
} from '../../src/models/openai/openai-compatible.ts';
import { responseLimit } from '../../src/models/openai/response-body.ts';
import { ThinkSplitter } from '../../src/models/openai/think-splitter.ts';
import { SecretForms } from '../../src/models/secret-mask.ts';
import { countTokens, TokenCounter } from '../../src/models/token-counter.ts';
import { anyText } from '../support/any-text.ts';
import { timed } from '../support/hostile-texts.ts';
import { runs, sampled, thorough } from '../support/thorough.ts';
import { answered } from './conformance.ts';
import { faultServers, replyOf } from './fault-replies.ts';
import { answers, completion, type Handler } from './fault-server.ts';
import { ask } from './scripted-model.ts';

const key = 'planted-key-0123456789/+abc';
const startServer = faultServers();

const reply = async (handler: Handler, maxTokens = 100, options: Partial<OpenAICompatibleOptions> = {}) =>
  replyOf(await startServer(handler), { maxTokens }, { apiKey: key, ...options });

const json = JSON.stringify;
const piece = (part: unknown, reason: string | null = null) => ({
  choices: [{ index: 0, delta: part, finish_reason: reason }],
});

/** Sends the head, then the same again and again until the client has had enough; tells what was sent. */
function endless(
  status: number,
  type: string,
  head: string,
  more: string,
): { handler: Handler; gone: Promise<number> } {
  let leave: (sent: number) => void = () => undefined;
  const gone = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const block = Buffer.from(more.repeat(Math.ceil(65_536 / more.length)));
  const handler: Handler = (_request, response: ServerResponse) => {
    let sent = 0;
    response.on('close', () => leave(sent));
    response.writeHead(status, { 'content-type': type });
    response.write(head);
    const next = (): void => {
      while (!response.destroyed) {
        sent += block.length;
        if (!response.write(block)) return void response.once('drain', next);
      }
    };
    next();
  };
  return { handler, gone };
}

describe('a response without end is left, whatever it is', () => {
  const event = (part: unknown): string => `data: ${json(piece(part))}\n\n`;
  const endlessResponses: readonly (readonly [string, number, string, string, string])[] = [
    ['JSON', 200, 'application/json', '{"choices":[{"message":{"content":"', 'a'],
    ['JSON of brackets', 200, 'application/json', '', '['],
    ['blanks before the JSON', 200, 'application/json', '', ' '],
    ['an error', 500, 'application/json', '{"error":{"message":"', 'x'],
    ['a web page', 403, 'text/html', '<html>', '<p>'],
    ['one line of a stream', 200, 'text/event-stream', 'data: {"choices":[{"delta":{"content":"', 'a'],
    ['comments', 200, 'text/event-stream', '', ': ping\n\n'],
    ['one comment', 200, 'text/event-stream', ': ', 'ping'],
    ['lines of one event', 200, 'text/event-stream', '', 'data: 1\n'],
    ['empty pieces', 200, 'text/event-stream', '', event({ content: '' })],
    ['lines', 200, 'application/x-ndjson', '', `${json(piece({ content: '' }))}\n`],
    ['stray text', 200, 'text/event-stream', '', 'hello hello\n'],
    ['words of refusal', 200, 'text/event-stream', '', event({ refusal: 'no and ' })],
    ['content', 200, 'text/event-stream', '', event({ content: 'and so on ' })],
    ['thoughts', 200, 'text/event-stream', '', event({ reasoning_content: 'hm and ' })],
    [
      'arguments of a tool',
      200,
      'text/event-stream',
      '',
      event({ tool_calls: [{ function: { arguments: '{"a":' } }] }),
    ],
  ];
  it.each(sampled(endlessResponses, 7))('%s', async (_name, status, type, head, more) => {
    const { handler, gone } = endless(status, type, head, more);
    const { outcome } = await reply(handler);
    if (outcome.kind === 'failed')
      expect(outcome.failure.retryable && outcome.failure.cause === 'infrastructure').toBe(false);
    else expect(outcome.response.usage.outputTokens).toBeLessThanOrEqual(2 * 100 + 100);
    // What stands in buffers on the way is sent and never read.
    expect(await gone).toBeLessThan(responseLimit(100) + 16 * 2 ** 20);
  });

  it('and so are headers', async () => {
    const { outcome } = await reply((_request, response) => {
      response.writeHead(200, { 'x-much': 'x'.repeat(1_000_000) });
      response.end('{}');
    });
    expect(outcome).toMatchObject({ failure: { cause: 'infrastructure', code: 'connection' } });
  });

  it('a whole body beyond the limit of tokens is cut, counted and told of', async () => {
    const { outcome, notes } = await reply(
      answers.json(200, completion({ content: 'and so on '.repeat(8000) })),
    );
    const { text, finishReason, usage } = answered(outcome);
    expect(finishReason).toBe('length');
    expect(usage.estimated).toBe(true);
    expect(usage.outputTokens).toBeLessThanOrEqual(300);
    expect(countTokens(text)).toBeLessThanOrEqual(300);
    expect(notes.map(({ kind }) => kind)).toContain('limit');
  });

  it('a stream beyond it that has come whole is cut without a word from its connection', async () => {
    // An error of a connection that nobody hears ends the process, and here the test run.
    const { outcome } = await reply(answers.stream(piece({ content: 'and so on '.repeat(20_000) })));
    expect(answered(outcome).finishReason).toBe('length');
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('usage that cannot be true is not believed', () => {
  const words = 'and so on '.repeat(40);
  const about = countTokens(words);
  it.each<[string, unknown, { inputTokens?: number; outputTokens?: number }]>([
    [
      'one token for a long answer',
      { prompt_tokens: 11, completion_tokens: 1 },
      { inputTokens: 11, outputTokens: about },
    ],
    [
      '1e12 reasoning tokens',
      { prompt_tokens: 11, completion_tokens: 120, completion_tokens_details: { reasoning_tokens: 1e12 } },
      { outputTokens: about },
    ],
    [
      '1e12 tokens in',
      { prompt_tokens: 1e12, completion_tokens: 120 },
      { inputTokens: 8, outputTokens: 120 },
    ],
    [
      'more than was allowed, which it may have thought',
      { prompt_tokens: 11, completion_tokens: 900 },
      { outputTokens: 300 },
    ],
    [
      'a total beyond all bounds',
      { prompt_tokens: 11, completion_tokens: 120, total_tokens: 5e9 },
      { outputTokens: about },
    ],
    [
      'less than nothing',
      { prompt_tokens: -11, completion_tokens: 120 },
      { inputTokens: 8, outputTokens: about },
    ],
    ['parts of tokens', { prompt_tokens: 11, completion_tokens: 119.5 }, { outputTokens: about }],
    ['more than a number holds', { prompt_tokens: 11, completion_tokens: 1e300 }, { outputTokens: about }],
    ['-5 as a string', { prompt_tokens: '11', completion_tokens: '-5' }, { outputTokens: about }],
  ])('%s', async (_name, usage, expected) => {
    const { outcome, notes } = await reply(answers.json(200, completion({ content: words }, { usage })), 300);
    expect(answered(outcome).usage).toMatchObject({ ...expected, estimated: true });
    expect(notes).toMatchObject([{ kind: 'usage', text: expect.stringContaining('cannot be true') }]);
  });

  it.each<[string, unknown]>([
    ['NaN (null)', { prompt_tokens: null, completion_tokens: null }],
    ['words', { prompt_tokens: 'many', completion_tokens: 'some' }],
    ['a list', [1, 2]],
    ['zeros', { prompt_tokens: 0, completion_tokens: 0 }],
    ['nothing', undefined],
  ])('usage that is none is estimated in silence: %s', async (_name, usage) => {
    const { outcome, notes } = await reply(answers.json(200, completion({ content: words }, { usage })), 300);
    expect(answered(outcome).usage).toEqual({ inputTokens: 8, outputTokens: about, estimated: true });
    expect(notes).toEqual([]);
  });

  it('one token for a long prompt counts as the prompt', async () => {
    const server = await startServer(
      answers.json(200, completion({ content: '15' }, { usage: { prompt_tokens: 1, completion_tokens: 1 } })),
    );
    const model = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'k', clock: createRealClock() });
    const prompt = 'How many words has this? '.repeat(3200);
    const { usage } = answered(await model.complete(ask(prompt, { model: 'openai/m' })));
    expect(usage).toMatchObject({ inputTokens: countTokens(prompt) + 6, estimated: true });
  });

  it('what is believed and what is estimated stays within the limit and what came', () => {
    const count = fc.oneof(fc.nat(2000), fc.constantFrom(-1, 0.5, 1e12, 1e300, '7', '-7', null, undefined));
    return fc.assert(
      fc.asyncProperty(
        count,
        count,
        count,
        fc.integer({ min: 1, max: 300 }),
        async (prompt, completed, total, maxTokens) => {
          const usage = { prompt_tokens: prompt, completion_tokens: completed, total_tokens: total };
          const { outcome } = await reply(
            answers.json(200, completion({ content: words }, { usage })),
            maxTokens,
          );
          const { inputTokens, outputTokens } = answered(outcome).usage;
          expect(outputTokens).toBeLessThanOrEqual(Math.max(3 * maxTokens, 2 * maxTokens + 32));
          expect(inputTokens).toBeLessThanOrEqual(1100);
        },
      ),
      { numRuns: runs(60) },
    );
  });
});

describe('a key that a server says again reaches nobody', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const forms = [
    key,
    `Bearer ${key}`,
    base64(key),
    base64(`Bearer ${key}`),
    base64(`xx${key}yy`),
    encodeURIComponent(key),
    Buffer.from(key).toString('hex'),
    base64(key).replaceAll('+', '-').replaceAll('/', '_'),
  ];
  /** What of the key would give it away. */
  const traces = [
    key,
    key.slice(0, 12),
    base64(key).slice(0, 16),
    base64(`Bearer ${key}`).slice(10, 30),
    Buffer.from(key).toString('hex').slice(0, 20),
  ];
  const clean = (value: unknown): void => {
    for (const trace of traces) expect(json(value)).not.toContain(trace);
  };

  it.each(sampled(forms, 3))('%s', async (form) => {
    const text = `the key is ${form}, and`;
    const handlers: Handler[] = [
      answers.json(
        200,
        completion({ content: text, reasoning_content: text }, { system_fingerprint: form, model: form }),
      ),
      answers.stream(
        { system_fingerprint: form },
        ...[...text].map((char) => piece({ content: char, reasoning: char })),
        piece({}, 'stop'),
      ),
      answers.stream(...[...text].map((char) => piece({ refusal: char })), piece({}, 'stop')),
      answers.stream(
        ...(text.match(/.{1,7}/g) ?? []).map((part) => piece({ content: part })),
        piece({}, 'stop'),
      ),
      answers.json(200, completion({ content: `<think>${text}</think>${text}` })),
      answers.error(400, text, { code: form, type: form, param: form }, { 'x-request-id': form }),
      answers.json(200, { detail: text }),
      answers.raw(`event: error\ndata: ${text}\n\n`),
      answers.raw(`data: {"no json": ${form}\n\n`),
    ];
    for (const handler of handlers) {
      const { outcome, notes, pieces } = await reply(handler, 4000);
      clean(outcome);
      clean(notes);
      clean(pieces.join(''));
      if (outcome.kind === 'answered')
        expect(outcome.response.text).toMatch(/^the key is .*\[redacted\].*, and$/);
    }
  });

  it('every key is meant, of several', async () => {
    const { outcome } = await reply(
      answers.json(200, completion({ content: 'it is other-key-abcdefgh' })),
      100,
      { moreKeys: ['other-key-abcdefgh'] },
    );
    expect(answered(outcome).text).toBe('it is [redacted]');
  });

  it('words that servers without keys are given are no keys', async () => {
    const { outcome } = await reply(
      answers.json(200, completion({ content: 'EMPTY, no-key, ollama' })),
      100,
      { apiKey: 'EMPTY' },
    );
    expect(answered(outcome).text).toBe('EMPTY, no-key, ollama');
  });

  it('pieces may break anywhere, and nothing else is lost', () => {
    const mask = (pieces: readonly string[]): string => {
      const stream = new SecretForms([key]).mask();
      return pieces.map((part) => stream.push(part)).join('') + stream.end();
    };
    const parts = fc.array(fc.constantFrom('a ', key, key.slice(0, 5), key.slice(3), 'plan', base64(key)), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        parts.map((list) => list.join('')),
        fc.integer({ min: 1, max: 9 }),
        (text, size) => {
          const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
          expect(mask(pieces)).toBe(new SecretForms([key]).clean(text));
        },
      ),
    );
  });
});

describe('readers of what a model writes take time linear in it', () => {
  const patterns = [
    'a',
    ' ',
    '\n',
    '0',
    '.',
    '[',
    '<',
    '的',
    '😀',
    '\0',
    '</',
    '<think>',
    '<|',
    'ab',
    '. ',
    '\t\n',
    'planted-key-',
    '\u202e',
    '"',
    '\ud83d',
  ];
  const readers: Record<string, (text: string, size: number) => void> = {
    'token count': (text, size) => {
      const counter = new TokenCounter();
      for (let from = 0; from < text.length; from += size) counter.push(text.slice(from, from + size));
    },
    'think splitter': (text, size) => {
      const splitter = new ThinkSplitter();
      for (let from = 0; from < text.length; from += size) splitter.push(text.slice(from, from + size));
      splitter.end();
    },
    'secret mask': (text, size) => {
      const mask = new SecretForms([key]).mask();
      for (let from = 0; from < text.length; from += size) mask.push(text.slice(from, from + size));
    },
  };
  it.each(sampled(Object.keys(readers), 4))('%s', async (name) => {
    const reader = readers[name] as (text: string, size: number) => void;
    for (const pattern of sampled(patterns, 3)) {
      const text = pattern.repeat((thorough ? 1e6 : 2e5) / pattern.length);
      // A generous bound: a quadratic reader takes minutes.
      for (const size of [1e6, 64]) {
        const { processorMs } = await timed(() => reader(text, size));
        expect([pattern, size, processorMs < 5000]).toEqual([pattern, size, true]);
      }
    }
  });
});

it('pieces of a text count as the text', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (text, size) => {
      const counter = new TokenCounter();
      for (let from = 0; from < text.length; from += size) counter.push(text.slice(from, from + size));
      expect(counter.tokens).toBe(countTokens(text));
    }),
    { numRuns: runs(100) },
  );
});
