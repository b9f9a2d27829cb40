import type OpenAI from 'openai';
import { sampleSeed } from './call-key.ts';
import type { ChatRequest } from './chat-model.ts';

/** What of the chat API a server takes for one of its models. Learned from its refusals. */
export interface Dialect {
  readonly stream: boolean;
  /** `stream_options: {include_usage}`, without which a stream tells no usage. */
  readonly streamOptions: boolean;
  readonly seed: boolean;
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
}

export const fullDialect: Dialect = {
  stream: true,
  streamOptions: true,
  seed: true,
  maxTokensField: 'max_tokens',
};

/** @param model the server's own name of the model, without the provider. */
export function requestBody(
  request: ChatRequest,
  model: string,
  dialect: Dialect,
): OpenAI.ChatCompletionCreateParams {
  return {
    model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...(request.maxTokens === undefined ? {} : { [dialect.maxTokensField]: request.maxTokens }),
    ...(dialect.seed ? { seed: sampleSeed(request.sample) } : {}),
    stream: dialect.stream,
    ...(dialect.stream && dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
  };
}

/** A refusal as far as dialects go: HTTP status, the parameter the server named, its text. */
export interface Refusal {
  readonly status: number | undefined;
  readonly param: string | undefined;
  readonly message: string;
}

const refusalStatuses = new Set([400, 405, 422, 501]);
const refusalWords =
  /unsupported|not (?:be )?(?:supported|permitted|allowed|implemented|available)|n't support|does not support|unknown|unrecogni[sz]ed|unexpected|extra (?:fields?|inputs?)|additional propert|invalid|disabled|forbidden/i;

/**
 * What to leave out or rename so that the server may take the request, or `undefined` when the
 * refusal is about something else. Only things the request actually held are given up, so repeated
 * refusals come to an end.
 */
export function adaptDialect(
  refusal: Refusal,
  used: Dialect,
  request: ChatRequest,
): Partial<Dialect> | undefined {
  if (refusal.status === undefined || !refusalStatuses.has(refusal.status)) return undefined;
  const names = (field: string): boolean =>
    refusal.param === field || new RegExp(`\\b${field}\\b`).test(refusal.message);
  if (request.maxTokens !== undefined && used.maxTokensField === 'max_tokens') {
    const wantsOther = refusal.message.includes('max_completion_tokens');
    const refusesThis = names('max_tokens') && /unsupported|not supported/i.test(refusal.message);
    if (wantsOther || refusesThis) return { maxTokensField: 'max_completion_tokens' };
  }
  if (!refusalWords.test(refusal.message) && refusal.param === undefined) return undefined;
  if (used.stream && used.streamOptions && names('stream_options')) return { streamOptions: false };
  if (used.seed && names('seed')) return { seed: false };
  const againstStreaming = names('stream') || /\bstreaming\b/i.test(refusal.message);
  if (used.stream && againstStreaming) return { stream: false };
  return undefined;
}
