import { elementAt, numberAt } from '../core/element-at.ts';
import { float64At } from '../core/linear.ts';
import { RankSet } from './rank-set.ts';
import {
  completeMinimised,
  type Direction,
  dominatesMinimised,
  minimised,
  type ObjectiveVector,
} from './vector.ts';

type Point = readonly number[];

/**
 * Exact hypervolume: the volume of what the points dominate, up to the reference point (Zitzler &
 * Thiele 1998). Points that are not better than the reference in every objective, and points with an
 * unknown value, add nothing; dominated and repeated points may be given.
 *
 * Time for n points: O(n log n) in up to three dimensions, O(n² log n) in four; more are possible and
 * exponential in their number.
 * @param directions which way each objective is better. @defaultValue all are minimised
 * @example
 * import { hypervolume } from 'mixtune';
 *
 * hypervolume([[0.8, 300], [0.9, 900]], [0, 1000], ['max', 'min']); // 570
 */
export function hypervolume(
  points: readonly ObjectiveVector[],
  reference: ObjectiveVector,
  directions?: readonly Direction[],
): number {
  const corner = completeMinimised('a reference point', reference, directions);
  return volume(insideOf(points, corner, directions), corner);
}

/**
 * What each point alone adds to the hypervolume: the loss if it were taken away. 0 for dominated,
 * repeated, unknown and outlying points. O(n² log n) in three dimensions.
 */
export function hypervolumeContributions(
  points: readonly ObjectiveVector[],
  reference: ObjectiveVector,
  directions?: readonly Direction[],
): number[] {
  const corner = completeMinimised('a reference point', reference, directions);
  const inside = points.map((vector) => {
    const point = minimised(vector, directions);
    return point !== null && isInside(point, corner) ? point : null;
  });
  return inside.map((point, index) => {
    if (point === null) return 0;
    const others = inside.filter(
      (other, position): other is number[] => other !== null && position !== index,
    );
    // A repeated point adds nothing alone; said here, since the difference below might leave rounding.
    if (isCovered(point, others)) return 0;
    return exclusiveVolume(point, others, corner);
  });
}

/**
 * What one more point would add to the hypervolume of others; all are to be minimised, complete, and within
 * the reference corner or worth nothing. For many looks at one front: nothing is checked or copied twice.
 */
export function hypervolumeGain(point: Point, others: readonly Point[], corner: Point): number {
  if (!isInside(point, corner) || isCovered(point, others)) return 0;
  return exclusiveVolume(point, others, corner);
}

/**
 * {@link hypervolumeGain} of one point at several values of one of its objectives, in one sweep along it: what the
 * point covers alone of a slice gets less with each other point that begins before the slice.
 * @param axis the objective that varies; what `point` says there does not count
 */
export function hypervolumeGains(
  point: Point,
  axis: number,
  values: readonly number[],
  others: readonly Point[],
  corner: Point,
): number[] {
  const gains = values.map(() => 0);
  const slice = flattened(point, axis);
  const sliceCorner = flattened(corner, axis);
  if (!isInside(slice, sliceCorner)) return gains;
  const end = numberAt(corner, axis);
  const sorted = others.toSorted((a, b) => numberAt(a, axis) - numberAt(b, axis));
  const cut: Point[] = [];
  for (const other of sorted) {
    const part = cutTo(flattened(other, axis), slice);
    cut.push(part);
    // Nothing is left for those that begin later.
    if (isEqual(part, slice)) break;
  }
  const alone = shrinking(slice, cut, sliceCorner);
  let from = Number.NEGATIVE_INFINITY;
  for (let at = 0; at <= sorted.length && from < end; at++) {
    const other = sorted[at];
    const to = other === undefined ? end : Math.min(end, numberAt(other, axis));
    const area = alone(at);
    if (area === 0) break;
    for (const [index, value] of values.entries()) {
      if (value < to) (gains[index] as number) += area * (to - Math.max(from, value));
    }
    from = to;
  }
  return gains;
}

/** Volume that a point has to itself beside the first so many others, cut to it; asked for none, one, two, and so on. */
function shrinking(point: Point, cut: readonly Point[], corner: Point): (count: number) => number {
  const own = boxVolume(point, corner);
  const stairs = corner.length === 2 ? new Staircase(cut, corner) : undefined;
  return (count) => {
    const newest = cut[count - 1];
    if (newest === undefined) return own;
    // Said here, since a difference might leave rounding.
    if (isEqual(newest, point)) return 0;
    stairs?.insert(count - 1);
    return own - (stairs?.area ?? volume(cut.slice(0, count), corner));
  };
}

const isEqual = (a: Point, b: Point): boolean => a.every((value, axis) => value === b[axis]);

function flattened(point: Point, axis: number): Point {
  const flat: number[] = [];
  for (let at = 0; at < point.length; at++) if (at !== axis) flat.push(numberAt(point, at));
  return flat;
}

function insideOf(
  points: readonly ObjectiveVector[],
  corner: Point,
  directions?: readonly Direction[],
): number[][] {
  const inside: number[][] = [];
  for (const vector of points) {
    const point = minimised(vector, directions);
    if (point !== null && isInside(point, corner)) inside.push(point);
  }
  return inside;
}

function isInside(point: Point, corner: Point): boolean {
  if (point.length !== corner.length) {
    throw new RangeError(
      `hypervolume: expected points of ${corner.length} objectives, found one of ${point.length}`,
    );
  }
  return point.every((value, axis) => value < numberAt(corner, axis));
}

/** Whether another is nowhere worse; in loops, since most looks at a front end here. */
function isCovered(point: Point, others: readonly Point[]): boolean {
  for (const other of others) {
    let axis = 0;
    while (axis < point.length && numberAt(other, axis) <= numberAt(point, axis)) axis++;
    if (axis === point.length) return true;
  }
  return false;
}

/** Volume of points that all lie inside the corner. */
function volume(points: readonly Point[], corner: Point): number {
  switch (corner.length) {
    case 0:
      throw new RangeError('hypervolume: expected at least one objective, found none');
    case 1:
      return volume1(points, corner);
    case 2:
      return volume2(points, corner);
    case 3:
      return volume3(points, corner);
    default:
      return volumeByExclusion(points, corner);
  }
}

function volume1(points: readonly Point[], corner: Point): number {
  return points.reduce((best, point) => Math.max(best, numberAt(corner, 0) - numberAt(point, 0)), 0);
}

function volume2(points: readonly Point[], corner: Point): number {
  const sorted = [...points].sort(
    (a, b) => numberAt(a, 0) - numberAt(b, 0) || numberAt(a, 1) - numberAt(b, 1),
  );
  let total = 0;
  let height = numberAt(corner, 1);
  for (const point of sorted) {
    if (numberAt(point, 1) >= height) continue;
    total += (numberAt(corner, 0) - numberAt(point, 0)) * (height - numberAt(point, 1));
    height = numberAt(point, 1);
  }
  return total;
}

/**
 * Sweep along the third objective, keeping the area under the staircase of the other two (Fonseca,
 * Paquete & López-Ibáñez 2006). The staircase is a linked list over ranks by the first objective, with
 * a {@link RankSet} in place of their balanced tree.
 */
function volume3(points: readonly Point[], corner: Point): number {
  const stairs = new Staircase(points, corner);
  const order = points.map((_, index) => index);
  order.sort((a, b) => numberAt(elementAt(points, a), 2) - numberAt(elementAt(points, b), 2));
  let total = 0;
  let level = 0;
  for (const index of order) {
    const next = numberAt(elementAt(points, index), 2);
    total += stairs.area * (next - level);
    level = next;
    stairs.insert(index);
  }
  return total + stairs.area * (numberAt(corner, 2) - level);
}

/** The non-dominated steps in the first two objectives, and the area they dominate up to the corner. */
class Staircase {
  area = 0;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  /** Rank of each point by (x, y). */
  readonly #rankOf: Uint32Array;
  readonly #steps: RankSet;
  /** The next step's rank; the last rank of all is the corner. */
  readonly #next: Uint32Array;
  readonly #cornerY: number;
  #first: number;

  constructor(points: readonly Point[], corner: Point) {
    const count = points.length;
    const byRank = points.map((_, index) => index);
    byRank.sort((a, b) => {
      const [first, second] = [elementAt(points, a), elementAt(points, b)];
      return numberAt(first, 0) - numberAt(second, 0) || numberAt(first, 1) - numberAt(second, 1);
    });
    this.#x = new Float64Array(count + 1);
    this.#y = new Float64Array(count + 1);
    this.#rankOf = new Uint32Array(count);
    for (const [rank, index] of byRank.entries()) {
      this.#x[rank] = numberAt(elementAt(points, index), 0);
      this.#y[rank] = numberAt(elementAt(points, index), 1);
      this.#rankOf[index] = rank;
    }
    this.#x[count] = numberAt(corner, 0);
    this.#y[count] = Number.NEGATIVE_INFINITY;
    this.#cornerY = numberAt(corner, 1);
    this.#steps = new RankSet(count);
    this.#next = new Uint32Array(count);
    this.#first = count;
  }

  insert(index: number): void {
    const rank = elementAt(this.#rankOf, index);
    const y = float64At(this.#y, rank);
    const before = this.#steps.predecessor(rank);
    let height = before < 0 ? this.#cornerY : float64At(this.#y, before);
    if (height <= y) return;
    let left = float64At(this.#x, rank);
    let step = before < 0 ? this.#first : elementAt(this.#next, before);
    // Walks over the steps that the new one covers; each is removed once, so the walk is paid for.
    for (;;) {
      this.area += (float64At(this.#x, step) - left) * (height - y);
      height = float64At(this.#y, step);
      if (height < y) break;
      left = float64At(this.#x, step);
      this.#steps.delete(step);
      step = elementAt(this.#next, step);
    }
    this.#steps.add(rank);
    this.#next[rank] = step;
    if (before < 0) this.#first = rank;
    else this.#next[before] = rank;
  }
}

/**
 * WFG (While, Bradstreet & Barone 2012): the volume is the sum of what each point adds to those after
 * it. Taken in order of the last objective, worst first, the later points cut down to a point all share
 * its last value, so that each term is a volume of one dimension less.
 */
function volumeByExclusion(points: readonly Point[], corner: Point): number {
  const last = corner.length - 1;
  const flatCorner = corner.slice(0, last);
  const sorted = [...points].sort((a, b) => numberAt(b, last) - numberAt(a, last));
  const flat = sorted.map((point) => point.slice(0, last));
  let total = 0;
  for (const [index, point] of sorted.entries()) {
    const base = exclusiveVolume(elementAt(flat, index), flat.slice(index + 1), flatCorner);
    total += base * (numberAt(corner, last) - numberAt(point, last));
  }
  return total;
}

/** Volume dominated by the point and by none of the others. */
function exclusiveVolume(point: Point, others: readonly Point[], corner: Point): number {
  const own = boxVolume(point, corner);
  const cut = others.map((other) => cutTo(other, point));
  // Above three dimensions every point costs a volume of its own, so dominated ones are worth removing.
  return own - volume(corner.length > 3 ? withoutDominated(cut) : cut, corner);
}

const boxVolume = (point: Point, corner: Point): number =>
  point.reduce((product, value, axis) => product * (numberAt(corner, axis) - value), 1);

/** The part of what a point dominates that another dominates, too. */
function cutTo(other: Point, point: Point): Point {
  const cut: number[] = [];
  for (let axis = 0; axis < other.length; axis++)
    cut.push(Math.max(numberAt(other, axis), numberAt(point, axis)));
  return cut;
}

function withoutDominated(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    if (kept.some((other) => dominatesMinimised(other, point))) continue;
    for (let index = kept.length - 1; index >= 0; index--) {
      if (dominatesMinimised(point, elementAt(kept, index))) kept.splice(index, 1);
    }
    kept.push(point);
  }
  return kept;
}
