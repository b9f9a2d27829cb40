import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import type { BelievedFront, BelievedTrial } from './believed-front.ts';
import { crowding } from './crowding.ts';
import { drawElite, eliteShare, eliteSize, memberWeight } from './parent-draw.ts';
import type { Parent } from './parent-pool.ts';
import type { TrialLog } from './surrogate/trial-log.ts';

/** Share of parents drawn from all that was measured; the rest but for the elite: the front. */
const anyShare = 0.1;

/**
 * Trials worth having children, by what is believed of them: the front, the best by score, now and then any. With
 * bounds the best and the members are those that meet them or nearly do.
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
      return front.isNear(point) ? memberWeight(score, room[index], { median, best }) : 0;
    });
  }

  get size(): number {
    return this.#any.length;
  }

  draw(rng: Rng): Parent | undefined {
    const from = rng.next();
    if (from < anyShare) return this.#parent(rng.pick(this.#any));
    if (from < anyShare + eliteShare || this.#weights.length === 0) {
      return this.#parent(drawElite(this.#elite, rng));
    }
    return this.#parent(this.#front.members[rng.weighted(this.#weights)]);
  }

  #parent(trial: BelievedTrial | undefined): Parent | undefined {
    if (trial === undefined) return undefined;
    const { id, config } = elementAt(this.#log.trials, trial.trial);
    return { id, config, worth: trial.score };
  }
}
