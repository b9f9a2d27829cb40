import {
  type AdaptDecision,
  type ArmCandidate,
  Learner,
  type LearnerOptions,
} from '../../../src/adapt/learner.ts';
import type { Rng } from '../../../src/core/rng.ts';
import type { SimulatedRequest, World } from './traffic.ts';

/** A way to pick arms. */
export interface Policy {
  /** @returns an index among the world's arms, and what is to be remembered until the reward is known. */
  choose(request: SimulatedRequest, number: number): { arm: number; decision?: AdaptDecision };
  reward(chosen: { arm: number; decision?: AdaptDecision }, value: number): void;
}

export type PolicyMaker = (world: World, candidates: readonly ArmCandidate[], rng: Rng) => Policy;

const nothing = (): void => undefined;
const bestOf = (arms: readonly number[], worth: (arm: number) => number): number =>
  arms.reduce((best, arm) => (worth(arm) > worth(best) ? arm : best));

/** An arm of which no run knows anything. */
export const knowingNothing = ({ id }: ArmCandidate): ArmCandidate => ({
  id,
  prior: { mean: 0.5, variance: 0.2 },
});

/** Ours. */
export const learner =
  (
    options: LearnerOptions = {},
    priorOf: (candidate: ArmCandidate) => ArmCandidate = (known) => known,
  ): PolicyMaker =>
  (_, candidates, rng) => {
    const learned = new Learner(options);
    const known = candidates.map(priorOf);
    return {
      choose({ features, fitting }, number) {
        const decision = learned.decide(
          features,
          fitting.map((arm) => known[arm] as ArmCandidate),
          rng.derive(number),
        );
        return { arm: fitting[decision.chosen] as number, decision };
      },
      reward({ decision }, value) {
        if (decision !== undefined) learned.reward(decision, value);
      },
    };
  };

/** The member that a whole traffic would have been served best by, known only afterwards. */
export const fixedBest: PolicyMaker = ({ arms }) => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const worth = arms.map(({ before, after }) => mean(before) + mean(after));
  return {
    choose: ({ fitting }) => ({ arm: bestOf(fitting, (arm) => worth[arm] as number) }),
    reward: nothing,
  };
};

/** What the run put first, for ever. */
export const asTuned: PolicyMaker = () => ({
  choose: ({ fitting }) => ({ arm: fitting[0] as number }),
  reward: nothing,
});

export const oracle: PolicyMaker = () => ({
  choose: ({ fitting, means }) => ({ arm: bestOf(fitting, (arm) => means[arm] as number) }),
  reward: nothing,
});

class Means {
  readonly counts: number[];
  readonly sums: number[];

  /** @param worth observations that each prior counts as */
  constructor(candidates: readonly ArmCandidate[], worth: number) {
    this.counts = candidates.map(() => worth);
    this.sums = candidates.map(({ prior }) => worth * prior.mean);
  }

  of(arm: number): number {
    const count = this.counts[arm] as number;
    return count === 0 ? 0.5 : (this.sums[arm] as number) / count;
  }

  add(arm: number, value: number): void {
    (this.counts[arm] as number)++;
    (this.sums[arm] as number) += value;
  }
}

/** The highest mean so far, and a share of the requests any arm. Begins with the run's estimates. */
export const epsilonGreedy =
  (epsilon: number, worth = 20): PolicyMaker =>
  (_, candidates, rng) => {
    const means = new Means(candidates, worth);
    return {
      choose: ({ fitting }) => ({
        arm: rng.next() < epsilon ? rng.pick(fitting) : bestOf(fitting, (arm) => means.of(arm)),
      }),
      reward: ({ arm }, value) => means.add(arm, value),
    };
  };

/**
 * Track-and-stop (Garivier & Kaufmann 2016) for rewards of variance 1/4: pulls arms in the shares that tell the
 * best from the others soonest, until that is sure to 95%, and then keeps to it.
 */
export const trackAndStop: PolicyMaker = (_, candidates) => {
  const means = new Means(candidates, 0);
  let stopped = false;
  let pulls = 0;
  let shares: number[] = [];
  const all = [...candidates.keys()];
  return {
    choose({ fitting }) {
      const best = bestOf(fitting, (arm) => means.of(arm));
      if (stopped) return { arm: best };
      const scarce = bestOf(fitting, (arm) => -(means.counts[arm] as number));
      if ((means.counts[scarce] as number) < Math.sqrt(pulls) - all.length / 2 || means.counts[scarce] === 0)
        return { arm: scarce };
      if (pulls % 20 === 0 || shares.length === 0) shares = trackedShares(all.map((arm) => means.of(arm)));
      return {
        arm: bestOf(fitting, (arm) => pulls * (shares[arm] as number) - (means.counts[arm] as number)),
      };
    },
    reward({ arm }, value) {
      means.add(arm, value);
      pulls++;
      const best = bestOf(all, (one) => means.of(one));
      const evidence = all
        .filter((other) => other !== best)
        .map((other) => {
          const [n, m] = [means.counts[best] as number, means.counts[other] as number];
          return n + m === 0
            ? 0
            : (((n * m) / (n + m)) * (means.of(best) - means.of(other)) ** 2) / (2 * 0.25);
        });
      if (Math.min(...evidence) > Math.log((1 + Math.log(pulls)) / 0.05)) stopped = true;
    },
  };
};

/** The shares of pulls under which the hardest comparison with the best gets as much evidence as it can. */
function trackedShares(means: readonly number[]): number[] {
  const best = means.indexOf(Math.max(...means));
  const gaps = means.map((value) => Math.max(0.01, (means[best] as number) - value) ** 2 / 2);
  const others = [...means.keys()].filter((arm) => arm !== best);
  let low = 0;
  let high = Math.min(...others.map((arm) => gaps[arm] as number));
  const at = (y: number, arm: number): number => y / ((gaps[arm] as number) - y);
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (others.reduce((sum, arm) => sum + at(middle, arm) ** 2, 0) < 1) low = middle;
    else high = middle;
  }
  const weights = means.map((_, arm) => (arm === best ? 1 : at(low, arm)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
