import { expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { CallFailure } from '../../src/models/chat-model.ts';
import { createOpenAICompatible } from '../../src/models/openai/openai-compatible.ts';
import { faultServers } from './fault-replies.ts';
import { answers, completion, type Handler } from './fault-server.ts';
import { ask } from './scripted-model.ts';

/** Further members of the kinds E1 to E13 of odd servers; see odd-kinds.test.ts and odd-servers.test.ts. */
const today = new Date('2026-04-01T22:00:05Z');
const startServer = faultServers();

const json = JSON.stringify;
const raw =
  (type: string, body: string): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  };
const piece = (part: unknown, reason: unknown = null) => ({
  choices: [{ index: 0, delta: part, finish_reason: reason }],
});

type Wanted = string | { text: string; usage: unknown } | (Partial<CallFailure> & { words?: RegExp });
const overflow: Wanted = { cause: 'context-overflow', retryable: false };
const usage: Wanted = { text: '15', usage: { inputTokens: 9, outputTokens: 2, estimated: false } };

it.each<[string, Handler, Wanted]>([
  [
    'E1 mistral',
    answers.json(429, { message: 'Requests rate limit exceeded', type: 'rate_limited', code: '1300' }),
    { code: 'rate-limited' },
  ],
  [
    'E1 azure 6s',
    answers.json(429, {
      error: {
        code: '429',
        message:
          'Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 6 seconds. Please go here: https://aka.ms/oai',
      },
    }),
    { code: 'rate-limited', retryAfterMs: 6000 },
  ],
  [
    'E1 cerebras minute',
    answers.json(429, {
      message: 'Tokens per minute limit exceeded - too many tokens processed.',
      type: 'too_many_tokens_error',
      param: 'quota',
      code: 'token_quota_exceeded',
    }),
    { code: 'rate-limited' },
  ],
  [
    'E1 cerebras day',
    answers.json(429, {
      message: 'Tokens per day limit exceeded - too many tokens processed.',
      type: 'too_many_tokens_error',
      param: 'quota',
      code: 'token_quota_exceeded',
    }),
    { code: 'rate-limited' },
  ],
  [
    'E1 throttling 400',
    answers.json(400, {
      __type: 'ThrottlingException',
      message: 'Too many requests, please wait before trying again.',
    }),
    { code: 'rate-limited', retryable: true },
  ],
  [
    'E1 503 overloaded',
    answers.json(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    { code: 'server-error', retryable: true },
  ],
  [
    'E1 zhipu',
    answers.json(429, { error: { code: '1302', message: '您当前使用该API的并发数过高，请降低并发' } }),
    { code: 'rate-limited' },
  ],
  [
    'E2 msg code',
    answers.json(200, { code: 50001, msg: 'System is busy', data: null }),
    { code: 'empty-response', words: /System is busy/ },
  ],
  [
    'E2 baidu',
    answers.json(200, { error_code: 18, error_msg: 'Open api qps request limit reached' }),
    { code: 'empty-response', words: /qps request limit/ },
  ],
  [
    'E2 tencent',
    answers.json(200, {
      Response: {
        Error: {
          Code: 'AuthFailure.SignatureFailure',
          Message: 'The provided credentials could not be validated',
        },
      },
    }),
    { code: 'unauthorized', words: /credentials could not/ },
  ],
  [
    'E2 ok false',
    answers.json(200, { ok: false, error_description: 'invalid token' }),
    { code: 'empty-response', words: /invalid token/ },
  ],
  [
    'E2 success string',
    answers.json(200, { success: 'false', message: 'model m is not available' }),
    { code: 'empty-response', words: /model m is not available/ },
  ],
  [
    'E2 html',
    raw('text/html', '<!DOCTYPE html><html><head><title>Sign in</title></head><body>x</body></html>'),
    { code: 'empty-response', words: /Sign in/ },
  ],
  ['E3 no newline', raw('text/event-stream', `data: ${json(piece({ content: '15' }, 'stop'))}`), '15'],
  ['E3 bom', raw('application/json; charset=utf-8', `\ufeff${json(completion({ content: '15' }))}`), '15'],
  ['E3 array', answers.json(200, [completion({ content: '15' })]), '15'],
  [
    'E3 ids',
    raw(
      'text/event-stream',
      `id: 1\nevent: message\nretry: 10\ndata: ${json(piece({ content: '15' }, 'stop'))}\n\n`,
    ),
    '15',
  ],
  ['E3 wrapped data', answers.json(200, { code: 0, data: completion({ content: '15' }) }), '15'],
  ['E4 eos', answers.stream(piece({ content: '15' }), piece({}, 'eos_token')), '15'],
  ['E4 object reason', answers.stream(piece({ content: '15' }), piece({}, { type: 'stop' })), '15'],
  ['E4 MAX_TOKENS', answers.stream(piece({ content: '15' }), piece({}, 'MAX_TOKENS')), '15'],
  [
    'E4 usage and finish',
    answers.shortStream(piece({ content: '15' }), {
      ...piece({}, 'end_turn'),
      usage: { prompt_tokens: 9, completion_tokens: 2 },
    }),
    '15',
  ],
  [
    'E4 stop_reason',
    answers.shortStream(piece({ content: '15' }), {
      choices: [{ index: 0, delta: {}, stop_reason: 'stop' }],
    }),
    '15',
  ],
  [
    'E5 reasoning_text',
    answers.stream(piece({ reasoning_text: 'hm' }), piece({ content: '15' }, 'stop')),
    '15',
  ],
  [
    'E5 thinking_blocks',
    answers.stream(
      piece({ thinking_blocks: [{ type: 'thinking', thinking: 'hm' }] }),
      piece({ content: '15' }, 'stop'),
    ),
    '15',
  ],
  [
    'E6 x_groq',
    answers.stream(piece({ content: '15' }), {
      ...piece({}, 'stop'),
      x_groq: { usage: { prompt_tokens: 9, completion_tokens: 2 } },
    }),
    usage,
  ],
  [
    'E6 camel',
    answers.json(200, completion({ content: '15' }, { usage: { promptTokens: 9, completionTokens: 2 } })),
    usage,
  ],
  [
    'E6 timings',
    answers.json(
      200,
      completion({ content: '15' }, { usage: undefined, timings: { prompt_n: 9, predicted_n: 2 } }),
    ),
    usage,
  ],
  [
    'E6 cohere',
    answers.json(
      200,
      completion({ content: '15' }, { usage: { billed_units: { input_tokens: 9, output_tokens: 2 } } }),
    ),
    usage,
  ],
  [
    'E6 meta',
    answers.json(
      200,
      completion(
        { content: '15' },
        { usage: undefined, meta: { billed_units: { input_tokens: 9, output_tokens: 2 } } },
      ),
    ),
    usage,
  ],
  [
    'E6 list',
    answers.json(200, completion({ content: '15' }, { usage: [{ prompt_tokens: 9, completion_tokens: 2 }] })),
    usage,
  ],
  [
    'E9 copilot',
    answers.json(400, {
      error: {
        message: 'prompt token count of 9000 exceeds the limit of 8000',
        code: 'model_max_prompt_tokens_exceeded',
      },
    }),
    overflow,
  ],
  [
    'E9 xai2',
    answers.json(400, { error: 'This request is too large: 140000 tokens, the most is 131072' }),
    overflow,
  ],
  ['E9 413', answers.json(413, { error: { message: 'Request Entity Too Large' } }), overflow],
  [
    'E9 groq 413',
    answers.json(413, {
      error: {
        message:
          'Request too large for model `m` in organization `o` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again.',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    }),
    overflow,
  ],
  [
    'E9 tokens sum',
    answers.json(400, {
      error: {
        message:
          'The sum of prompt length (5000.0), query length (0) should not exceed max_num_tokens (4096)',
      },
    }),
    overflow,
  ],
  [
    'E9 lmstudio',
    answers.json(400, {
      error:
        'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length',
    }),
    overflow,
  ],
  [
    'E9 french',
    answers.json(400, { error: { message: "L'invite dépasse la longueur maximale du contexte" } }),
    overflow,
  ],
  [
    'E10 output_parse',
    answers.json(400, {
      error: {
        message:
          'Parsing failed. The model generated output that could not be parsed. Please adjust your prompt. See failed_generation for more details.',
        type: 'invalid_request_error',
        code: 'output_parse_failed',
        failed_generation: 'x',
      },
    }),
    { code: 'bad-sample', retryable: true },
  ],
  [
    'E10 json_validate',
    answers.json(400, {
      error: {
        message:
          "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
        type: 'invalid_request_error',
        code: 'json_validate_failed',
        failed_generation: '',
      },
    }),
    { code: 'bad-sample', retryable: true },
  ],
  [
    'E10 finish',
    answers.stream(piece({ content: '' }), piece({}, 'UNEXPECTED_TOOL_CALL')),
    { code: 'bad-sample', retryable: true },
  ],
  [
    'E11 422 seed',
    (request, response) =>
      'seed' in request.body
        ? answers.json(422, {
            detail: [
              {
                type: 'extra_forbidden',
                loc: ['body', 'seed'],
                msg: 'Extra inputs are not permitted',
                input: 1,
              },
            ],
          })(request, response)
        : answers.json(200, completion({ content: '15' }))(request, response),
    '15',
  ],
  [
    'E11 top_p mutual',
    (request, response) =>
      'top_p' in request.body
        ? answers.json(400, { error: { message: 'top_p: cannot be set when temperature is set' } })(
            request,
            response,
          )
        : answers.json(200, completion({ content: '15' }))(request, response),
    '15',
  ],
  [
    'E11 anthropic',
    (request, response) =>
      'top_p' in request.body
        ? answers.json(400, {
            type: 'error',
            error: {
              type: 'invalid_request_error',
              message:
                'temperature: `temperature` may only be set to 1 when thinking is enabled, top_p may not',
            },
          })(request, response)
        : answers.json(200, completion({ content: '15' }))(request, response),
    '15',
  ],
  [
    'E11 stream opts',
    (request, response) =>
      'stream_options' in request.body
        ? answers.json(400, { error: { message: 'Unrecognized request argument supplied: stream_options' } })(
            request,
            response,
          )
        : answers.ok('15')(request, response),
    '15',
  ],
  ['E12 parts', answers.json(200, completion({ content: { parts: [{ text: '15' }] } })), '15'],
  [
    'E12 output_text',
    answers.json(200, completion({ content: [{ type: 'output_text', text: '15' }] })),
    '15',
  ],
  [
    'E12 legacy text',
    answers.json(200, {
      object: 'text_completion',
      choices: [{ index: 0, text: '15', finish_reason: 'stop' }],
    }),
    '15',
  ],
  [
    'E12 llama end',
    answers.json(200, completion({ content: '15<|end_of_text|><|begin_of_text|>junk' })),
    '15',
  ],
  [
    'E12 gemma',
    answers.json(200, completion({ content: '15<end_of_turn>\n<start_of_turn>user\nmore' })),
    '15',
  ],
  ['E12 number', answers.json(200, completion({ content: 15 })), '15'],
  ['E13 2.5', answers.json(429, { error: 'slow down' }, { 'retry-after': '2.5' }), { retryAfterMs: 2500 }],
  [
    'E13 reset',
    answers.json(429, { error: 'slow down' }, { 'x-ratelimit-reset-requests': '12s' }),
    { code: 'rate-limited' },
  ],
  [
    'E13 reset-after',
    answers.json(429, { error: 'slow down' }, { 'x-ratelimit-reset-after': '5' }),
    { retryAfterMs: 5000 },
  ],
  [
    'E13 epoch',
    answers.json(429, { error: 'slow down' }, { 'x-ratelimit-reset': String(today.getTime() / 1000 + 20) }),
    { code: 'rate-limited', words: /slow down/, retryAfterMs: 20_000 },
  ],
  [
    'E13 words min',
    answers.json(429, { error: 'Rate limited, wait 2 minutes before retrying.' }),
    { retryAfterMs: 120_000 },
  ],
  ['E13 body', answers.json(429, { error: { message: 'slow', retry_after: 7 } }), { retryAfterMs: 7000 }],
  ['E13 neg', answers.json(429, { error: 'slow down' }, { 'retry-after': '-5' }), { retryAfterMs: 0 }],
  [
    'E13 huge',
    answers.json(429, { error: 'slow down' }, { 'retry-after': '1e99' }),
    { code: 'rate-limited' },
  ],
])('%s', async (_name, handler, wanted) => {
  const server = await startServer(handler);
  const clock = createRealClock();
  const model = createOpenAICompatible({ baseUrl: server.baseUrl, apiKey: 'k', clock, today: () => today });
  const request = { ...ask('what is 7 + 8?', { model: 'openai/m' }), temperature: 0.5, topP: 0.9 };
  const outcome = await model.complete(request);
  if (typeof wanted === 'string') expect(outcome).toMatchObject({ response: { text: wanted } });
  else if ('text' in wanted) expect(outcome).toMatchObject({ response: wanted });
  else {
    const { words = /./, ...failure } = wanted;
    expect(outcome).toMatchObject({ failure: { ...failure, message: expect.stringMatching(words) } });
  }
});
