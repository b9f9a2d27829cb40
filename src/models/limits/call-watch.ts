import { onAbort } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { abortedFailure, callFailure } from '../abort.ts';
import type { CallFailure } from '../chat-model.ts';

/** That a call may be given, in seconds: a day. */
export const longestCallTimeout = 86_400;

type StopCause = 'aborted' | 'timeout' | 'first-token-timeout';

/** So long is waited for what follows an answer's end, normally the usage and a word that nothing follows, in ms. */
const afterEndMs = 10_000;

/** Ends a call that its caller gives up or that takes too long, and remembers why. */
export class CallWatch {
  readonly controller = new AbortController();
  #cause: StopCause | undefined;
  #endedAt: number | 'never' | undefined;
  /** Since the end was last told. */
  #hasToken = false;
  #stopWaitingForMore: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #totalMs: number;
  readonly #firstTokenMs: number | null;
  readonly #stopWaiting: () => void;
  readonly #stopWaitingForFirstToken: () => void;
  readonly #stopListening: () => void;

  /** @param firstTokenMs `null`: no limit, for answers that arrive in one piece. */
  constructor(clock: Clock, signal: AbortSignal | undefined, totalMs: number, firstTokenMs: number | null) {
    this.#clock = clock;
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

  /** When the answer ended, by the clock; `undefined` while that is not known. */
  get endedAt(): number | undefined {
    return this.#endedAt === 'never' ? undefined : this.#endedAt;
  }

  /** The failure of the call that was ended; `undefined` while it was not, and where its answer was whole by then. */
  failure(serviceMs: number): CallFailure | undefined {
    const cause = this.#cause;
    if (cause === undefined) return undefined;
    if (cause === 'aborted') return abortedFailure(serviceMs);
    if (this.endedAt !== undefined) return undefined;
    const [what, limitMs] =
      cause === 'timeout'
        ? ['no whole answer', this.#totalMs]
        : ['no first token', this.#firstTokenMs ?? this.#totalMs];
    const message = `${what} within ${limitMs / 1000} s (--call-timeout raises it)`;
    return callFailure('infrastructure', cause, message, { serviceMs });
  }

  gotToken(): void {
    this.#stopWaitingForFirstToken();
    this.#hasToken = true;
    if (this.#endedAt === undefined) return;
    // Some servers say with each piece that it is the last.
    this.#endedAt = 'never';
    this.#stopWaitingForMore();
  }

  /**
   * The answer has said that it is whole. Of a server that says so with each piece, that is true with a chunk of usage
   * and no token.
   * @param hasUsage the chunk just read
   */
  gotEnd(hasUsage: boolean): void {
    const hasToken = this.#hasToken;
    this.#hasToken = false;
    if (this.#endedAt === 'never' ? hasToken || !hasUsage : this.#endedAt !== undefined) return;
    this.#endedAt = this.#clock.now();
    this.#stopWaitingForMore = this.#clock.after(afterEndMs, () => this.#stop('timeout'));
  }

  /** The call is over; nothing ends it any more. */
  end(): void {
    this.#stopListening();
    this.#stopWaitingForFirstToken();
    this.#stopWaiting();
    this.#stopWaitingForMore();
  }

  #stop(cause: StopCause): void {
    this.#cause ??= cause;
    this.controller.abort();
  }
}
