import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import type { BelievedFront, BelievedTrial } from './believed-front.ts';
import { crowding } from './crowding.ts';
import type { Parent } from './parent-pool.ts';
import type { TrialLog } from './surrogate/trial-log.ts';

/** Shares of parents drawn from the best by score and from all that was measured; the rest: the front. */
const eliteShare = 0.4;
const anyShare = 0.1;
/** Trials with the best scores that count as elite, and how fast their chance falls with their place. */
const eliteSize = 24;
const eliteDecay = 0.85;

/**
 * Trials worth having children, by what is believed of them: the front, the best by score, now and then any. Members
 * of the front are drawn by how far their score stands above the median and by the room around them. With bounds the
 * best and the members are those that meet them or nearly do.
 */
export class BelievedParents {
  readonly #front: BelievedFront;
  readonly #log: TrialLog;
  /** Those that lost a race only while nothing has finished. */
  readonly #any: readonly BelievedTrial[];
  readonly #elite: readonly BelievedTrial[];
  readonly #weights: readonly number[];

  constructor(front: BelievedFront, log: TrialLog) {
    this.#front = front;
    this.#log = log;
    const whole = front.trials.filter(({ entry }) => !entry.dropped);
    this.#any = whole.length === 0 ? front.trials : whole;
    const near = this.#any.filter(({ point }) => front.isNear(point));
    const sorted = near.sort((a, b) => b.score - a.score || a.trial - b.trial);
    this.#elite = sorted.slice(0, eliteSize);
    const median = sorted[Math.floor(sorted.length / 2)]?.score ?? 0;
    const best = sorted[0]?.score ?? 0;
    const room = crowding(front.members.map(({ point }) => point));
    this.#weights = front.members.map(({ score, point }, index) => {
      if (!front.isNear(point)) return 0;
      const above = best > median ? Math.max(0, (score - median) / (best - median)) : 1;
      return (0.02 + above ** 2) * (0.5 + Math.min(1, room[index] ?? 0));
    });
  }

  get size(): number {
    return this.#any.length;
  }

  draw(rng: Rng): Parent | undefined {
    const from = rng.next();
    if (from < anyShare) return this.#parent(rng.pick(this.#any));
    if (from < anyShare + eliteShare || this.#weights.length === 0) {
      return this.#parent(this.#elite[rng.weighted(this.#elite.map((_, rank) => eliteDecay ** rank))]);
    }
    return this.#parent(this.#front.members[rng.weighted(this.#weights)]);
  }

  #parent(trial: BelievedTrial | undefined): Parent | undefined {
    if (trial === undefined) return undefined;
    const { id, config } = elementAt(this.#log.trials, trial.trial);
    return { id, config, worth: trial.score };
  }
}
