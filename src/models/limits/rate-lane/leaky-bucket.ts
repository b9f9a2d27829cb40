/**
 * What has been sent and has not yet drained at the pace allowed (the leaky bucket as a meter). Without a pace
 * it is always empty.
 */
export class LeakyBucket {
  #level = 0;
  /** When it had that level, in ms. */
  #at = 0;

  /** @param pace what drains in a minute. */
  level(pace: number | null, now: number): number {
    return pace === null ? 0 : Math.max(0, this.#level - (pace * Math.max(0, now - this.#at)) / 60_000);
  }

  /** @param amount negative where less was used than had been poured in. */
  pour(amount: number, pace: number | null, now: number): void {
    this.#level = Math.max(0, this.level(pace, now) + amount);
    this.#at = now;
  }

  empty(): void {
    this.#level = 0;
  }
}
