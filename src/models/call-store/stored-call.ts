import { z } from 'zod';
import type { CallKey } from '../call-key.ts';
import type { ChatMessage, ChatResponse } from '../chat-model.ts';

/** No call takes longer: a week, in ms. */
export const longestCallMs = 7 * 86_400_000;

// No answer has more; sums of what a file makes up would be infinite, and a recorded time be waited for without end.
/** Parts of a token, too, as functions of a program may tell them. */
const count = z.number().nonnegative().max(1e12);
export const callMsSchema = z.number().nonnegative().max(longestCallMs);
export const callUsdSchema = z.number().nonnegative().max(1e9);

/** The wire form of {@link ChatResponse}; what a file or a data base holds is checked against it. */
export const chatResponseSchema = z.object({
  text: z.string(),
  reasoning: z.string().exactOptional(),
  finishReason: z.enum(['stop', 'length']),
  usage: z.object({
    inputTokens: count,
    outputTokens: count,
    reasoningTokens: count.exactOptional(),
    cachedInputTokens: count.exactOptional(),
    estimated: z.boolean(),
  }),
  serviceMs: callMsSchema,
  firstTokenMs: callMsSchema.nullable(),
  usd: callUsdSchema.nullable(),
  fingerprint: z.string().exactOptional(),
}) satisfies z.ZodType<ChatResponse>;

/** A message of a request, as files and other machines have it. */
export const chatMessageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
}) satisfies z.ZodType<ChatMessage>;

/** An answer as it is kept. Model and revision let an export be played back, see recorded.ts. */
export interface StoredCall {
  /** `provider/model`. */
  readonly model: string;
  readonly revision: string;
  readonly response: ChatResponse;
}

/** Where answers are kept, by call key. */
export interface CallStore {
  /** `undefined` also for a row that cannot be read: it is as good as absent. */
  get(key: CallKey): StoredCall | undefined;
  /** Keeps the call unless there is a readable one under the key already: the first answer stays. */
  put(key: CallKey, call: StoredCall): void;
}

/** A store that lasts as long as the process. */
export function createMemoryCallStore(): CallStore {
  const calls = new Map<CallKey, StoredCall>();
  return {
    get: (key) => calls.get(key),
    put: (key, call) => {
      if (!calls.has(key)) calls.set(key, call);
    },
  };
}
