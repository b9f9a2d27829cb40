import type { ConfigId } from '../../domain/moa-config.ts';
import type { KnownFront } from '../known-front.ts';
import type { TrialReport } from '../strategy.ts';

/** So many of the newest gains a new one is compared with. */
const remembered = 32;

export interface Reward {
  /** 0: the front gained nothing; else from a half to 1, by how the gain compares with those before. */
  readonly reward: number;
  /** {@link cellTokens} */
  readonly tokens: number;
}

/** What a trial's cells cost, shared calls included. */
export function cellTokens({ estimates, cells }: Pick<TrialReport, 'estimates' | 'cells'>): number {
  return (estimates.tokens.mean ?? 0) * cells.length;
}

/**
 * Rewards trials for what they add to the front. Gains shrink by orders of magnitude as a search goes on, so
 * they are ranked among recent ones. Told again, a trial only moves on the front: its operators were rewarded.
 */
export class Rewards {
  readonly #front: KnownFront;
  readonly #told = new Set<ConfigId>();
  readonly #gains: number[] = [];

  constructor(front: KnownFront) {
    this.#front = front;
  }

  /** Puts a trial on the front; its reward when it is told for the first time. */
  take(report: TrialReport): Reward | undefined {
    const isFirst = !this.#told.has(report.id);
    this.#told.add(report.id);
    const counts = report.status === 'finished';
    const gain = isFirst && counts ? this.#front.gainOf(report.estimates) : 0;
    if (counts) this.#front.insert(report.id, report.estimates);
    if (!isFirst) return undefined;
    return { reward: this.#ranked(gain), tokens: cellTokens(report) };
  }

  #ranked(gain: number): number {
    if (gain <= 0) return 0;
    const below = this.#gains.filter((other) => other < gain).length;
    const rank = this.#gains.length === 0 ? 0.5 : below / this.#gains.length;
    this.#gains.push(gain);
    if (this.#gains.length > remembered) this.#gains.shift();
    return 0.5 + 0.5 * rank;
  }
}
