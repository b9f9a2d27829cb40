import { longWaitMs, Reminders } from '../../core/reminders.ts';
import type { FailedTry } from '../../models/limits/retry-policy.ts';

/** Says why calls wait for long, in the server's words; each model's at most once a minute. */
export class WaitNotices {
  readonly #tell: ((text: string) => void) | undefined;
  readonly #reminders = new Reminders();

  constructor(tell: ((text: string) => void) | undefined) {
    this.#tell = tell;
  }

  /** @param until when the call is tried again, in ms, as `now`. */
  waits(model: string, failed: readonly FailedTry[], now: number, until: number): void {
    const inAll = until - (failed[0]?.at ?? now);
    if (inAll <= longWaitMs || !this.#reminders.isDue(model, now)) return;
    const seconds = Math.max(1, Math.round((until - now) / 1000));
    this.#tell?.(`${model}: waiting ${seconds} s: ${failed.at(-1)?.failure.message ?? ''}`);
  }
}
