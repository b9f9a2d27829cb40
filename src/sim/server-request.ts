import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { parsedJson } from '../core/json.ts';
import { isDeeperThan } from '../core/json-depth.ts';
import { suggest } from '../core/suggest.ts';
import type { ChatMessage, ChatRequest } from '../models/chat-model.ts';
import { findPersona, simulatedModels } from './cards.ts';

/** Largest body of a request, in bytes, and deepest nesting in it. */
export const largestBody = 16 * 2 ** 20;
const deepest = 64;

/** A request's JSON; `undefined` for what is none, or is nested deeper than any request. */
export function parseJson(text: string): unknown {
  return isDeeperThan(deepest, text) ? undefined : parsedJson(text);
}

/** An error in OpenAI's shape with its HTTP status. */
export interface ErrorReply {
  readonly status: 400 | 404 | 413 | 429 | 500 | 503 | 504;
  readonly body: {
    readonly error: {
      readonly message: string;
      readonly type: string;
      readonly param: string | null;
      readonly code: string | null;
    };
  };
}

export function serverError(
  status: ErrorReply['status'],
  message: string,
  code: string | null,
  param: string | null = null,
): ErrorReply {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return { status, body: { error: { message, type, param, code } } };
}

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const content = z.union([
  z.string(),
  z.array(textPart).transform((parts) => parts.map(({ text }) => text).join('')),
]);
const nullish = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** The part of a chat completion request that matters here; other keys are ignored, as most servers do. */
const bodySchema = z.object({
  model: z.string(),
  messages: z
    .array(
      z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content: nullish(content) }),
    )
    .min(1),
  temperature: nullish(z.number().min(0).max(2)),
  top_p: nullish(z.number().gt(0).max(1)),
  max_tokens: nullish(z.int().min(1)),
  max_completion_tokens: nullish(z.int().min(1)),
  n: nullish(z.int().min(1)),
  seed: nullish(z.int()),
  stream: nullish(z.boolean()),
  stream_options: nullish(z.object({ include_usage: nullish(z.boolean()) })),
});

export interface ParsedBody {
  readonly ok: true;
  /** All of the request but its sample. */
  readonly request: Omit<ChatRequest, 'sample'>;
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly seed: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Reads the body of a chat completion request. */
export function parseBody(value: unknown): ParsedBody | { readonly ok: false; readonly error: ErrorReply } {
  const parsed = bodySchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const param = issue === undefined ? null : issue.path.join('.');
    return refuse(serverError(400, `${param}: ${issue?.message ?? 'bad request'}`, 'invalid_value', param));
  }
  const body = parsed.data;
  if (body.n !== undefined && body.n > 1) {
    return refuse(
      serverError(400, `n: expected 1, found ${body.n}; ask again for more`, 'unsupported_value', 'n'),
    );
  }
  const persona = findPersona(body.model);
  if (persona === undefined) return refuse(unknownModel(body.model));
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  const messages = body.messages.map(
    ({ role, content }): ChatMessage => ({
      role: role === 'developer' ? 'system' : role,
      content: content ?? '',
    }),
  );
  return {
    ok: true,
    request: {
      model: `sim/${persona.name}`,
      messages,
      ...defined({ temperature: body.temperature, topP: body.top_p, maxTokens }),
    },
    model: body.model,
    seed: body.seed,
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
  };
}

function refuse(error: ErrorReply): { readonly ok: false; readonly error: ErrorReply } {
  return { ok: false, error };
}

function unknownModel(model: string): ErrorReply {
  const names = simulatedModels.map(({ name }) => name);
  const meant = suggest(model.startsWith('sim/') ? model : `sim/${model}`, names);
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`;
  return serverError(404, `The model "${model}" does not exist; ${hint}`, 'model_not_found', 'model');
}
