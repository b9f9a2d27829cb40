import { z } from 'zod';
import { settingsSchema } from '../domain/agent.ts';
import {
  callMsSchema,
  callUsdSchema,
  chatMessageSchema,
  chatResponseSchema,
} from '../models/call-store/stored-call.ts';
import type { CallFailure, ChatOutcome, ChatRequest, ModelCard } from '../models/chat-model.ts';
import { usdPerMillionSchema } from '../models/price-file.ts';

const count = z.int().nonnegative();
const usage = chatResponseSchema.shape.usage;
const quota = z.strictObject({
  perMinute: z.number().exactOptional(),
  left: z.number().exactOptional(),
});
const rateLimit = z.strictObject({
  requests: quota.exactOptional(),
  tokens: quota.exactOptional(),
  exhausted: z.enum(['requests', 'tokens']).exactOptional(),
});

/** A request to a model, as it goes to another machine. */
export const chatRequestSchema: z.ZodType<ChatRequest> = settingsSchema.extend({
  model: z.string(),
  messages: z.array(chatMessageSchema),
  sample: z.strictObject({ repeat: z.int(), index: z.int() }),
});

const callFailure = z.strictObject({
  cause: z.enum(['infrastructure', 'aborted', 'refused', 'context-overflow', 'rejected']),
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().nonnegative().exactOptional(),
  status: z.int().exactOptional(),
  requestId: z.string().exactOptional(),
  rateLimit: rateLimit.exactOptional(),
  usage: usage.exactOptional(),
  usd: callUsdSchema.nullable().exactOptional(),
  serviceMs: callMsSchema,
}) satisfies z.ZodType<CallFailure>;

/** What came of a call on another machine. */
export const chatOutcomeSchema: z.ZodType<ChatOutcome> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    response: chatResponseSchema,
    cached: z.boolean().exactOptional(),
    rateLimit: rateLimit.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('failed'), failure: callFailure }),
]);

/** What a worker knows of a model that lies on its machine. A price below zero would lift every ceiling on dollars. */
export const modelCardSchema: z.ZodType<ModelCard> = z.strictObject({
  name: z.string(),
  contextTokens: count.nullable(),
  price: z
    .strictObject({
      inputPerMillion: usdPerMillionSchema,
      outputPerMillion: usdPerMillionSchema,
      cachedInputPerMillion: usdPerMillionSchema.exactOptional(),
    })
    .nullable(),
  speed: z.strictObject({ firstTokenMs: callMsSchema, tokensPerSecond: z.number().positive() }).nullable(),
  simulated: z.boolean(),
  description: z.string().exactOptional(),
});
