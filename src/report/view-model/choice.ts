import { keysOf } from '../../core/records.ts';
import { type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';

export { objectiveDirections };

/** What a user can accept: at least so much score, at most so much of the others. */
export type Bounds = { readonly [Name in ObjectiveName]?: number };

/** Whether values keep all bounds; an unknown value keeps none. */
export function keepsBounds(values: (name: ObjectiveName) => number | null, bounds: Bounds): boolean {
  return keysOf(bounds).every((name) => {
    const bound = bounds[name];
    if (bound === undefined) return true;
    const value = values(name);
    if (value === null) return false;
    return objectiveDirections[name] === 'max' ? value >= bound : value <= bound;
  });
}

/** Of what keeps the bounds, the best score; the first of equals; `undefined` where nothing keeps them. */
export function chosenUnder<Point>(
  points: readonly Point[],
  values: (point: Point, name: ObjectiveName) => number | null,
  bounds: Bounds,
): Point | undefined {
  let best: { readonly point: Point; readonly score: number } | undefined;
  for (const point of points) {
    if (!keepsBounds((name) => values(point, name), bounds)) continue;
    const score = values(point, 'score') ?? Number.NEGATIVE_INFINITY;
    if (best === undefined || score > best.score) best = { point, score };
  }
  return best?.point;
}
