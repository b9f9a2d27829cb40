import type { Clock } from '../../src/core/clock.ts';

/** A clock that a test moves by hand, for real waits (sockets) whose time-outs should come on cue. */
export class ManualClock implements Clock {
  readonly kind = 'real';
  #now = 0;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { until: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  after(ms: number, fire: () => void): () => void {
    const sleeper = { until: this.#now + ms, wake: fire };
    this.#sleepers.add(sleeper);
    return () => this.#sleepers.delete(sleeper);
  }

  external<Value>(work: () => Promise<Value>): Promise<Value> {
    return work();
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
