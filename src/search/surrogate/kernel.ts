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

/** Added to each row's variance of error, so that equal rows without one can be told apart. */
export const leastError = 1e-9;

/** Rows one behind the other, each entry with what its group counts, to be walked over in one go. */
export class KernelRows {
  /** Square of each row's distance from nothing. */
  readonly norms: Float64Array;
  readonly #variances: KernelVariances;
  readonly #scratch: Scratch;
  /** Where each row begins; one more for the end. */
  readonly #starts: Uint32Array;
  readonly #columns: Uint32Array;
  readonly #values: Float64Array;
  readonly #linear: Float64Array;
  readonly #inverseLengths: Float64Array;

  constructor(rows: readonly SparseRow[], variances: KernelVariances) {
    const { linear, inverseLengths } = variances;
    this.#variances = variances;
    this.norms = Float64Array.from(rows, (row) => normOf(row, inverseLengths));
    const most = rows.reduce((sum, { columns }) => sum + columns.length, 0);
    this.#starts = new Uint32Array(rows.length + 1);
    this.#columns = new Uint32Array(most);
    this.#values = new Float64Array(most);
    this.#linear = new Float64Array(most);
    this.#inverseLengths = new Float64Array(most);
    let at = 0;
    for (let index = 0; index < rows.length; index++) {
      const { columns, values, groups } = rows[index] as SparseRow;
      for (let entry = 0; entry < columns.length; entry++) {
        const group = groups[entry] as number;
        // What counts nothing is not walked over again and again.
        if (linear[group] === 0 && inverseLengths[group] === 0) continue;
        this.#columns[at] = columns[entry] as number;
        this.#values[at] = values[entry] as number;
        this.#linear[at] = linear[group] as number;
        this.#inverseLengths[at++] = inverseLengths[group] as number;
      }
      this.#starts[index + 1] = at;
    }
    this.#scratch = new Scratch(this.#columns.reduce((largest, column) => Math.max(largest, column), 0) + 1);
  }

  /** Covariances of a row's true value with those of the first `count` rows, but for what a row has to itself. */
  covariances(row: SparseRow, count: number, into: Float64Array, offset: number): void {
    const { together } = this.#variances;
    const [starts, columns, values] = [this.#starts, this.#columns, this.#values];
    const [linear, inverseLengths] = [this.#linear, this.#inverseLengths];
    const norm = normOf(row, this.#variances.inverseLengths);
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
      const distance = norm + (this.norms[other] as number) - 2 * product;
      into[offset + other] = additive + together * likeness(distance);
    }
    this.#scratch.clear(row);
  }
}

/** A row spread out over its columns, to be multiplied with others. */
export class Scratch {
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

/** @param distance squared; rounding may leave it below 0 */
export const likeness = (distance: number): number => Math.exp(-0.5 * Math.max(0, distance));

export function normOf({ values, groups }: SparseRow, weights: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) {
    sum += (weights[groups[at] as number] as number) * (values[at] as number) ** 2;
  }
  return sum;
}

/** Variance of a row's true value while nothing was measured. */
export const priorOf = (row: SparseRow, { linear, together, own }: KernelVariances): number =>
  normOf(row, linear) + together + own;
