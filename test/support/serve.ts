import OpenAI from 'openai';
import { createRealClock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import type { Estimate, Estimates } from '../../src/domain/objective.ts';
import type { ChatModel, ChatOutcome, ModelCard } from '../../src/models/chat-model.ts';
import type { Front, Member, ServedSource } from '../../src/serve/catalogue.ts';
import { type ServeOptions, type ServeServer, startServeServer } from '../../src/serve/server.ts';
import { ServeStore } from '../../src/serve/store.ts';
import { agent, configOf } from './moa.ts';

/** One agent that answers. */
export const single = configOf({ kind: 'propose', agents: [agent('single')] });
/** Two proposers and a fuser. */
export const fused = configOf(
  { kind: 'propose', agents: [agent('left'), agent('right')] },
  { kind: 'fuse', agent: agent('fuser') },
);

const around = (mean: number): Estimate => ({ mean, low: mean * 0.9, high: mean * 1.1 });

/** Figures with intervals of a tenth to each side. */
export function figures(score: number, latency: number, tokens: number, usd: number): Estimates {
  return { score: around(score), latency: around(latency), tokens: around(tokens), usd: around(usd) };
}

/** A dollar a million tokens of input, ten of output. */
const price = { inputPerMillion: 1, outputPerMillion: 10 };

export function sourceOf(model: ChatModel, changes: Partial<ServedSource> = {}): ServedSource {
  const card = (name: string): ModelCard => ({
    ...{ name, contextTokens: null, price, speed: null, simulated: false },
  });
  return { name: 'test-run', model, card, simulated: false, extractAnswer: (text) => text, ...changes };
}

export function memberOf(config: MoaConfig, source: ServedSource, tuning: Estimates | null = null): Member {
  return { id: configId(config), config, tuning, holdout: null, source };
}

/** The cheap single agent and the better, dearer chain, as one front. */
export function twoMembers(model: ChatModel): Front {
  const source = sourceOf(model);
  const best = memberOf(fused, source, figures(0.9, 3, 900, 0.003));
  const cheap = memberOf(single, source, figures(0.6, 1, 200, 0.0005));
  return {
    members: [best, cheap],
    points: { best: best.id, knee: cheap.id, fastest: cheap.id, cheapest: cheap.id },
  };
}

export interface ServeUnderTest extends ServeServer {
  readonly client: OpenAI;
  readonly store: ServeStore;
  readonly bugs: unknown[];
  readonly notices: string[];
  /** Asks without the official client. */
  post(body: unknown, headers?: Record<string, string>, signal?: AbortSignal | null): Promise<Response>;
  end(): Promise<void>;
}

export async function startServe(front: Front, changes: Partial<ServeOptions> = {}): Promise<ServeUnderTest> {
  const store = changes.store ?? new ServeStore(':memory:', 0);
  const bugs: unknown[] = [];
  const notices: string[] = [];
  let ids = 0;
  const server = await startServeServer({
    ...{ port: 0, store, front: () => front, keys: () => undefined, clock: createRealClock() },
    ...{ rng: createRng(1), newId: () => `request-${ids++}`, today: () => new Date('2026-04-01T22:00:05Z') },
    onBug: (error) => bugs.push(error),
    onNotice: (text) => notices.push(text),
    ...changes,
  });
  return {
    ...server,
    ...{ store, bugs, notices },
    client: new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 }),
    post: (body, headers = {}, signal = null) =>
      fetch(`${server.url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        signal,
      }),
    end: async () => {
      await server.close();
      if (changes.store === undefined) store.close();
    },
  };
}

export const asked = (content: string) => [{ role: 'user' as const, content }];

/** Collects a stream as a client sees it. */
export async function collect(stream: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
  const finish = chunks.findLast(({ choices }) => choices[0]?.finish_reason)?.choices[0]?.finish_reason;
  return { chunks, text, finish, usage: chunks.at(-1)?.usage };
}

/** A model whose calls wait until they are let go or aborted. */
export class WaitingModel implements ChatModel {
  readonly waiting: ((text: string) => void)[] = [];
  aborted = 0;
  seen = 0;

  revision(): string {
    return 'waiting';
  }

  complete(...[, options]: Parameters<ChatModel['complete']>): Promise<ChatOutcome> {
    this.seen++;
    return new Promise((resolve) => {
      const failed = {
        cause: 'aborted' as const,
        code: 'aborted',
        message: 'aborted',
        retryable: false,
        serviceMs: 1,
      };
      const abort = (): void => {
        this.aborted++;
        resolve({ kind: 'failed', failure: failed });
      };
      if (options?.signal?.aborted) abort();
      options?.signal?.addEventListener('abort', abort, { once: true });
      options?.onDelta?.('be');
      this.waiting.push((text) => {
        options?.onDelta?.(text.slice(2));
        const usage = { inputTokens: 10, outputTokens: 5, estimated: false };
        const response = {
          text,
          finishReason: 'stop' as const,
          usage,
          serviceMs: 5,
          firstTokenMs: 1,
          usd: 0.001,
        };
        resolve({ kind: 'answered', response });
      });
    });
  }
}

/** Waits until a condition holds, however slow the machine is. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The OpenAI error that a call ends with. */
export async function errorOf(call: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const thrown = await Promise.resolve(call).then(
    () => new Error('expected an error, got an answer'),
    (error: unknown) => error,
  );
  if (thrown instanceof OpenAI.APIError) return thrown;
  throw thrown;
}
