import { numberAt } from '../core/element-at.ts';
import { completeMinimised, type Direction, minimised, type ObjectiveVector } from './vector.ts';

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
      Math.hypot(...goal.map((value, axis) => Math.max(numberAt(point, axis) - value, 0))),
    ),
  );
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
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
