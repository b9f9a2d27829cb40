import { numberAt } from '../core/element-at.ts';

/** Bets as shares of the largest that cannot go bankrupt. */
const bets = [0.1, 0.2, 0.4] as const;
/** Each bet on lower and on higher rewards. */
export const detectorGamblers = 2 * bets.length;
/** Rewards this much off what was expected, on the average, are no change. */
const tolerance = 0.03;
/** At least so many rewards lie between two false alarms, on the average. */
const between = 2_000;

/** For each bet and direction: what was won since the most hopeful beginning, and how many rewards ago that was. */
export type DetectorState = readonly { readonly won: number; readonly since: number }[];

/**
 * Watches whether rewards are what was expected. For every bet a gambler bets that they are lower (or higher) and
 * begins anew whenever he has less than he began with; an alarm comes when the gamblers have enough on the average
 * (an e-detector in its CUSUM form: Shin, Ramdas & Rinaldo 2024).
 */
export class ChangeDetector {
  #gamblers: { won: number; since: number }[];

  constructor(state?: DetectorState) {
    const fresh = (): { won: number; since: number } => ({ won: 1, since: 0 });
    this.#gamblers = state?.map((one) => ({ ...one })) ?? Array.from({ length: detectorGamblers }, fresh);
  }

  /**
   * @param expected what the reward was expected to be before it was known, 0..1
   * @returns on an alarm how many rewards ago the change seems to have begun, this one included; else `undefined`
   */
  take(reward: number, expected: number): number | undefined {
    let best: { won: number; since: number } | undefined;
    for (const [at, gambler] of this.#gamblers.entries()) {
      const lower = at < bets.length;
      const off = lower ? expected - reward : reward - expected;
      const worst = (lower ? 1 - expected : expected) + tolerance;
      const bet = numberAt(bets, at % bets.length);
      if (gambler.won <= 1) gambler.since = 0;
      gambler.won = Math.max(1, gambler.won) * (1 + (bet / Math.max(worst, tolerance)) * (off - tolerance));
      gambler.since++;
      if (best === undefined || gambler.won > best.won) best = gambler;
    }
    for (const from of [0, bets.length]) {
      const side = this.#gamblers.slice(from, from + bets.length);
      const mean = side.reduce((sum, { won }) => sum + won, 0) / bets.length;
      if (mean >= 2 * between) return best?.since;
    }
    return undefined;
  }

  state(): DetectorState {
    return this.#gamblers.map((gambler) => ({ ...gambler }));
  }
}
