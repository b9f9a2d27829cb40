import type { Context } from 'hono';
import { z } from 'zod';
import { type ApiError, errorBody, errorHeaders, shownStatus } from '../api-error.ts';
import { nullish } from '../json-body.ts';

/** What a server that speaks OpenAI's chat API shares with another: fields of requests and parts of answers. */

export const messageRole = z.enum(['system', 'developer', 'user', 'assistant']);

/** A part of a message's content; images and files are none. */
export const textPart = z.object({ type: z.literal('text'), text: z.string() });

/** Settings of a chat completion request that any server here reads. */
export const requestSettings = {
  stream: nullish(z.boolean()),
  stream_options: nullish(z.object({ include_usage: nullish(z.boolean()) })),
  max_tokens: nullish(z.int().min(1)),
  max_completion_tokens: nullish(z.int().min(1)),
  temperature: nullish(z.number().min(0).max(2)),
  top_p: nullish(z.number().gt(0).max(1)),
  seed: nullish(z.int()),
  n: nullish(z.literal(1, '1: ask again for more')),
};

/** The one choice of a piece of a streamed answer. */
export function chunkChoice(delta: object, finish_reason: string | null = null): object {
  return { index: 0, delta, logprobs: null, finish_reason };
}

/** Answers a request with an error. */
export function sendError(context: Context, error: ApiError): Response {
  return context.json(errorBody(error), shownStatus(error), errorHeaders(error));
}
