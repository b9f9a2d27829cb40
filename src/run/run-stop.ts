import type { Clock } from '../core/clock.ts';

/** Time for calls in flight to come home after a polite stop, in ms; simulated ones need none. */
const graceMs = 5_000;

export interface RunStopOptions {
  readonly clock: Clock;
  /** Ctrl-C, or whoever else asks for an end. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left of the run's time; absent: no limit. */
  readonly leftMs?: number;
  /** Told once of the first reason. */
  readonly onStop: (because: StopReason) => void;
}

type StopReason = 'interrupted' | 'time';

/** Whether a run was asked to stop before its work was done, and by what. */
export class RunStop {
  because: StopReason | undefined;
  readonly #clock: Clock;
  readonly #timers = new AbortController();

  constructor({ clock, signal, leftMs, onStop }: RunStopOptions) {
    this.#clock = clock;
    const stop = (because: StopReason): void => {
      if (this.because !== undefined) return;
      this.because = because;
      onStop(because);
    };
    if (signal.aborted) stop('interrupted');
    signal.addEventListener('abort', () => stop('interrupted'), { once: true, signal: this.#timers.signal });
    if (leftMs === undefined) return;
    clock.sleep(Math.max(0, leftMs), this.#timers.signal).then(
      () => stop('time'),
      () => undefined,
    );
  }

  /** Waits for what is in flight, not for long. */
  async grace(inFlight: () => number): Promise<void> {
    const end = this.#clock.now() + graceMs;
    while (this.#clock.kind === 'real' && inFlight() > 0 && this.#clock.now() < end)
      await this.#clock.sleep(25);
  }

  close(): void {
    this.#timers.abort();
  }
}
