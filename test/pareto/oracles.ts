/** Slow, plain versions of what src/pareto does, to compare with. All objectives are minimised. */

export function naiveDominates(first: readonly number[], second: readonly number[]): boolean {
  return (
    first.every((value, axis) => value <= (second[axis] ?? Number.NaN)) &&
    first.some((value, axis) => value < (second[axis] ?? Number.NaN))
  );
}

/** Indices of the points that no other point dominates, by comparing all pairs. */
export function naiveFront(points: readonly (readonly number[])[]): number[] {
  return points.flatMap((point, index) =>
    points.some((other) => naiveDominates(other, point)) ? [] : [index],
  );
}

/** Hypervolume as the alternating sum over all subsets' intersections: 2^n terms. */
export function inclusionExclusion(
  points: readonly (readonly number[])[],
  reference: readonly number[],
): number {
  let total = 0;
  for (let subset = 1; subset < 1 << points.length; subset++) {
    const chosen = points.filter((_, index) => (subset >> index) & 1);
    const sides = reference.map((edge, axis) =>
      Math.max(0, edge - Math.max(...chosen.map((point) => point[axis] ?? Number.NaN))),
    );
    const volume = sides.reduce((product, side) => product * side, 1);
    total += chosen.length % 2 === 1 ? volume : -volume;
  }
  return total;
}

/** Hypervolume of integer points, by counting the unit cells of the grid [0, edge)^d that they dominate. */
export function gridCount(points: readonly (readonly number[])[], edge: number, dimensions: number): number {
  let count = 0;
  for (let cell = 0; cell < edge ** dimensions; cell++) {
    const corner = Array.from({ length: dimensions }, (_, axis) => Math.floor(cell / edge ** axis) % edge);
    if (points.some((point) => point.every((value, axis) => value <= (corner[axis] ?? Number.NaN)))) count++;
  }
  return count;
}
