import { elementAt, numberAt } from '../core/element-at.ts';
import { type ObjectiveName, objectiveDirections } from '../domain/objective.ts';

export type Direction = 'min' | 'max';

/** One value an objective, in a fixed order; `null` is unknown. */
export type ObjectiveVector = readonly (number | null)[];

/** The directions of named objectives, in their order. */
export function directionsOf(objectives: readonly ObjectiveName[]): Direction[] {
  return objectives.map((objective) => objectiveDirections[objective]);
}

/** A measurement's values of the named objectives, in their order. */
export function vectorOf(
  measurement: Readonly<Partial<Record<ObjectiveName, number | null>>>,
  objectives: readonly ObjectiveName[],
): (number | null)[] {
  return objectives.map((objective) => measurement[objective] ?? null);
}

/**
 * The vector with every objective to be minimised (maximised ones are negated), or `null` when a value
 * is unknown. Without `directions` all are minimised already. Throws on NaN and infinities: a caller
 * that does not know a value says `null`.
 */
export function minimised(vector: ObjectiveVector, directions?: readonly Direction[]): number[] | null {
  requireLength(vector, directions);
  const result: number[] = [];
  for (let index = 0; index < vector.length; index++) {
    const value = elementAt(vector, index);
    if (value === null) return null;
    if (!Number.isFinite(value))
      throw new RangeError(`pareto: expected a finite value or null, found ${value}`);
    result.push(directions?.[index] === 'max' ? -value : value);
  }
  return result;
}

/** {@link minimised} for points that have to be complete, such as a reference point. */
export function completeMinimised(
  name: string,
  vector: ObjectiveVector,
  directions?: readonly Direction[],
): number[] {
  const result = minimised(vector, directions);
  if (result === null) throw new RangeError(`pareto: expected ${name} without unknown values, found a null`);
  return result;
}

export function requireLength(vector: ObjectiveVector, directions?: readonly Direction[]): void {
  if (directions !== undefined && directions.length !== vector.length) {
    throw new RangeError(
      `pareto: expected ${directions.length} objectives, found a vector of ${vector.length}`,
    );
  }
}

/** True when complete vectors, all minimised, stand in Pareto dominance, without checks: the hot path. */
export function dominatesMinimised(first: readonly number[], second: readonly number[]): boolean {
  let isStrict = false;
  for (let index = 0; index < first.length; index++) {
    const own = numberAt(first, index);
    const other = numberAt(second, index);
    if (own > other) return false;
    if (own < other) isStrict = true;
  }
  return isStrict;
}
