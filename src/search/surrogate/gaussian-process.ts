import { elementAt } from '../../core/element-at.ts';
import { cholesky, dot, float64At, solveLower, solveUpper } from '../../core/linear.ts';

/**
 * A sparse row of features, each of which belongs to a group. Columns are whatever two rows are to be compared by:
 * equal columns multiply. The same column may not occur twice in a row.
 */
export interface SparseRow {
  readonly columns: Int32Array;
  readonly values: Float64Array;
  /** Group of each entry. */
  readonly groups: Uint8Array;
}

/** How much a Gaussian process believes in each part of its kernel; variances of the target's unit, squared. */
export interface KernelVariances {
  /** Of each group's linear effect: `Σ variance · x · y` over common columns. */
  readonly linear: readonly number[];
  /** Of what depends on everything together: `together · exp(-distance²/2)`. */
  readonly together: number;
  /** Weight of each group in that distance: one over the square of its length. */
  readonly inverseLengths: readonly number[];
  /** Of what each row has to itself, however alike it looks to others. */
  readonly own: number;
}

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
  readonly #rows: readonly SparseRow[];
  readonly #norms: Float64Array;
  readonly #variances: KernelVariances;
  /** Covariances of the rows' true values: lower triangle, row by row. */
  readonly #truth: Float64Array;
  /** Lower triangle of Cholesky's factor of the targets' covariances. */
  readonly #factor: Float64Array;
  readonly #alpha: Float64Array;
  readonly #scratch = new Scratch();
  readonly logLikelihood: number;

  constructor({ rows, targets, errors }: MeasuredRows, variances: KernelVariances) {
    this.#rows = rows;
    this.#variances = variances;
    this.#norms = Float64Array.from(rows, (row) => normOf(row, variances.inverseLengths));
    const count = rows.length;
    const truth = new Float64Array(count * count);
    for (let at = 0; at < count; at++) {
      this.#covariances(rows[at] as SparseRow, this.#norms[at] as number, at + 1, truth, at * count);
      (truth[at * count + at] as number) += variances.own;
    }
    this.#truth = truth;
    const seen = truth.slice();
    for (let at = 0; at < count; at++) {
      for (let other = 0; other <= at; other++) (seen[at * count + other] as number) += errors(at, other);
      (seen[at * count + at] as number) += 1e-9;
    }
    this.#factor = cholesky(seen, count);
    const forward = solveLower(this.#factor, count, targets);
    let log = -0.5 * count * Math.log(2 * Math.PI);
    for (let at = 0; at < count; at++) {
      log -= 0.5 * (forward[at] as number) ** 2 + Math.log(this.#factor[at * count + at] as number);
    }
    this.logLikelihood = log;
    this.#alpha = solveUpper(this.#factor, count, forward);
  }

  /** What is believed of a row that was not measured. */
  predict(row: SparseRow): Posterior {
    const count = this.#rows.length;
    const along = new Float64Array(count);
    this.#covariances(row, normOf(row, this.#variances.inverseLengths), count, along, 0);
    const reduced = solveLower(this.#factor, count, along);
    let variance = priorOf(row, this.#variances);
    for (let at = 0; at < count; at++) variance -= (reduced[at] as number) ** 2;
    return { mean: dot(along, this.#alpha), variance: Math.max(variance, 1e-9) };
  }

  /** The mean of {@link predict} alone, which is much faster. */
  meanOf(row: SparseRow): number {
    const count = this.#rows.length;
    const along = new Float64Array(count);
    this.#covariances(row, normOf(row, this.#variances.inverseLengths), count, along, 0);
    return dot(along, this.#alpha);
  }

  /**
   * What is left open about measured rows: their variances, and with `between` the covariance of two of them.
   */
  open(index: number): Open {
    const along = this.#along(index);
    return { index, prior: along, reduced: solveLower(this.#factor, this.#rows.length, along) };
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
    const count = this.#rows.length;
    return Float64Array.from({ length: count }, (_, other) => {
      const place = other <= index ? index * count + other : other * count + index;
      return this.#truth[place] as number;
    });
  }

  #covariances(row: SparseRow, norm: number, count: number, into: Float64Array, offset: number): void {
    const { linear, together, inverseLengths } = this.#variances;
    const scratch = this.#scratch;
    scratch.load(row);
    for (let other = 0; other < count; other++) {
      const { columns, values, groups } = this.#rows[other] as SparseRow;
      let additive = 0;
      let product = 0;
      for (let at = 0; at < columns.length; at++) {
        const mine = scratch.at(columns[at] as number);
        if (mine === 0) continue;
        const both = mine * (values[at] as number);
        const group = groups[at] as number;
        additive += (linear[group] as number) * both;
        product += (inverseLengths[group] as number) * both;
      }
      const distance = norm + (this.#norms[other] as number) - 2 * product;
      into[offset + other] = additive + together * Math.exp(-0.5 * Math.max(0, distance));
    }
    scratch.clear(row);
  }
}

/** A row spread out over its columns, to be multiplied with others. */
class Scratch {
  #dense = new Float64Array(64);

  load({ columns, values }: SparseRow): void {
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as number;
      if (column < 0) continue;
      if (column >= this.#dense.length) {
        const grown = new Float64Array(Math.max(column + 1, 2 * this.#dense.length));
        grown.set(this.#dense);
        this.#dense = grown;
      }
      this.#dense[column] = values[at] as number;
    }
  }

  at(column: number): number {
    return this.#dense[column] ?? 0;
  }

  clear({ columns }: SparseRow): void {
    for (const column of columns) if (column >= 0) this.#dense[column] = 0;
  }
}

function normOf({ values, groups }: SparseRow, weights: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) {
    sum += (weights[groups[at] as number] as number) * (values[at] as number) ** 2;
  }
  return sum;
}

const priorOf = (row: SparseRow, { linear, together, own }: KernelVariances): number =>
  normOf(row, linear) + together + own;
