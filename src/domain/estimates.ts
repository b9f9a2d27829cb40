import { recordOf } from '../core/records.ts';
import { meanInterval, unitRange } from '../core/statistics.ts';
import {
  type Estimate,
  type Estimates,
  type Measurement,
  type ObjectiveName,
  objectiveNames,
} from './objective.ts';

/**
 * Mean and 95% interval of each objective over scored cells; unknown in any cell makes it unknown. No end is where no
 * value can be: one answer of a minute among thirty of a second would let latency begin below 0.
 */
export function estimatesOf(cells: readonly Measurement[]): Estimates {
  const estimate = (objective: ObjectiveName): Estimate => {
    const values = cells.map((cell) => cell[objective]);
    const known = values.filter((value) => value !== null);
    if (known.length < values.length) return { mean: null, low: null, high: null };
    if (objective === 'score') return meanInterval(known, 0.95, unitRange);
    const { mean, low, high } = meanInterval(known);
    return { mean, low: notNegative(low), high };
  };
  return recordOf(objectiveNames, estimate);
}

/**
 * What mixtune told of the same scores up to 0.2.0: Student's t alone, cut to what scores can be. Locks of then claim it.
 */
export function earlierScoreEstimate(scores: readonly number[]): Estimate {
  if (scores.every((score) => score === scores[0])) return meanInterval(scores, 0.95, unitRange);
  const { mean, low, high } = meanInterval(scores);
  return { mean, low: notNegative(low), high: high === null ? null : Math.min(1, high) };
}

/** The lower end of an estimate: nothing that is measured is below 0. */
export const notNegative = (low: number | null): number | null => (low === null ? null : Math.max(0, low));

/** The means alone; `null` where unknown. */
export function meansOf({ score, latency, tokens, usd }: Estimates): Measurement {
  return { score: score.mean, latency: latency.mean, tokens: tokens.mean, usd: usd.mean };
}
