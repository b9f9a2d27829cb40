import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';

export type StopCause = 'aborted' | 'timeout' | 'first-token-timeout';

/** Reason with which timers are called off. Given, since an abort without one builds an error with its stack. */
const over = Symbol('over');

/** Ends a call that its caller gives up or that takes too long, and remembers why. */
export class CallWatch {
  readonly controller = new AbortController();
  #cause: StopCause | undefined;
  readonly #firstToken = new AbortController();
  readonly #total = new AbortController();
  readonly #stopListening: () => void;

  /** @param firstTokenMs `null`: no limit, for answers that arrive in one piece. */
  constructor(clock: Clock, signal: AbortSignal | undefined, totalMs: number, firstTokenMs: number | null) {
    this.#stopListening = onAbort(signal, () => this.#stop('aborted'));
    this.#after(clock, totalMs, this.#total.signal, 'timeout');
    if (firstTokenMs !== null) {
      this.#after(clock, firstTokenMs, this.#firstToken.signal, 'first-token-timeout');
    }
  }

  /** Why the call was ended, or `undefined` while it was not. */
  get cause(): StopCause | undefined {
    return this.#cause;
  }

  gotFirstToken(): void {
    this.#firstToken.abort(over);
  }

  /** The call is over; nothing ends it any more. */
  end(): void {
    this.#stopListening();
    this.#firstToken.abort(over);
    this.#total.abort(over);
  }

  #after(clock: Clock, ms: number, cancelled: AbortSignal, cause: StopCause): void {
    clock.sleep(ms, cancelled).then(
      () => this.#stop(cause),
      () => undefined,
    );
  }

  #stop(cause: StopCause): void {
    this.#cause ??= cause;
    this.controller.abort();
  }
}
