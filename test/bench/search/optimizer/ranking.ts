import { hypervolumeContributions } from '../../../../src/pareto/index.ts';

type Point = readonly number[];

/**
 * Non-dominated fronts, best first, as lists of indices (Deb et al. 2002, fast non-dominated sorting). All
 * objectives are minimised. O(n²) comparisons.
 */
export function sortIntoFronts(points: readonly Point[]): number[][] {
  const dominated: number[][] = points.map(() => []);
  const dominators = new Uint32Array(points.length);
  for (let first = 0; first < points.length; first++) {
    for (let second = first + 1; second < points.length; second++) {
      const relation = compare(points[first] as Point, points[second] as Point);
      if (relation === 0) continue;
      const [winner, loser] = relation < 0 ? [first, second] : [second, first];
      (dominated[winner] as number[]).push(loser);
      dominators[loser] = (dominators[loser] as number) + 1;
    }
  }
  const fronts: number[][] = [];
  let front = points.flatMap((_, index) => (dominators[index] === 0 ? [index] : []));
  while (front.length > 0) {
    fronts.push(front);
    const next: number[] = [];
    for (const winner of front) {
      for (const loser of dominated[winner] as number[]) {
        dominators[loser] = (dominators[loser] as number) - 1;
        if (dominators[loser] === 0) next.push(loser);
      }
    }
    front = next;
  }
  return fronts;
}

/** -1 when the first dominates, 1 when the second does, else 0. */
function compare(first: Point, second: Point): -1 | 0 | 1 {
  let better = false;
  let worse = false;
  for (let axis = 0; axis < first.length; axis++) {
    const difference = (first[axis] as number) - (second[axis] as number);
    if (difference < 0) better = true;
    else if (difference > 0) worse = true;
  }
  return better === worse ? 0 : better ? -1 : 1;
}

/** How far beyond the front's worst value the reference lies, as a share of its extent. */
const margin = 0.1;

/**
 * What each point of one front alone adds to the hypervolume, with every axis scaled to the front's extent and
 * the reference a tenth of it beyond the worst values (SMS-EMOA: Beume, Naujoks & Emmerich 2007).
 */
export function contributionsOf(front: readonly Point[]): number[] {
  const scaled = scaleToExtent(front);
  const dimensions = front[0]?.length ?? 0;
  if (dimensions === 2) return contributions2(scaled);
  if (dimensions === 3) return contributions3(scaled);
  return hypervolumeContributions(
    scaled,
    Array.from({ length: dimensions }, () => 1 + margin),
  );
}

function scaleToExtent(front: readonly Point[]): Point[] {
  const axes = front[0]?.map((_, axis) => axis) ?? [];
  const lows = axes.map((axis) =>
    front.reduce((low, point) => Math.min(low, point[axis] as number), Infinity),
  );
  const highs = axes.map((axis) =>
    front.reduce((high, point) => Math.max(high, point[axis] as number), -Infinity),
  );
  return front.map((point) =>
    point.map((value, axis) => {
      const extent = (highs[axis] as number) - (lows[axis] as number);
      return extent > 0 ? (value - (lows[axis] as number)) / extent : 0;
    }),
  );
}

function contributions2(points: readonly Point[]): number[] {
  const order = points
    .map((_, index) => index)
    .sort((a, b) => at(points, a, 0) - at(points, b, 0) || at(points, a, 1) - at(points, b, 1));
  const result = points.map(() => 0);
  for (const [place, index] of order.entries()) {
    const before = order[place - 1];
    const after = order[place + 1];
    const right = after === undefined ? 1 + margin : at(points, after, 0);
    const top = before === undefined ? 1 + margin : at(points, before, 1);
    result[index] = (right - at(points, index, 0)) * Math.max(0, top - at(points, index, 1));
  }
  return result;
}

/**
 * A sweep along the third axis for each point: the area that is its own shrinks as other points come in, and
 * is mostly gone after a few of them.
 */
function contributions3(points: readonly Point[]): number[] {
  const order = points.map((_, index) => index).sort((a, b) => at(points, a, 2) - at(points, b, 2));
  return points.map((_, index) => ownVolume(points, order, index));
}

function ownVolume(points: readonly Point[], order: readonly number[], own: number): number {
  const reference = 1 + margin;
  const [x, y, z] = points[own] as readonly [number, number, number];
  const stairs = new OwnArea(x, y, reference);
  let volume = 0;
  let level = z;
  for (const index of order) {
    if (index === own) continue;
    const next = at(points, index, 2);
    if (next > level) {
      volume += stairs.area * (next - level);
      level = next;
    }
    if (stairs.cut(at(points, index, 0), at(points, index, 1))) return volume;
  }
  return volume + stairs.area * (reference - level);
}

/** The area above (x, y), up to the reference, that none of the points cut in so far dominates. */
class OwnArea {
  area: number;
  readonly #x: number;
  readonly #y: number;
  readonly #reference: number;
  /** Corners of the staircase that cuts the area: x ascending, y descending. */
  readonly #xs: number[] = [];
  readonly #ys: number[] = [];

  constructor(x: number, y: number, reference: number) {
    this.#x = x;
    this.#y = y;
    this.#reference = reference;
    this.area = (reference - x) * (reference - y);
  }

  /** Takes away what a point dominates; true when nothing is left. */
  cut(otherX: number, otherY: number): boolean {
    const x = Math.max(otherX, this.#x);
    const y = Math.max(otherY, this.#y);
    if (x === this.#x && y === this.#y) return true;
    const [xs, ys] = [this.#xs, this.#ys];
    let place = 0;
    while (place < xs.length && (xs[place] as number) < x) place++;
    if (place > 0 && (ys[place - 1] as number) <= y) return false;
    let end = place;
    let left = x;
    let height = place > 0 ? (ys[place - 1] as number) : this.#reference;
    // What lies under the steps that the new one covers goes from the area.
    while (end < xs.length && (ys[end] as number) >= y) {
      this.area -= ((xs[end] as number) - left) * (height - y);
      left = xs[end] as number;
      height = ys[end] as number;
      end++;
    }
    const right = end < xs.length ? (xs[end] as number) : this.#reference;
    this.area -= (right - left) * (height - y);
    xs.splice(place, end - place, x);
    ys.splice(place, end - place, y);
    return false;
  }
}

const at = (points: readonly Point[], index: number, axis: number): number => points[index]?.[axis] as number;
