import { type PerQuota, type Quota, quotas } from './quota.ts';

/** Length of the window in bins of one second. */
const bins = 60;

/** Counts requests and tokens by the second in which their calls were sent, over the last minute. */
export class MinuteWindow {
  /** Second that the newest bin stands for. */
  #second = 0;
  readonly #sent: PerQuota<number[]> = {
    requests: new Array<number>(bins).fill(0),
    tokens: new Array<number>(bins).fill(0),
  };

  /** @param at when the call was sent, in ms; older than a minute counts nowhere any more. */
  add(at: number, requests: number, tokens: number, now = at): void {
    this.#advance(now);
    const second = Math.floor(at / 1000);
    if (second <= this.#second - bins || second > this.#second) return;
    const bin = second % bins;
    this.#sent.requests[bin] = (this.#sent.requests[bin] ?? 0) + requests;
    this.#sent.tokens[bin] = (this.#sent.tokens[bin] ?? 0) + tokens;
  }

  /** Sums over the last `seconds` seconds, the present one included. */
  sum(what: Quota, now: number, seconds = bins): number {
    this.#advance(now);
    let total = 0;
    for (let back = 0; back < Math.min(seconds, bins, this.#second + 1); back++) {
      total += this.#sent[what][(this.#second - back) % bins] ?? 0;
    }
    return total;
  }

  #advance(now: number): void {
    const second = Math.floor(now / 1000);
    for (let passed = Math.max(this.#second + 1, second - bins + 1); passed <= second; passed++) {
      for (const quota of quotas) this.#sent[quota][passed % bins] = 0;
    }
    this.#second = Math.max(this.#second, second);
  }
}
