import { numberAt } from '../core/element-at.ts';
import { type Interval, meanInterval } from '../core/statistics.ts';
import type { AdaptDecision } from './learner.ts';

/** A decision whose answer somebody valued, 0..1. */
export interface ValuedDecision {
  readonly decision: AdaptDecision;
  readonly value: number;
}

/** What a way to choose would have earned on the requests where it could have been tried. */
export interface PolicyValue {
  /** An arm's id for "always this one", or `champion`: what is held for the best, never exploring. */
  readonly policy: string;
  /** Decisions in which it had a chance. */
  readonly decisions: number;
  /** Those in which it was followed. */
  readonly followed: number;
  /** Inverse propensity weighting, self-normalised: of answers that were given alone, and wide. */
  readonly inversePropensity: Interval;
  /** Doubly robust: with what the learner expected, whose errors the propensities make good; narrower. */
  readonly doublyRobust: Interval;
}

export interface Evaluation {
  /** Mean value of what was served. */
  readonly served: Interval;
  readonly decisions: number;
  readonly policies: readonly PolicyValue[];
}

/** Fewer answers than this give no interval: it would promise more than it holds. */
const leastFollowed = 20;

/**
 * Values, with 95% intervals, of ways to choose that were not served throughout, from a log of decisions with
 * propensities (Dudík, Langford & Li 2011). Each speaks of the logged requests on which it had a chance.
 */
export function evaluatePolicies(log: readonly ValuedDecision[]): Evaluation {
  const arms = [...new Set(log.flatMap(({ decision }) => decision.arms))].sort();
  const values = log.map(({ value }) => value);
  const always = arms.map((id) => policyValue(id, log, ({ arms }) => arms.indexOf(id)));
  return {
    served: intervalOf(values, values.length),
    decisions: log.length,
    policies: [policyValue('champion', log, ({ champion }) => champion), ...always],
  };
}

/** @param answers those that were given and valued */
function intervalOf(values: readonly number[], answers: number): Interval {
  const interval = meanInterval(values);
  return answers < leastFollowed ? { ...interval, low: null, high: null } : interval;
}

/** @param armOf index of the arm that the policy takes, -1 where it cannot */
function policyValue(
  policy: string,
  log: readonly ValuedDecision[],
  armOf: (decision: AdaptDecision) => number,
): PolicyValue {
  const weights: number[] = [];
  const worth: number[] = [];
  const robust: number[] = [];
  let followed = 0;
  for (const { decision, value } of log) {
    const arm = armOf(decision);
    const chance = decision.propensities[arm] ?? 0;
    if (chance === 0) continue;
    const follows = decision.chosen === arm;
    if (follows) followed++;
    const expected = numberAt(decision.expected, arm);
    weights.push(follows ? 1 / chance : 0);
    worth.push(value);
    robust.push(expected + (follows ? (value - expected) / chance : 0));
  }
  const interval = (values: readonly number[]): Interval => intervalOf(values, followed);
  return {
    ...{ policy, followed, decisions: robust.length },
    inversePropensity: followed === 0 ? interval([]) : interval(selfNormalised(weights, worth)),
    doublyRobust: interval(robust),
  };
}

/**
 * Numbers whose mean is the weighted mean of the values, and whose spread is that of it to first order: weights that
 * are large by chance then move the mean less than they move a sum.
 */
function selfNormalised(weights: readonly number[], values: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = weights.reduce((sum, weight, at) => sum + weight * numberAt(values, at), 0) / total;
  return weights.map(
    (weight, at) => mean + ((weights.length * weight) / total) * (numberAt(values, at) - mean),
  );
}
