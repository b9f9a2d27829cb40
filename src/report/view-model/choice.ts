import { type Bounds, keepsBounds, type Standing, standingOf, standings } from '../../domain/bounds.ts';
import { type ObjectiveName, objectiveDirections } from '../../domain/objective.ts';

export { type Bounds, objectiveDirections, type Standing, standingOf, standings };

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
