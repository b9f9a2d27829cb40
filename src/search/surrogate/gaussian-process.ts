import { elementAt } from '../../core/element-at.ts';
import { addAt, cholesky, dot, float64At, solveLower, solveUpper } from '../../core/linear.ts';
import {
  KernelRows,
  type KernelVariances,
  leastError,
  likeness,
  normOf,
  priorOf,
  type SparseRow,
} from './kernel.ts';

/** Rows with what was measured of them. */
export interface MeasuredRows {
  readonly rows: readonly SparseRow[];
  readonly targets: Float64Array;
  /** Covariances of the targets' errors: `errors(i, j)` for `j <= i`. */
  readonly errors: (first: number, second: number) => number;
}

/** Some of the rows, by index. */
export function rowsAt({ rows, targets, errors }: MeasuredRows, chosen: readonly number[]): MeasuredRows {
  return {
    rows: chosen.map((at) => elementAt(rows, at)),
    targets: Float64Array.from(chosen, (at) => float64At(targets, at)),
    errors: (first, second) => errors(elementAt(chosen, first), elementAt(chosen, second)),
  };
}

export interface Posterior {
  readonly mean: number;
  readonly variance: number;
}

/** A measured row with what the data take off its prior: see {@link GaussianProcess.open}. */
export interface Open {
  readonly index: number;
  readonly prior: Float64Array;
  readonly reduced: Float64Array;
}

/**
 * Gaussian process regression (Rasmussen & Williams 2006, algorithm 2.1) with an additive kernel over groups of
 * sparse features and a squared-exponential one over all of them. Errors may be correlated: trials that were asked
 * the same questions are lucky together.
 */
export class GaussianProcess {
  readonly #rows: KernelRows;
  readonly #variances: KernelVariances;
  /** Covariances of the rows' true values, row by row. */
  readonly #truth: Float64Array;
  /** Lower triangle of Cholesky's factor of the targets' covariances. */
  readonly #factor: Float64Array;
  readonly #alpha: Float64Array;
  readonly #measured: readonly SparseRow[];
  #columns: readonly (Column | undefined)[] | undefined;

  constructor({ rows, targets, errors }: MeasuredRows, variances: KernelVariances) {
    this.#rows = new KernelRows(rows, variances);
    this.#variances = variances;
    this.#measured = rows;
    const count = rows.length;
    const truth = new Float64Array(count * count);
    const seen = new Float64Array(count * count);
    for (let at = 0; at < count; at++) {
      this.#rows.covariances(elementAt(rows, at), at + 1, truth, at * count);
      addAt(truth, at * count + at, variances.own);
      for (let other = 0; other <= at; other++) {
        const covariance = float64At(truth, at * count + other);
        truth[other * count + at] = covariance;
        seen[at * count + other] = covariance + errors(at, other);
      }
      addAt(seen, at * count + at, leastError);
    }
    this.#truth = truth;
    this.#factor = cholesky(seen, count);
    this.#alpha = solveUpper(this.#factor, count, solveLower(this.#factor, count, targets));
  }

  /** What is believed of a row that was not measured. */
  predict(row: SparseRow): Posterior {
    const count = this.#measured.length;
    const along = new Float64Array(count);
    this.#rows.covariances(row, count, along, 0);
    const reduced = solveLower(this.#factor, count, along);
    let variance = priorOf(row, this.#variances);
    for (let at = 0; at < count; at++) variance -= (reduced[at] as number) ** 2;
    return { mean: dot(along, this.#alpha), variance: Math.max(variance, 1e-9) };
  }

  /** The mean of {@link predict} alone, up to rounding, which is much faster: it meets equal columns alone. */
  meanOf(row: SparseRow): number {
    this.#columns ??= columnsOf(this.#measured, this.#alpha, this.#variances);
    const { together, inverseLengths } = this.#variances;
    const { norms } = this.#rows;
    const products = new Float64Array(norms.length);
    let mean = 0;
    for (let entry = 0; entry < row.columns.length; entry++) {
      const column = this.#columns[row.columns[entry] as number];
      if (column === undefined) continue;
      const value = row.values[entry] as number;
      mean += value * column.effect;
      const { rows, weighted } = column;
      for (let at = 0; at < rows.length; at++) {
        (products[rows[at] as number] as number) += value * (weighted[at] as number);
      }
    }
    const norm = normOf(row, inverseLengths);
    for (let other = 0; other < products.length; other++) {
      const distance = norm + (norms[other] as number) - 2 * (products[other] as number);
      mean += (this.#alpha[other] as number) * together * likeness(distance);
    }
    return mean;
  }

  /**
   * What is left open about measured rows: their variances, and with `between` the covariance of two of them.
   */
  open(index: number): Open {
    const prior = this.#along(index);
    return { index, prior, reduced: solveLower(this.#factor, prior.length, prior) };
  }

  between(first: Open, second: Open): number {
    let covariance = first.prior[second.index] as number;
    for (let at = 0; at < first.reduced.length; at++) {
      covariance -= (first.reduced[at] as number) * (second.reduced[at] as number);
    }
    return covariance;
  }

  /** The mean alone. */
  meanAt(index: number): number {
    return dot(this.#along(index), this.#alpha);
  }

  #along(index: number): Float64Array {
    const count = this.#measured.length;
    return this.#truth.subarray(index * count, (index + 1) * count);
  }
}

/** What measured rows have in one column. */
interface Column {
  /** What it adds to a mean by its linear effect. */
  effect: number;
  /** The rows that have it, where it counts in distances, and their values by its weight there. */
  readonly rows: number[];
  readonly weighted: number[];
}

function columnsOf(
  rows: readonly SparseRow[],
  alpha: Float64Array,
  { linear, inverseLengths }: KernelVariances,
): readonly (Column | undefined)[] {
  const found: Column[] = [];
  for (const [at, { columns, values, groups }] of rows.entries()) {
    for (const [entry, index] of columns.entries()) {
      found[index] ??= { effect: 0, rows: [], weighted: [] };
      const column = found[index];
      const group = groups[entry] as number;
      const value = values[entry] as number;
      column.effect += (alpha[at] as number) * (linear[group] as number) * value;
      const weight = inverseLengths[group] as number;
      if (weight === 0) continue;
      column.rows.push(at);
      column.weighted.push(weight * value);
    }
  }
  return found;
}
