import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import { parseWith } from '../domain/validation.ts';
import { type ApiError, badInput } from '../models/api-error.ts';
import type { ChatMessage, ChatRequest } from '../models/chat-model.ts';
import { nullish } from '../models/json-body.ts';
import { messageRole, requestSettings, textPart } from '../models/openai/chat-api.ts';
import { findPersona, simulatedModels } from './cards.ts';

const content = z.union([
  z.string(),
  z.array(textPart).transform((parts) => parts.map(({ text }) => text).join('')),
]);

/** The part of a chat completion request that matters here; other keys are ignored, as most servers do. */
const bodySchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: messageRole, content: nullish(content) })).min(1),
  ...requestSettings,
});

export interface ParsedBody {
  /** All of the request but its sample. */
  readonly request: Omit<ChatRequest, 'sample'>;
  /** The model's name as the client wrote it. */
  readonly model: string;
  readonly seed: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Reads the body of a chat completion request. */
export function parseBody(value: unknown): Result<ParsedBody, ApiError> {
  const parsed = parseWith(bodySchema, value, 'body');
  if (!parsed.ok) return err(badInput(parsed.error));
  const body = parsed.value;
  const persona = findPersona(body.model);
  if (persona === undefined) return err(unknownModel(body.model));
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  const messages = body.messages.map(
    ({ role, content }): ChatMessage => ({
      role: role === 'developer' ? 'system' : role,
      content: content ?? '',
    }),
  );
  return ok({
    request: {
      model: `sim/${persona.name}`,
      messages,
      ...defined({ temperature: body.temperature, topP: body.top_p, maxTokens }),
    },
    model: body.model,
    seed: body.seed,
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
  });
}

function unknownModel(model: string): ApiError {
  const names = simulatedModels.map(({ name }) => name);
  const meant = suggest(model.startsWith('sim/') ? model : `sim/${model}`, names);
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`;
  const message = `The model "${model}" does not exist; ${hint}`;
  return { status: 404, code: 'model_not_found', message, param: 'model' };
}
