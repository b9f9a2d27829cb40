import PQueue from 'p-queue';
import { onAbort } from '../core/abort.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ApiError } from '../models/api-error.ts';

/** Places of requests that are answered at once, a bounded queue before them, and their end. */
export class Places {
  readonly #queue: PQueue;
  readonly #most: number;
  readonly #mostQueued: number;
  #draining = false;
  #closed = false;

  /** @param most requests answered at once @param mostQueued requests that may wait; more are told to come again */
  constructor(most: number, mostQueued: number) {
    this.#queue = new PQueue({ concurrency: most });
    this.#most = most;
    this.#mostQueued = mostQueued;
  }

  /** Whoever routes requests should send them elsewhere. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Says that there will soon be no more. */
  announceDrain(): void {
    this.#draining = true;
  }

  /** There is none for a new request from now on. */
  close(): void {
    this.#draining = true;
    this.#closed = true;
  }

  /** Resolves when nothing is under way any more. */
  idle(): Promise<void> {
    return this.#queue.onIdle();
  }

  get load(): { readonly inFlight: number; readonly queued: number } {
    return { inFlight: this.#queue.pending, queued: this.#queue.size };
  }

  /** Why a request that comes now gets neither a place nor one in the queue. */
  refusal(): ApiError | undefined {
    if (this.#closed)
      return {
        status: 503,
        code: 'draining',
        message: 'The server is shutting down; ask another',
        retryAfter: 1,
      };
    const { inFlight, queued } = this.load;
    if (queued < this.#mostQueued) return undefined;
    const message = `As many requests as may be are under way (${inFlight}) or wait (${queued}): ask again later`;
    return { status: 503, code: 'overloaded', message, retryAfter: 1 };
  }

  /**
   * Works when there is a place, unless nobody waits any more by then.
   * @param gone aborted when nobody waits for the answer.
   * @param deadline aborted when it is too late to begin.
   */
  async inTurn<Value>(
    { gone, deadline }: { readonly gone: AbortSignal; readonly deadline: AbortSignal },
    work: () => Promise<Value>,
  ): Promise<Result<Value, ApiError>> {
    const { inFlight, queued } = this.load;
    if (inFlight < this.#most && queued === 0 && !gone.aborted) return ok(await this.#queue.add(work));
    const waiting = new AbortController();
    const unwatch = [
      onAbort(gone, () => waiting.abort(clientGone)),
      onAbort(deadline, () => waiting.abort(noPlace)),
    ];
    const begin = (): Promise<Value> => {
      for (const stop of unwatch) stop();
      return work();
    };
    try {
      return ok(await this.#queue.add(begin, { signal: waiting.signal }));
    } catch (error) {
      const given = [clientGone, noPlace].find((reason) => reason === error);
      if (given === undefined) throw error;
      return err(given);
    }
  }
}

const noPlace: ApiError = {
  status: 504,
  code: 'deadline',
  message: 'No answer within the deadline: the request waited for a place all that time',
  retryAfter: 1,
};
const clientGone: ApiError = { status: 499, code: 'client_gone', message: 'Nobody waits for the answer' };
