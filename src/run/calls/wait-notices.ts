import type { FailedTry } from '../../models/limits/retry-policy.ts';

/** Whoever waits longer than this is told why, and again after a minute; in ms. */
const longWaitMs = 10_000;
const tellAgainMs = 60_000;

/** Says why calls wait for long, in the server's words; each model's at most once a minute. */
export class WaitNotices {
  readonly #tell: ((text: string) => void) | undefined;
  readonly #told = new Map<string, number>();

  constructor(tell: ((text: string) => void) | undefined) {
    this.#tell = tell;
  }

  /** @param until when the call is tried again, in ms, as `now`. */
  waits(model: string, failed: readonly FailedTry[], now: number, until: number): void {
    const inAll = until - (failed[0]?.at ?? now);
    const told = this.#told.get(model) ?? Number.NEGATIVE_INFINITY;
    if (inAll <= longWaitMs || now - told < tellAgainMs) return;
    this.#told.set(model, now);
    const seconds = Math.max(1, Math.round((until - now) / 1000));
    this.#tell?.(`${model}: waiting ${seconds} s: ${failed.at(-1)?.failure.message ?? ''}`);
  }
}
