import { type Bounds, keepsBounds, type Standing, standingOf, standings } from '../../domain/bounds.ts';
import { type ObjectiveName, objectiveDirections, objectiveNames } from '../../domain/objective.ts';
import { dominates } from '../../pareto/dominance.ts';
import type { RunView } from './schema.ts';

export { type Bounds, dominates, objectiveDirections, objectiveNames, type Standing, standingOf, standings };

/** What the run says to use (all commands mean the same by best); `undefined` where nothing was measured. */
export function bestOf({ front }: Pick<RunView, 'front'>): number | undefined {
  return front.marks.best ?? front.members[0];
}

/**
 * The run's best while that keeps the bounds; else of what keeps them the best score, the first of equals; `undefined`
 * where nothing keeps them.
 */
export function chosenUnder<Point>(
  points: readonly Point[],
  values: (point: Point, name: ObjectiveName) => number | null,
  bounds: Bounds,
  runsBest: Point | undefined,
): Point | undefined {
  if (runsBest !== undefined && keepsBounds((name) => values(runsBest, name), bounds)) return runsBest;
  let best: { readonly point: Point; readonly score: number } | undefined;
  for (const point of points) {
    if (!keepsBounds((name) => values(point, name), bounds)) continue;
    const score = values(point, 'score') ?? Number.NEGATIVE_INFINITY;
    if (best === undefined || score > best.score) best = { point, score };
  }
  return best?.point;
}
