import seedrandom from 'seedrandom';
import { elementAt } from './element-at.ts';

/**
 * A stream of random numbers derived from a path of names. Streams are named, not shared: a part
 * that draws more or less often never shifts the numbers of another part, and a resumed run
 * re-derives any stream from its name (`seed/ask/17/0`) without stored generator state.
 */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal (Box–Muller, Marsaglia's polar form). */
  normal(): number;
  /** A uniformly drawn element; throws on an empty list. */
  pick<Item>(items: readonly Item[]): Item;
  /** An index drawn with probability proportional to its non-negative weight. */
  weighted(weights: readonly number[]): number;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<Item>(items: readonly Item[]): Item[];
  /** An independent stream named below this one. */
  derive(...names: readonly (string | number)[]): Rng;
}

/**
 * The stream of a seed.
 * @example
 * import { createRng } from 'mixtune';
 *
 * const rng = createRng(1).derive('ask', 17, 0); // the same numbers in every process
 */
export function createRng(seed: string | number): Rng {
  return new SeededRng(String(seed));
}

class SeededRng implements Rng {
  readonly #path: string;
  #generator: (() => number) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  next(): number {
    // Seeding costs more than drawing, and many streams exist only to derive others.
    this.#generator ??= seedrandom.alea(this.#path);
    return this.#generator();
  }

  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1) {
      throw new RangeError(`rng.integer: expected a positive integer bound, found ${bound}`);
    }
    return Math.floor(this.next() * bound);
  }

  normal(): number {
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('rng.pick: expected a non-empty list');
    return elementAt(items, this.integer(items.length));
  }

  weighted(weights: readonly number[]): number {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0)) throw new RangeError('rng.weighted: expected a positive sum of weights');
    let rest = this.next() * total;
    for (const [index, weight] of weights.entries()) {
      rest -= weight;
      if (rest < 0) return index;
    }
    return weights.findLastIndex((weight) => weight > 0);
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    const copy = [...items];
    for (let last = copy.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [copy[last], copy[other]] = [elementAt(copy, other), elementAt(copy, last)];
    }
    return copy;
  }

  derive(...names: readonly (string | number)[]): Rng {
    return new SeededRng(`${this.#path}/${names.join('/')}`);
  }
}
