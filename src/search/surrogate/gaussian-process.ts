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
  readonly #rows: Flat;
  readonly #norms: Float64Array;
  readonly #variances: KernelVariances;
  /** Covariances of the rows' true values: lower triangle, row by row. */
  readonly #truth: Float64Array;
  /** Lower triangle of Cholesky's factor of the targets' covariances. */
  readonly #factor: Float64Array;
  readonly #alpha: Float64Array;
  readonly #scratch: Scratch;
  readonly #measured: readonly SparseRow[];
  #columns: readonly (Column | undefined)[] | undefined;
  readonly logLikelihood: number;

  constructor({ rows, targets, errors }: MeasuredRows, variances: KernelVariances) {
    this.#rows = flat(rows, variances);
    this.#variances = variances;
    this.#scratch = new Scratch(this.#rows.columns.reduce((most, column) => Math.max(most, column), 0) + 1);
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
    this.#measured = rows;
  }

  /** What is believed of a row that was not measured. */
  predict(row: SparseRow): Posterior {
    const count = this.#norms.length;
    const along = new Float64Array(count);
    this.#covariances(row, normOf(row, this.#variances.inverseLengths), count, along, 0);
    const reduced = solveLower(this.#factor, count, along);
    let variance = priorOf(row, this.#variances);
    for (let at = 0; at < count; at++) variance -= (reduced[at] as number) ** 2;
    return { mean: dot(along, this.#alpha), variance: Math.max(variance, 1e-9) };
  }

  /** The mean of {@link predict} alone, up to rounding, which is much faster: it meets equal columns alone. */
  meanOf(row: SparseRow): number {
    this.#columns ??= columnsOf(this.#measured, this.#alpha, this.#variances);
    const { together, inverseLengths } = this.#variances;
    const products = new Float64Array(this.#norms.length);
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
      const distance = norm + (this.#norms[other] as number) - 2 * (products[other] as number);
      mean += (this.#alpha[other] as number) * together * Math.exp(-0.5 * Math.max(0, distance));
    }
    return mean;
  }

  /**
   * What is left open about measured rows: their variances, and with `between` the covariance of two of them.
   */
  open(index: number): Open {
    const along = this.#along(index);
    return { index, prior: along, reduced: solveLower(this.#factor, this.#norms.length, along) };
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
    const count = this.#norms.length;
    return Float64Array.from({ length: count }, (_, other) => {
      const place = other <= index ? index * count + other : other * count + index;
      return this.#truth[place] as number;
    });
  }

  #covariances(row: SparseRow, norm: number, count: number, into: Float64Array, offset: number): void {
    const { together } = this.#variances;
    const { starts, columns, values, linear, inverseLengths } = this.#rows;
    const dense = this.#scratch.load(row);
    let at = 0;
    for (let other = 0; other < count; other++) {
      const end = starts[other + 1] as number;
      let additive = 0;
      let product = 0;
      for (; at < end; at++) {
        // Without a branch on 0: what the processor cannot foretell costs more than the products.
        const both = (dense[columns[at] as number] as number) * (values[at] as number);
        additive += (linear[at] as number) * both;
        product += (inverseLengths[at] as number) * both;
      }
      const distance = norm + (this.#norms[other] as number) - 2 * product;
      into[offset + other] = additive + together * Math.exp(-0.5 * Math.max(0, distance));
    }
    this.#scratch.clear(row);
  }
}

/** Rows one behind the other, each entry with what its group counts: to be walked over in one go. */
interface Flat {
  /** Where each row begins; one more for the end. */
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
  readonly linear: Float64Array;
  readonly inverseLengths: Float64Array;
}

function flat(rows: readonly SparseRow[], variances: KernelVariances): Flat {
  const starts = new Uint32Array(rows.length + 1);
  for (const [at, { columns }] of rows.entries()) starts[at + 1] = (starts[at] as number) + columns.length;
  const entries = starts[rows.length] as number;
  const columns = new Uint32Array(entries);
  const values = new Float64Array(entries);
  const linear = new Float64Array(entries);
  const inverseLengths = new Float64Array(entries);
  for (const [at, row] of rows.entries()) {
    const start = starts[at] as number;
    columns.set(row.columns, start);
    values.set(row.values, start);
    for (const [entry, group] of row.groups.entries()) {
      linear[start + entry] = variances.linear[group] as number;
      inverseLengths[start + entry] = variances.inverseLengths[group] as number;
    }
  }
  return { starts, columns, values, linear, inverseLengths };
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

/** A row spread out over its columns, to be multiplied with others. */
class Scratch {
  #dense: Float64Array;

  constructor(columns: number) {
    this.#dense = new Float64Array(columns);
  }

  load({ columns, values }: SparseRow): Float64Array {
    const most = columns.reduce((largest, column) => Math.max(largest, column), 0);
    if (most >= this.#dense.length) this.#dense = new Float64Array(2 * most + 1);
    for (let at = 0; at < columns.length; at++) this.#dense[columns[at] as number] = values[at] as number;
    return this.#dense;
  }

  clear({ columns }: SparseRow): void {
    for (const column of columns) this.#dense[column] = 0;
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
