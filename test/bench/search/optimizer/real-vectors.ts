import type { Rng } from '../../../../src/core/rng.ts';
import type { Variation } from './variation.ts';

export interface RealVectorsOptions {
  /** Smallest and largest value of each number. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Distribution index of crossover: larger keeps children nearer to their parents. Default 15. */
  readonly crossoverIndex?: number;
  /** Distribution index of mutation. Default 20. */
  readonly mutationIndex?: number;
  /** Chance that a number is mutated. Default 1 / numbers. */
  readonly mutationChance?: number;
}

/**
 * Vectors of real numbers within bounds, with simulated binary crossover (Deb & Agrawal 1995) and polynomial
 * mutation (Deb & Goyal 1996), both in the forms that keep within bounds (Deb 2000, and the code of NSGA-II).
 * A child of two parents is mutated as well. Throws a `RangeError` for bounds that make no sense.
 */
export function realVectors(options: RealVectorsOptions): Variation<readonly number[]> {
  const { lower, upper, crossoverIndex = 15, mutationIndex = 20 } = options;
  const { mutationChance = 1 / lower.length } = options;
  requireBounds(lower, upper);
  const widthAt = (axis: number): number => (upper[axis] as number) - (lower[axis] as number);
  const mutate = (parent: readonly number[], rng: Rng): readonly number[] => {
    const forced = rng.integer(parent.length);
    const isHit = parent.map(() => rng.next() < mutationChance);
    // At least one number changes, or the child would be its parent.
    if (!isHit.includes(true)) isHit[forced] = true;
    return parent.map((value, axis) =>
      isHit[axis] === true && widthAt(axis) > 0
        ? mutated(value, lower[axis] as number, upper[axis] as number, mutationIndex, rng)
        : value,
    );
  };
  return {
    random: (rng) => lower.map((low, axis) => low + widthAt(axis) * rng.next()),
    mutate,
    cross(first, second, rng) {
      const child = first.map((value, axis) => {
        const other = second[axis] as number;
        // Each number comes from either parent, half of them as they are: level or better on every plain
        // problem than keeping the first parent's, as the original does.
        const [near, far] = rng.next() < 0.5 ? [value, other] : [other, value];
        if (rng.next() < 0.5 || Math.abs(near - far) < 1e-14) return near;
        return crossed(near, far, lower[axis] as number, upper[axis] as number, crossoverIndex, rng);
      });
      const changed = child.map((value, axis) =>
        rng.next() < mutationChance && widthAt(axis) > 0
          ? mutated(value, lower[axis] as number, upper[axis] as number, mutationIndex, rng)
          : value,
      );
      return changed;
    },
    id: (candidate) => candidate.join(' '),
  };
}

/** The child of `near` and `far` that lies near `near`. */
function crossed(near: number, far: number, low: number, high: number, index: number, rng: Rng): number {
  const distance = Math.abs(far - near);
  // The room on the near parent's side bounds how far the child may spread.
  const room = near < far ? near - low : high - near;
  const beta = 1 + (2 * room) / distance;
  const alpha = 2 - beta ** -(index + 1);
  const u = rng.next();
  const spread =
    u <= 1 / alpha ? (u * alpha) ** (1 / (index + 1)) : (1 / (2 - u * alpha)) ** (1 / (index + 1));
  const child = 0.5 * (near + far + Math.sign(near - far) * spread * distance);
  return Math.min(high, Math.max(low, child));
}

function mutated(value: number, low: number, high: number, index: number, rng: Rng): number {
  const width = high - low;
  const u = rng.next();
  const power = 1 / (index + 1);
  const delta =
    u < 0.5
      ? (2 * u + (1 - 2 * u) * (1 - (value - low) / width) ** (index + 1)) ** power - 1
      : 1 - (2 * (1 - u) + 2 * (u - 0.5) * (1 - (high - value) / width) ** (index + 1)) ** power;
  return Math.min(high, Math.max(low, value + delta * width));
}

function requireBounds(lower: readonly number[], upper: readonly number[]): void {
  if (lower.length === 0 || lower.length !== upper.length) {
    throw new RangeError(
      `realVectors: expected as many upper as lower bounds, at least one, found ${lower.length} and ${upper.length}`,
    );
  }
  for (const [axis, low] of lower.entries()) {
    const high = upper[axis] as number;
    if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
      throw new RangeError(`realVectors: expected finite bounds with low <= high, found ${low}..${high}`);
    }
  }
}
