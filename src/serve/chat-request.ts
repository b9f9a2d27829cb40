import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { isRecord } from '../core/records.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ModelSettings } from '../domain/agent.ts';
import { parseWith } from '../domain/validation.ts';
import { type ApiError, badInput, badRequest } from '../models/api-error.ts';
import type { ChatMessage } from '../models/chat-model.ts';
import { nullish } from '../models/json-body.ts';
import { messageRole, requestSettings, textPart } from '../models/openai/chat-api.ts';
import { boundsOfBody, boundsOfText, type RequestBounds } from './bounds.ts';

/** A chat completion request, understood whole: what is not taken is refused, and nothing is ignored. */
export interface ChatAsk {
  /** The model's name as asked for, without bounds. */
  readonly model: string;
  readonly question: string;
  readonly earlier: readonly ChatMessage[];
  readonly instructions: string;
  /** For the agents of the last stage, in place of the config's own. */
  readonly overrides: ModelSettings;
  /** Names the sample: equal seeds ask for the same one. */
  readonly seed?: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly bounds: RequestBounds;
}

/** A text, or a list of text parts. */
const content = z.unknown().transform((value, context): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: 'a text or a list of text parts' });
    return undefined;
  }
  const texts = value.map((one, index) => {
    const parsed = textPart.safeParse(one);
    if (parsed.success) return parsed.data.text;
    const message = '{"type": "text", "text": …}: images, audio and files are not taken';
    context.addIssue({ code: 'custom', path: [index], message });
    return '';
  });
  return texts.join('');
});
const jsonSchema = z.object({ schema: z.record(z.string(), z.unknown()) });
const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), json_schema: jsonSchema }),
]);
/** Nothing asked for: absent, null, 0, false or an empty list. */
const none = (expected: string) =>
  z
    .unknown()
    .optional()
    .refine((value) => !value || (Array.isArray(value) && value.length === 0), expected);
const message = z.strictObject({
  role: messageRole,
  content,
  name: nullish(z.string()),
  refusal: nullish(z.string()),
  // Answers come back in a conversation as they were given.
  annotations: z.unknown().optional(),
  tool_calls: none('none: a tuned config calls no tools'),
});

const bodySchema = z.strictObject({
  model: z.string().min(1).max(500),
  messages: z.array(message).min(1),
  ...requestSettings,
  reasoning_effort: nullish(z.enum(['none', 'minimal', 'low', 'medium', 'high'])),
  stop: nullish(
    z.union([
      z
        .string()
        .min(1)
        .transform((text) => [text]),
      z.array(z.string().min(1)).max(4),
    ]),
  ),
  response_format: nullish(responseFormat),
  modalities: nullish(z.array(z.literal('text')).max(1)),
  // What they would do no chain of agents can do; at rest they ask for nothing.
  tools: none('none: a tuned config calls no tools'),
  tool_choice: nullish(z.enum(['none', 'auto'], 'none: a tuned config calls no tools')),
  parallel_tool_calls: nullish(z.boolean()),
  functions: none('none: a tuned config calls no functions'),
  logprobs: none('false: the answer of several models has no log probabilities'),
  top_logprobs: none('0: the answer of several models has no log probabilities'),
  presence_penalty: none('0: not supported'),
  frequency_penalty: none('0: not supported'),
  // They ask for nothing that changes an answer.
  user: nullish(z.string()),
  safety_identifier: nullish(z.string()),
  prompt_cache_key: nullish(z.string()),
  metadata: nullish(z.record(z.string(), z.unknown())),
  service_tier: nullish(z.enum(['auto', 'default'])),
  store: none('false: nothing is stored'),
  mixtune: z.unknown().optional(),
});

/** A null asks for nothing, whatever its key: clients write the fields of OpenAI's that they leave empty. */
const withoutNulls = (value: unknown): unknown =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null)) : value;

/** What a body and its messages ask for. */
function asked(value: unknown): unknown {
  if (!isRecord(value) || !Array.isArray(value.messages)) return withoutNulls(value);
  return withoutNulls({ ...value, messages: value.messages.map(withoutNulls) });
}

/** @param header the request's `x-mixtune`. */
export function parseChatRequest(value: unknown, header: string | undefined): Result<ChatAsk, ApiError> {
  const parsed = parseWith(bodySchema, asked(value), 'body');
  if (!parsed.ok) return err(badInput(parsed.error));
  const body = parsed.value;
  const [model = '', ...inName] = body.model.split(';');
  const fromName = boundsOfText(inName.join(';'), 'model');
  if (!fromName.ok) return fromName;
  const fromHeader = boundsOfText(header ?? '', 'x-mixtune');
  if (!fromHeader.ok) return fromHeader;
  const fromBody = boundsOfBody(body.mixtune);
  if (!fromBody.ok) return fromBody;
  const messages = body.messages.map(({ role, content = '' }) => ({ role, content }));
  const last = messages.at(-1);
  if (last?.role !== 'user') {
    return err(
      badRequest(`messages: expected the last message to be the user's, found ${last?.role}`, 'messages'),
    );
  }
  const { question, ...conversation } = conversationOf(messages);
  if (question.trim() === '') return err(badRequest('messages: expected a question, found none', 'messages'));
  return ok({
    model: model.trim(),
    question,
    ...conversation,
    overrides: overridesOf(body),
    ...defined({ seed: body.seed }),
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    bounds: { ...fromName.value, ...fromHeader.value, ...fromBody.value },
  });
}

type Turn = { readonly role: 'system' | 'developer' | 'user' | 'assistant'; readonly content: string };

function conversationOf(messages: readonly Turn[]): Pick<ChatAsk, 'question' | 'earlier' | 'instructions'> {
  const isTurn = (turn: Turn): turn is Turn & ChatMessage =>
    turn.role === 'user' || turn.role === 'assistant';
  const turns = messages.filter(isTurn);
  const said = messages.filter((turn) => !isTurn(turn)).map(({ content }) => content);
  return {
    question: turns.at(-1)?.content ?? '',
    earlier: turns.slice(0, -1),
    instructions: said.join('\n\n'),
  };
}

function overridesOf(body: z.output<typeof bodySchema>): ModelSettings {
  const { temperature, top_p: topP, reasoning_effort: reasoningEffort, stop, response_format: format } = body;
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  return {
    ...defined({ temperature }),
    ...defined({ topP }),
    ...defined({ maxTokens }),
    ...defined({ reasoningEffort }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...(format === undefined || format.type === 'text'
      ? {}
      : { responseFormat: format.type === 'json_object' ? 'json' : { schema: format.json_schema.schema } }),
  };
}
