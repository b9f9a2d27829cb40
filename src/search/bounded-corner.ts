import type { Bounds } from '../domain/bounds.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { normaliseObjective } from '../pareto/index.ts';

/**
 * The bounds on costs on the front's scales (0 ideal, 1 worthless); 1 where there is none. A bound on the score is
 * left out: what scores less is a step on the way to more, and searches that counted from it found less above it
 * (test/experiments/results.md).
 */
export function boundedCorner(objectives: readonly ObjectiveName[], bounds: Bounds = {}): readonly number[] {
  return objectives.map((name) => {
    const bound = bounds[name];
    return bound === undefined || name === 'score' ? 1 : normaliseObjective(name, bound);
  });
}

/** How far a point lies outside a corner, on its worst scale; 0: it lies inside. */
export function excessOf(point: readonly number[], corner: readonly number[]): number {
  return point.reduce((most, value, axis) => Math.max(most, value - (corner[axis] ?? 1)), 0);
}

/** Points that are not outside a corner: no others may stand beside one whose gain is asked for. */
export function insideOf(
  points: readonly (readonly number[])[],
  corner: readonly number[],
): readonly (readonly number[])[] {
  return points.filter((point) => excessOf(point, corner) === 0);
}

/**
 * The corner from which hypervolume is counted, so that only what lies inside gains: the bounds where a point meets
 * them; else the bounds moved out to the nearest point, so that what is nearer than any gains.
 */
export function reachedCorner(
  bounded: readonly number[],
  points: readonly (readonly number[])[],
): readonly number[] {
  if (points.length === 0) return bounded.map(() => 1);
  const least = Math.min(...points.map((point) => excessOf(point, bounded)));
  return bounded.map((value) => Math.min(1, value + least));
}
