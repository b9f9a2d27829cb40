import { drawBeta } from '../../core/beta.ts';
import type { Rng } from '../../core/rng.ts';

/** What an arm has earned, with older experience counting for less. */
interface ArmRecord {
  /** Sum of rewards, and of what was missing from them to 1. */
  readonly wins: number;
  readonly losses: number;
  /** Sum of costs in units of the average pull's, and how many pulls they are of. */
  readonly cost: number;
  readonly pulls: number;
  /** Number of the credit, over all arms, up to which age is taken into account. */
  readonly at: number;
}

/** Pulls that what is believed before anything is known counts as. */
const priorPulls = 6;
/** Weight of all earlier experience after each further credit: what paid early need not pay late. */
const discount = 0.995;
const costliest = 4;
const fresh: ArmRecord = { wins: 0, losses: 0, cost: 0, pulls: 0, at: 0 };

/**
 * Cost-aware Thompson sampling (after Xia et al. 2015, Budgeted Thompson Sampling) over named arms: draws a
 * plausible reward for each and divides it by the arm's cost. Credits fade, so that arms are tried again.
 */
export class Arms {
  readonly #prior: (arm: string) => number;
  readonly #arms = new Map<string, ArmRecord>();
  #credits = 0;
  #typicalCost = 0;

  /** @param prior what one pull of an arm is believed to earn before anything is known of it, 0..1 */
  constructor(prior: (arm: string) => number) {
    this.#prior = prior;
  }

  /** Average cost of a pull, in tokens; 0 before the first. */
  get typicalCost(): number {
    return this.#typicalCost;
  }

  /** A plausible reward per cost of an arm. */
  sample(arm: string, rng: Rng): number {
    const { wins, losses, cost, pulls } = this.#now(arm);
    const mean = this.#believed(arm);
    const reward = drawBeta(priorPulls * mean + wins, priorPulls * (1 - mean) + losses, rng);
    const price = (priorPulls + cost) / (priorPulls + pulls);
    return reward / Math.min(costliest, Math.max(1 / costliest, price));
  }

  /** What a pull of an arm is expected to earn, at the cost of an average one: 0..1. */
  mean(arm: string): number {
    const { wins, losses } = this.#now(arm);
    return (priorPulls * this.#believed(arm) + wins) / (priorPulls + wins + losses);
  }

  /** The arm whose sample is largest. @param arms at least one */
  draw<Arm extends string>(arms: readonly [Arm, ...Arm[]], rng: Rng): Arm {
    let best = arms[0];
    let most = Number.NEGATIVE_INFINITY;
    for (const arm of arms) {
      const value = this.sample(arm, rng);
      if (value > most) [best, most] = [arm, value];
    }
    return best;
  }

  /** @param reward 0..1. @param tokens what the pull cost. */
  credit(arms: readonly string[], reward: number, tokens: number): void {
    if (arms.length === 0) return;
    this.#credits++;
    // The first pulls set the scale, later ones move it slowly.
    const step = Math.max(0.02, 1 / this.#credits);
    this.#typicalCost += step * (tokens - this.#typicalCost);
    const cost = this.#typicalCost > 0 ? Math.min(costliest, tokens / this.#typicalCost) : 1;
    for (const arm of arms) {
      const { wins, losses, cost: spent, pulls } = this.#now(arm);
      this.#arms.set(arm, {
        wins: wins + reward,
        losses: losses + 1 - reward,
        cost: spent + cost,
        pulls: pulls + 1,
        at: this.#credits,
      });
    }
  }

  #believed(arm: string): number {
    return Math.min(0.95, Math.max(0.01, this.#prior(arm)));
  }

  #now(arm: string): ArmRecord {
    const { wins, losses, cost, pulls, at } = this.#arms.get(arm) ?? fresh;
    const kept = discount ** (this.#credits - at);
    return {
      wins: wins * kept,
      losses: losses * kept,
      cost: cost * kept,
      pulls: pulls * kept,
      at: this.#credits,
    };
  }
}
