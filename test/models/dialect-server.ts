import { answers, type Handler } from './fault-server.ts';

/** A server that refuses something of the API, as servers word it, and what to expect of it. */
export interface DialectCase {
  readonly name: string;
  /** The refusal of a request; `undefined` where the server takes it. */
  readonly refuses: (body: Record<string, unknown>) => Handler | undefined;
  /** What the request that is taken at last must hold; `undefined`: must not hold. */
  readonly expected: Record<string, unknown>;
}

const unsupported = (param: string, message: string): Handler =>
  answers.error(400, message, { param, code: 'unsupported_parameter', type: 'invalid_request_error' });
const whereIs =
  (field: string, handler: Handler): DialectCase['refuses'] =>
  (body) =>
    field in body ? handler : undefined;
const hasSystem = (body: Record<string, unknown>): boolean =>
  ((body.messages ?? []) as { role: string }[]).some(({ role }) => role === 'system');
const merged = [{ role: 'user', content: 'be brief\n\nsay hello' }];

/** Wordings as OpenAI, Azure, vLLM, llama.cpp, TGI, Mistral, Moonshot, Google and pydantic-based servers use them. */
export const dialectCases: readonly DialectCase[] = [
  {
    name: 'seed (property unsupported)',
    refuses: whereIs('seed', answers.error(400, 'property "seed" is unsupported')),
    expected: { seed: undefined },
  },
  {
    name: 'seed (extra input)',
    refuses: whereIs(
      'seed',
      answers.json(422, {
        detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }],
      }),
    ),
    expected: { seed: undefined },
  },
  {
    name: 'stream_options (unrecognized argument)',
    refuses: whereIs(
      'stream_options',
      answers.error(400, 'Unrecognized request argument supplied: stream_options'),
    ),
    expected: { stream_options: undefined },
  },
  {
    name: 'max_tokens (use max_completion_tokens)',
    refuses: whereIs(
      'max_tokens',
      unsupported(
        'max_tokens',
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      ),
    ),
    expected: { max_tokens: undefined, max_completion_tokens: 64 },
  },
  {
    name: 'system messages (o1-mini)',
    refuses: (body) =>
      hasSystem(body)
        ? answers.error(
            400,
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            { param: 'messages[0].role', code: 'unsupported_value' },
          )
        : undefined,
    expected: { messages: merged },
  },
  {
    name: 'system messages (a chat template, vLLM)',
    refuses: (body) =>
      hasSystem(body)
        ? answers.json(400, {
            object: 'error',
            message: 'System role not supported',
            type: 'BadRequestError',
            param: null,
            code: 400,
          })
        : undefined,
    expected: { messages: merged },
  },
  {
    name: 'system messages (a chat template, llama.cpp, as 500)',
    refuses: (body) =>
      hasSystem(body)
        ? answers.error(500, 'Value is not callable: System role not supported', { code: 500 })
        : undefined,
    expected: { messages: merged },
  },
  {
    name: 'system messages (Gemma at Google)',
    refuses: (body) =>
      hasSystem(body)
        ? answers.error(400, 'Developer instruction is not enabled for models/gemma-3-27b-it', { code: 400 })
        : undefined,
    expected: { messages: merged },
  },
  {
    name: 'system messages (roles must alternate)',
    refuses: (body) =>
      hasSystem(body)
        ? answers.error(400, 'Conversation roles must alternate user/assistant/user/assistant/...')
        : undefined,
    expected: { messages: merged },
  },
  {
    name: 'a temperature but 1 (reasoning models)',
    refuses: (body) =>
      'temperature' in body && body.temperature !== 1
        ? answers.error(
            400,
            `Unsupported value: 'temperature' does not support ${String(body.temperature)} with this model. Only the default (1) value is supported.`,
            { param: 'temperature', code: 'unsupported_value' },
          )
        : undefined,
    expected: { temperature: 1 },
  },
  {
    name: 'a temperature but 1 (Moonshot)',
    refuses: (body) =>
      'temperature' in body && body.temperature !== 1
        ? answers.error(400, 'invalid temperature: only 1 is allowed for this model')
        : undefined,
    expected: { temperature: 1 },
  },
  {
    name: 'any temperature',
    refuses: whereIs(
      'temperature',
      unsupported('temperature', "Unsupported parameter: 'temperature' is not supported with this model."),
    ),
    expected: { temperature: undefined },
  },
  {
    name: 'top_p',
    refuses: whereIs(
      'top_p',
      unsupported('top_p', "Unsupported parameter: 'top_p' is not supported with this model."),
    ),
    expected: { top_p: undefined },
  },
  {
    name: 'streams',
    refuses: (body) =>
      body.stream === true
        ? answers.error(400, "Unsupported value: 'stream' does not support true with this model.", {
            param: 'stream',
          })
        : undefined,
    expected: { stream: false, stream_options: undefined },
  },
  {
    name: 'all of it, one after the other',
    refuses: (body) => {
      if ('stream_options' in body) return answers.error(400, 'unknown field stream_options');
      if ('seed' in body) return answers.error(400, 'unknown field seed');
      if ('max_tokens' in body) return answers.error(400, 'use max_completion_tokens');
      if (hasSystem(body)) return answers.error(400, 'this model does not support system messages');
      if ('temperature' in body) return answers.error(400, 'temperature is not supported');
      if ('top_p' in body) return answers.error(400, 'top_p is not supported');
      return body.stream === true ? answers.error(400, 'streaming is not supported') : undefined;
    },
    expected: {
      stream: false,
      stream_options: undefined,
      seed: undefined,
      max_tokens: undefined,
      max_completion_tokens: 64,
      messages: merged,
      temperature: undefined,
      top_p: undefined,
    },
  },
];

/** Refuses as the case does, and answers what it takes. */
export function dialectHandler({ refuses }: DialectCase, answer: Handler = answers.ok()): Handler {
  return (request, response) => (refuses(request.body) ?? answer)(request, response);
}

/** Tells a refusal with status 200 inside the stream, as some gateways do. */
export function refusingInStream({ refuses }: DialectCase): Handler {
  return (request, response) => {
    if (refuses(request.body) === undefined) return answers.ok()(request, response);
    answers.stream({ error: { message: 'unknown field seed', code: 400 } })(request, response);
  };
}
