import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { abortedFailure, callFailure } from './abort.ts';
import type { CallFailure } from './chat-model.ts';

/** That a call may be given, in seconds: a day. */
export const longestCallTimeout = 86_400;

type StopCause = 'aborted' | 'timeout' | 'first-token-timeout';

/** Ends a call that its caller gives up or that takes too long, and remembers why. */
export class CallWatch {
  readonly controller = new AbortController();
  #cause: StopCause | undefined;
  readonly #totalMs: number;
  readonly #firstTokenMs: number | null;
  readonly #stopWaiting: () => void;
  readonly #stopWaitingForFirstToken: () => void;
  readonly #stopListening: () => void;

  /** @param firstTokenMs `null`: no limit, for answers that arrive in one piece. */
  constructor(clock: Clock, signal: AbortSignal | undefined, totalMs: number, firstTokenMs: number | null) {
    this.#totalMs = totalMs;
    this.#firstTokenMs = firstTokenMs;
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
    const [what, limitMs] =
      cause === 'timeout'
        ? ['no whole answer', this.#totalMs]
        : ['no first token', this.#firstTokenMs ?? this.#totalMs];
    const message = `${what} within ${limitMs / 1000} s (--call-timeout raises it)`;
    return callFailure('infrastructure', cause, message, { serviceMs });
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
