import { hypervolume } from './hypervolume.ts';
import { completeMinimised, type Direction, minimised, type ObjectiveVector } from './vector.ts';

/**
 * Additive epsilon indicator (Zitzler et al. 2003): by how much the set has to improve in every
 * objective to be at least as good as each point of the target; <= 0 when it is already. In the
 * objectives' own units, so normalise first. Infinity for a set without complete points.
 */
export function additiveEpsilon(
  set: readonly ObjectiveVector[],
  target: readonly ObjectiveVector[],
  directions?: readonly Direction[],
): number {
  const own = complete(set, directions);
  return Math.max(
    ...targetPoints('additiveEpsilon', target, directions).map((wanted) =>
      least(own, (point) => largest(wanted, (value, axis) => (point[axis] as number) - value)),
    ),
  );
}

/**
 * IGD+ (Ishibuchi et al. 2015): mean over the target's points of the distance to the set, counting only
 * objectives in which the set is worse; 0 when every target point is matched or dominated. In the
 * objectives' own units, so normalise first. Infinity for a set without complete points.
 */
export function invertedGenerationalDistancePlus(
  set: readonly ObjectiveVector[],
  target: readonly ObjectiveVector[],
  directions?: readonly Direction[],
): number {
  const own = complete(set, directions);
  const wanted = targetPoints('invertedGenerationalDistancePlus', target, directions);
  const distances = wanted.map((goal) =>
    least(own, (point) =>
      Math.hypot(...goal.map((value, axis) => Math.max((point[axis] as number) - value, 0))),
    ),
  );
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

/** The best and the worst corner of the region that a comparison is about, in the objectives' units. */
export interface ReferenceBox {
  readonly ideal: readonly number[];
  readonly nadir: readonly number[];
}

/**
 * The smallest box around the complete points, or `null` when there are none. An objective in which all
 * are equal gets a width of 1 on its bad side, so that normalising stays defined.
 */
export function boxAround(
  points: readonly ObjectiveVector[],
  directions?: readonly Direction[],
): ReferenceBox | null {
  const known = complete(points, directions);
  const [first] = known;
  if (first === undefined) return null;
  const sign = (axis: number): number => (directions?.[axis] === 'max' ? -1 : 1);
  const ideal = first.map((_, axis) =>
    known.reduce((best, point) => Math.min(best, point[axis] as number), Infinity),
  );
  const nadir = first.map((_, axis) => {
    const worst = known.reduce((most, point) => Math.max(most, point[axis] as number), -Infinity);
    return worst > (ideal[axis] as number) ? worst : worst + 1;
  });
  return {
    ideal: ideal.map((value, axis) => value * sign(axis)),
    nadir: nadir.map((value, axis) => value * sign(axis)),
  };
}

/**
 * A vector in units of the box, to be minimised in every objective whatever its direction was: 0 at the
 * ideal corner, 1 at the nadir; outside the box it is below 0 or above 1. Unknown stays `null`. Throws
 * when the box has no width in some objective.
 */
export function normalise(
  vector: ObjectiveVector,
  box: ReferenceBox,
  directions?: readonly Direction[],
): (number | null)[] {
  const ideal = completeMinimised('an ideal corner', box.ideal, directions);
  const nadir = completeMinimised('a nadir corner', box.nadir, directions);
  if (vector.length !== ideal.length || ideal.length !== nadir.length) {
    throw new RangeError(`normalise: expected ${ideal.length} objectives, found ${vector.length}`);
  }
  return vector.map((value, axis) => {
    const best = ideal[axis] as number;
    const width = (nadir[axis] as number) - best;
    if (!(width > 0)) {
      throw new RangeError(
        `normalise: expected a nadir worse than the ideal in objective ${axis}, found ${width}`,
      );
    }
    if (value === null) return null;
    return ((directions?.[axis] === 'max' ? -value : value) - best) / width;
  });
}

/**
 * The share of the box that the points dominate, 0..1. Points beyond the ideal corner count as far as
 * the box goes.
 */
export function normalisedHypervolume(
  points: readonly ObjectiveVector[],
  box: ReferenceBox,
  directions?: readonly Direction[],
): number {
  const inBox = points.map((point) =>
    normalise(point, box, directions).map((value) => (value === null ? null : Math.max(value, 0))),
  );
  return Math.min(
    1,
    hypervolume(
      inBox,
      box.ideal.map(() => 1),
    ),
  );
}

function complete(vectors: readonly ObjectiveVector[], directions?: readonly Direction[]): number[][] {
  return vectors.map((vector) => minimised(vector, directions)).filter((point) => point !== null);
}

function targetPoints(
  name: string,
  target: readonly ObjectiveVector[],
  directions?: readonly Direction[],
): number[][] {
  if (target.length === 0) throw new RangeError(`${name}: expected a target with points, found none`);
  return target.map((vector) => completeMinimised('target points', vector, directions));
}

function least(points: readonly number[][], measure: (point: readonly number[]) => number): number {
  return points.reduce((best, point) => Math.min(best, measure(point)), Number.POSITIVE_INFINITY);
}

function largest(point: readonly number[], measure: (value: number, axis: number) => number): number {
  return point.reduce((most, value, axis) => Math.max(most, measure(value, axis)), Number.NEGATIVE_INFINITY);
}
