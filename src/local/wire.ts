import { z } from 'zod';
import type { ChatMessage } from '../models/chat-model.ts';

/** What a worker process is told and says; one JSON message each over Node's IPC. */
export type ToWorker =
  | {
      readonly type: 'load';
      /** node-llama-cpp's entry file. */
      readonly runtime: string;
      /** The GGUF file. */
      readonly file: string;
      readonly contextTokens: number;
      /** Prompt prefixes kept at once. */
      readonly sequences: number;
      readonly threads: number;
    }
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly messages: readonly ChatMessage[];
      readonly temperature: number;
      readonly topP: number;
      readonly maxTokens?: number;
      readonly seed: number;
    }
  | { readonly type: 'stop'; readonly id: number };

const count = z.int().nonnegative();

const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('loaded'),
    contextTokens: count,
    memoryBytes: count,
  }),
  z.object({ type: z.literal('load-failed'), message: z.string() }),
  z.object({ type: z.literal('piece'), id: count, text: z.string() }),
  z.object({
    type: z.literal('done'),
    id: count,
    end: z.enum(['stop', 'length', 'stopped', 'overflow']),
    inputTokens: count,
    reusedTokens: count,
    outputTokens: count,
  }),
  z.object({ type: z.literal('failed'), id: count, message: z.string() }),
]);

export type FromWorker = z.infer<typeof messageSchema>;
export type LoadedModel = Extract<FromWorker, { type: 'loaded' }>;
export type Done = Extract<FromWorker, { type: 'done' }>;

/** `undefined` for what no worker says. */
export function readMessage(value: unknown): FromWorker | undefined {
  const parsed = messageSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
