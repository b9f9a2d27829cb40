import PQueue from 'p-queue';
import { abortedOutcome, onAbort } from './abort.ts';
import { CallQueue } from './call-queue.ts';
import type { CallOptions, ChatModel, ChatOutcome } from './chat-model.ts';

export interface CallLimiterOptions {
  /** Calls in flight at once, over all models wrapped by this limiter; a whole number >= 1. */
  readonly concurrency: number;
}

export interface CallLoad {
  readonly running: number;
  readonly waiting: number;
}

/**
 * Keeps calls under a limit. Calls with a smaller `priority` number go first, equal ones in the
 * order of asking. It has no timers, so it behaves alike on any clock.
 */
export class CallLimiter {
  readonly #queue: PQueue;
  readonly #waiting: CallQueue;
  #calls = 0;
  readonly #listeners = new Set<(load: CallLoad) => void>();

  constructor({ concurrency }: CallLimiterOptions) {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`CallLimiter: expected a whole number >= 1 as concurrency, found ${concurrency}`);
    }
    const waiting = new CallQueue();
    this.#waiting = waiting;
    // p-queue makes its queue itself; by handing it this one we can take waiting calls out.
    const queueClass = class extends CallQueue {
      constructor() {
        super();
        // biome-ignore lint/correctness/noConstructorReturn: the way to hand out a given instance
        return waiting;
      }
    };
    this.#queue = new PQueue({ concurrency, queueClass });
    for (const event of ['add', 'active', 'next'] as const) this.#queue.on(event, () => this.#tell());
  }

  /** Calls in flight. */
  get running(): number {
    return this.#queue.pending;
  }

  /** Calls that wait for their turn. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** The model under this limit. Service times stay the model's own: waiting here does not count. */
  wrap(model: ChatModel): ChatModel {
    return {
      complete: (request, options = {}) => this.#enqueue(options, () => model.complete(request, options)),
      revision: (name) => model.revision(name),
    };
  }

  /** Starts no more calls until {@link resume}; those in flight go on. */
  pause(): void {
    this.#queue.pause();
  }

  resume(): void {
    this.#queue.start();
  }

  /** Calls the listener after every change of the load; returns how to stop that. */
  onChange(listener: (load: CallLoad) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #enqueue(options: CallOptions, call: () => Promise<ChatOutcome>): Promise<ChatOutcome> {
    const { signal } = options;
    const priority = -(options.priority ?? 0);
    if (signal === undefined) return this.#queue.add(call, { priority });
    if (signal.aborted) return abortedOutcome();
    const id = `call-${this.#calls++}`;
    return new Promise((resolve, reject) => {
      // Only while it waits: the slot of a running call stays taken until that call has really ended.
      const stopWatching = onAbort(signal, () => {
        if (!this.#waiting.takeOut(id, priority)) return;
        resolve(abortedOutcome());
        this.#tell();
      });
      const started = (): Promise<ChatOutcome> => {
        stopWatching();
        return call();
      };
      this.#queue.add(started, { priority, id }).then(resolve, reject);
    });
  }

  #tell(): void {
    if (this.#listeners.size === 0) return;
    const load = { running: this.running, waiting: this.waiting };
    for (const listener of this.#listeners) listener(load);
  }
}
