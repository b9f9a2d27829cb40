import { asCost, type Estimates, type ObjectiveName } from './objective.ts';

/** What points are found by. */
interface Point {
  readonly objectives: Estimates;
}

/** Fewest dollars per question; fewest tokens where any point's price is unknown. */
export function cheapestOf<Each extends Point>(points: readonly Each[]): Each | undefined {
  const priced = points.every(({ objectives }) => objectives.usd.mean !== null);
  return extremeOf(points, priced ? 'usd' : 'tokens');
}

/** The first of those that are best by one objective. */
export function extremeOf<Each extends Point>(
  points: readonly Each[],
  name: ObjectiveName,
): Each | undefined {
  let best: Each | undefined;
  for (const point of points) {
    const cost = costOf(point, name);
    if (cost !== null && (best === undefined || cost < (costOf(best, name) ?? Number.POSITIVE_INFINITY))) {
      best = point;
    }
  }
  return best;
}

/**
 * The point nearest to the ideal one, which has the best of every objective found among them, with each objective scaled
 * to 0..1 over them. Points with an unknown objective are left out; ties go to the first.
 */
export function kneeOf<Each extends Point>(
  points: readonly Each[],
  objectives: readonly ObjectiveName[],
): Each | undefined {
  const known = points.filter((point) => objectives.every((name) => costOf(point, name) !== null));
  const ranges = objectives.map((name) => {
    const costs = known.map((point) => costOf(point, name) ?? 0);
    const least = Math.min(...costs);
    return { name, least, span: Math.max(...costs) - least };
  });
  let best: { point: Each; distance: number } | undefined;
  for (const point of known) {
    const distance = Math.hypot(
      ...ranges.map(({ name, least, span }) =>
        span === 0 ? 0 : ((costOf(point, name) ?? 0) - least) / span,
      ),
    );
    if (best === undefined || distance < best.distance - 1e-12) best = { point, distance };
  }
  return best?.point;
}

const costOf = ({ objectives }: Point, name: ObjectiveName): number | null =>
  asCost(name, objectives[name].mean);
