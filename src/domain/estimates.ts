import { recordOf } from '../core/records.ts';
import { meanInterval, unitRange } from '../core/statistics.ts';
import type { Estimate, Estimates, Measurement, ObjectiveName } from './objective.ts';
import { objectiveNames } from './task.ts';

/** Mean and 95% interval of each objective over scored cells; unknown in any cell makes it unknown. */
export function estimatesOf(cells: readonly Measurement[]): Estimates {
  const estimate = (objective: ObjectiveName): Estimate => {
    const values = cells.map((cell) => cell[objective]);
    const known = values.filter((value) => value !== null);
    return known.length < values.length
      ? { mean: null, low: null, high: null }
      : meanInterval(known, 0.95, objective === 'score' ? unitRange : undefined);
  };
  return recordOf(objectiveNames, estimate);
}

/** The means alone; `null` where unknown. */
export function meansOf({ score, latency, tokens, usd }: Estimates): Measurement {
  return { score: score.mean, latency: latency.mean, tokens: tokens.mean, usd: usd.mean };
}
