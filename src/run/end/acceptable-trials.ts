import { acceptable, type Bounds, byNearness, keepsBounds, valuesOf } from '../../domain/bounds.ts';
import { cheapestOf, extremeOf, kneeOf } from '../../domain/named-points.ts';
import type { Trial } from '../../search/trial.ts';
import type { TrialAims } from '../../search/trial-book.ts';

/**
 * Those of the trials that meet the bounds on their tuning cells, since the end is planned before the holdout is seen;
 * where none does, all.
 */
export function acceptableTrials(trials: readonly Trial[], bounds: Bounds | undefined): readonly Trial[] {
  return acceptable(trials, bounds, valuesOf);
}

/**
 * In which order the end measures trials: where there are bounds, the first, the knee, the cheapest and the fastest of
 * those that meet them, then the others that do, then whoever comes nearest.
 *
 * @param trials best score first
 */
export function acceptableFirst(
  trials: readonly Trial[],
  { bounds, objectives }: TrialAims,
): readonly Trial[] {
  if (bounds === undefined) return trials;
  const nearer = byNearness(bounds);
  const nearest = trials.toSorted((a, b) => nearer(valuesOf(a), valuesOf(b)));
  const points = nearest
    .filter((trial) => keepsBounds(valuesOf(trial), bounds))
    .map((trial) => ({ trial, objectives: trial.estimates }));
  const named = [points[0], kneeOf(points, objectives), cheapestOf(points), extremeOf(points, 'latency')];
  return [...new Set([...named.flatMap((point) => point?.trial ?? []), ...nearest])];
}
