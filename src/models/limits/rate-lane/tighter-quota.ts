import { type PerQuota, type Quota, quotas } from './quota.ts';

/**
 * Which of the two quotas a server refuses calls for, where it does not say: the one that was used by the same
 * amount in the minute before each refusal.
 */
export class TighterQuota {
  /** The minute before the last refusal that was compared. */
  #mark: ({ at: number } & PerQuota<number>) | null = null;
  /** By how much that varies from refusal to refusal: smoothed absolute difference of logarithms. */
  readonly #spread: PerQuota<number> = { requests: 0, tokens: 0 };

  /** A call was refused. @param lastMinute what had been used in the minute before. */
  refused(lastMinute: PerQuota<number>, now: number): void {
    const mark = this.#mark;
    // Minutes that overlap are alike anyway.
    if (mark !== null && now - mark.at < 60_000) return;
    if (lastMinute.requests === 0 || lastMinute.tokens === 0) return;
    this.#mark = { at: now, ...lastMinute };
    if (mark === null) return;
    for (const quota of quotas) {
      const change = Math.abs(Math.log(lastMinute[quota] / mark[quota]));
      this.#spread[quota] += (change - this.#spread[quota]) / 3;
    }
  }

  /** @param limits those that are known. @param lastMinute what was used in it. */
  now(limits: PerQuota<number | null>, lastMinute: PerQuota<number>): Quota {
    const { requests, tokens } = limits;
    if (requests !== null && tokens !== null)
      return lastMinute.tokens / tokens > lastMinute.requests / requests ? 'tokens' : 'requests';
    if (requests !== null) return 'requests';
    if (tokens !== null) return 'tokens';
    return this.#spread.tokens < 0.7 * this.#spread.requests ? 'tokens' : 'requests';
  }
}
