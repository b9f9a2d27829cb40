import { evaluatePolicies } from '../../../src/adapt/off-policy.ts';
import type { Interval } from '../../../src/core/statistics.ts';
import type { Played } from './play.ts';

/** Intervals, and those of them that held the truth. */
export interface Coverage {
  readonly robust: { intervals: number; held: number };
  readonly weighted: { intervals: number; held: number };
}

export const noCoverage = (): Coverage => ({
  robust: { intervals: 0, held: 0 },
  weighted: { intervals: 0, held: 0 },
});

/** Whether what is said of a log holds: the true mean rewards on those requests are known here. */
export function addCoverage({ decisions }: Played, into: Coverage): void {
  const log = decisions.map(({ decision, reward }) => ({ decision, value: reward }));
  for (const { policy, doublyRobust, inversePropensity } of evaluatePolicies(log).policies) {
    let [sum, count] = [0, 0];
    for (const { decision, means } of decisions) {
      const arm = policy === 'champion' ? decision.champion : decision.arms.indexOf(policy);
      if ((decision.propensities[arm] ?? 0) === 0) continue;
      sum += means[arm] as number;
      count++;
    }
    note(into.robust, doublyRobust, sum / count);
    note(into.weighted, inversePropensity, sum / count);
  }
}

function note(into: Coverage['robust'], { low, high }: Interval, truth: number): void {
  if (low === null || high === null) return;
  into.intervals++;
  if (low <= truth && truth <= high) into.held++;
}
