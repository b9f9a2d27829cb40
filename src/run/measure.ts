import { meanInterval, unitRange } from '../core/statistics.ts';
import type { Estimate, Estimates, Measurement, ObjectiveName } from '../domain/objective.ts';
import { objectiveNames } from '../domain/task.ts';
import type { Trace } from '../moa/types.ts';

/** A cell's measurement: costs from its trace; `score` is `null` when the cell is unscored. */
export function measurementOf(trace: Trace, score: number | null): Measurement {
  return {
    score,
    latency: trace.latencyMs / 1000,
    tokens: trace.inputTokens + trace.outputTokens,
    usd: trace.usd,
  };
}

/** Mean and 95% interval of each objective over scored cells; unknown in any cell makes it unknown. */
export function estimatesOf(cells: readonly Measurement[]): Estimates {
  const estimate = (objective: ObjectiveName): Estimate => {
    const values = cells.map((cell) => cell[objective]);
    const known = values.filter((value) => value !== null);
    return known.length < values.length
      ? { mean: null, low: null, high: null }
      : meanInterval(known, 0.95, objective === 'score' ? unitRange : undefined);
  };
  return Object.fromEntries(objectiveNames.map((name) => [name, estimate(name)])) as unknown as Estimates;
}
