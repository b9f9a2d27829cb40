import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { abortedFailure, callFailure } from './abort.ts';
import type { CallFailure } from './chat-model.ts';

type StopCause = 'aborted' | 'timeout' | 'first-token-timeout';

/** Ends a call that its caller gives up or that takes too long, and remembers why. */
export class CallWatch {
  readonly controller = new AbortController();
  #cause: StopCause | undefined;
  readonly #stopWaiting: () => void;
  readonly #stopWaitingForFirstToken: () => void;
  readonly #stopListening: () => void;

  /** @param firstTokenMs `null`: no limit, for answers that arrive in one piece. */
  constructor(clock: Clock, signal: AbortSignal | undefined, totalMs: number, firstTokenMs: number | null) {
    this.#stopListening = onAbort(signal, () => this.#stop('aborted'));
    this.#stopWaiting = clock.after(totalMs, () => this.#stop('timeout'));
    this.#stopWaitingForFirstToken =
      firstTokenMs === null
        ? () => undefined
        : clock.after(firstTokenMs, () => this.#stop('first-token-timeout'));
  }

  /** Why the call was ended, or `undefined` while it was not. */
  get cause(): StopCause | undefined {
    return this.#cause;
  }

  /** The failure of the call that was ended; `undefined` while it was not. */
  failure(serviceMs: number): CallFailure | undefined {
    const cause = this.#cause;
    if (cause === undefined) return undefined;
    if (cause === 'aborted') return abortedFailure(serviceMs);
    const what = cause === 'timeout' ? 'the answer was not finished' : 'the first token did not come';
    return callFailure('infrastructure', cause, `${what} in time`, { serviceMs });
  }

  gotFirstToken(): void {
    this.#stopWaitingForFirstToken();
  }

  /** The call is over; nothing ends it any more. */
  end(): void {
    this.#stopListening();
    this.#stopWaitingForFirstToken();
    this.#stopWaiting();
  }

  #stop(cause: StopCause): void {
    this.#cause ??= cause;
    this.controller.abort();
  }
}
