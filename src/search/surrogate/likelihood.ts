import { elementAt } from '../../core/element-at.ts';
import { addAt, cholesky, float64At, solveLower } from '../../core/linear.ts';
import type { MeasuredRows } from './gaussian-process.ts';
import { type KernelVariances, leastError, likeness, normOf, Scratch } from './kernel.ts';

/**
 * How likely a Gaussian process makes what was measured, under one set of variances after the other: what rows have in
 * common, how far they are apart and their errors are the same for all, and by far the most work.
 */
export class Likelihood {
  readonly #targets: Float64Array;
  /** Of each pair, the second not after the first: covariance of errors, and what the distance leaves of `together`. */
  readonly #errors: Float64Array;
  readonly #likeness: Float64Array;
  /** Where the products of each pair's common entries begin; one more for the end. */
  readonly #starts: Uint32Array;
  readonly #products: Float64Array;
  readonly #groups: Uint8Array;

  /** @param inverseLengths see {@link KernelVariances} */
  constructor({ rows, targets, errors }: MeasuredRows, inverseLengths: readonly number[]) {
    const pairs = (rows.length * (rows.length + 1)) / 2;
    this.#targets = targets;
    this.#errors = new Float64Array(pairs);
    this.#likeness = new Float64Array(pairs);
    this.#starts = new Uint32Array(pairs + 1);
    const products: number[] = [];
    const groups: number[] = [];
    const norms = Float64Array.from(rows, (row) => normOf(row, inverseLengths));
    const scratch = new Scratch(1);
    let pair = 0;
    for (let first = 0; first < rows.length; first++) {
      const own = elementAt(rows, first);
      const dense = scratch.load(own);
      for (let second = 0; second <= first; second++, pair++) {
        const row = elementAt(rows, second);
        let product = 0;
        for (let entry = 0; entry < row.columns.length; entry++) {
          const both = (dense[row.columns[entry] as number] ?? 0) * (row.values[entry] as number);
          if (both === 0) continue;
          const group = row.groups[entry] as number;
          products.push(both);
          groups.push(group);
          product += (inverseLengths[group] as number) * both;
        }
        this.#errors[pair] = errors(first, second);
        this.#likeness[pair] = likeness(float64At(norms, first) + float64At(norms, second) - 2 * product);
        this.#starts[pair + 1] = products.length;
      }
      scratch.clear(own);
    }
    this.#products = Float64Array.from(products);
    this.#groups = Uint8Array.from(groups);
  }

  /** The marginal likelihood's logarithm (Rasmussen & Williams 2006, algorithm 2.1). */
  logOf({ linear, together, own }: Omit<KernelVariances, 'inverseLengths'>): number {
    const count = this.#targets.length;
    const seen = new Float64Array(count * count);
    let pair = 0;
    let at = 0;
    for (let first = 0; first < count; first++) {
      for (let second = 0; second <= first; second++, pair++) {
        const end = this.#starts[pair + 1] as number;
        let truth = 0;
        for (; at < end; at++) {
          truth += (linear[this.#groups[at] as number] as number) * (this.#products[at] as number);
        }
        truth += together * float64At(this.#likeness, pair);
        if (first === second) truth += own;
        seen[first * count + second] = truth + float64At(this.#errors, pair);
      }
      addAt(seen, first * count + first, leastError);
    }
    const factor = cholesky(seen, count);
    const forward = solveLower(factor, count, this.#targets);
    let log = -0.5 * count * Math.log(2 * Math.PI);
    for (let row = 0; row < count; row++) {
      log -= 0.5 * float64At(forward, row) ** 2 + Math.log(float64At(factor, row * count + row));
    }
    return log;
  }
}
