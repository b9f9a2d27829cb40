/** A bucket's content, as plain data. */
export interface LeakyBucketState {
  level: number;
  /** When it had that level, in ms. */
  at: number;
}

/**
 * What has been sent and has not yet drained at the pace allowed (the leaky bucket as a meter). Without a pace
 * it is always empty.
 */
export class LeakyBucket {
  readonly state: LeakyBucketState;

  constructor(state: LeakyBucketState = { level: 0, at: 0 }) {
    this.state = state;
  }

  /** @param pace what drains in a minute. */
  level(pace: number | null, now: number): number {
    const { level, at } = this.state;
    return pace === null ? 0 : Math.max(0, level - (pace * Math.max(0, now - at)) / 60_000);
  }

  /** @param amount negative where less was used than had been poured in. */
  pour(amount: number, pace: number | null, now: number): void {
    this.state.level = Math.max(0, this.level(pace, now) + amount);
    this.state.at = now;
  }

  empty(): void {
    this.state.level = 0;
  }
}
