/**
 * The little linear algebra that the search needs. A square matrix of `size` rows stands row by row in a
 * `Float64Array`; of a symmetric one only the lower triangle is read.
 */

/**
 * `elementAt` for innermost loops: one kind of array alone, so that a call costs about what the plain index
 * costs (measured: 1.2 times; `elementAt` on many kinds: 12 times).
 */
export function float64At(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no number at ${index} of ${values.length}`);
  return value;
}

/** Adds to a number that is there. */
export function addAt(values: Float64Array, index: number, more: number): void {
  values[index] = float64At(values, index) + more;
}

export function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < first.length; at++) sum += float64At(first, at) * float64At(second, at);
  return sum;
}

/** 0 of none. */
export const averageOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** A pivot below this is taken for it: rounding can make that of a nearly singular matrix negative. */
const leastPivot = 1e-12;

/** Rows that are worked on at once: a sum waits for its last addition, so four at a time take half as long as one by one. */
const together = 4;

/** Lower triangle of Cholesky's factor of a symmetric positive definite matrix; in place. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const sums = new Float64Array(together);
  for (let block = 0; block < size; block += together) {
    const end = Math.min(size, block + together);
    const whole = end - block === together ? block : 0;
    for (let column = 0; column < whole; column++) {
      for (let at = 0; at < together; at++) sums[at] = float64At(matrix, (block + at) * size + column);
      takeProducts(sums, 0, { matrix, size, row: block }, matrix, column * size, column);
      const pivot = float64At(matrix, column * size + column);
      for (let at = 0; at < together; at++)
        matrix[(block + at) * size + column] = float64At(sums, at) / pivot;
    }
    for (let row = block; row < end; row++) {
      const at = row * size;
      for (let column = whole; column <= row; column++) {
        const from = column * size;
        let sum = float64At(matrix, at + column);
        for (let k = 0; k < column; k++) sum -= float64At(matrix, at + k) * float64At(matrix, from + k);
        matrix[at + column] =
          row === column ? Math.sqrt(Math.max(sum, leastPivot)) : sum / float64At(matrix, from + column);
      }
    }
  }
  return matrix;
}

/** Solves `L x = right`. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const result = right.slice();
  for (let block = 0; block < size; block += together) {
    const end = Math.min(size, block + together);
    const whole = end - block === together ? block : 0;
    takeProducts(result, block, { matrix: factor, size, row: block }, result, 0, whole);
    for (let row = block; row < end; row++) {
      const at = row * size;
      let sum = float64At(result, row);
      for (let k = whole; k < row; k++) sum -= float64At(factor, at + k) * float64At(result, k);
      result[row] = sum / float64At(factor, at + row);
    }
  }
  return result;
}

interface RowsFrom {
  readonly matrix: Float64Array;
  readonly size: number;
  readonly row: number;
}

/** Takes from four sums the products of so many first numbers of four rows with those of a vector. */
function takeProducts(
  sums: Float64Array,
  first: number,
  { matrix, size, row }: RowsFrom,
  vector: Float64Array,
  from: number,
  count: number,
): void {
  if (count === 0) return;
  const [a, b, c, d] = [row * size, (row + 1) * size, (row + 2) * size, (row + 3) * size];
  let one = float64At(sums, first);
  let two = float64At(sums, first + 1);
  let three = float64At(sums, first + 2);
  let four = float64At(sums, first + 3);
  // Nearly all of the work is here: with `float64At` it takes half as long again.
  for (let k = 0; k < count; k++) {
    const value = vector[from + k] as number;
    one -= (matrix[a + k] as number) * value;
    two -= (matrix[b + k] as number) * value;
    three -= (matrix[c + k] as number) * value;
    four -= (matrix[d + k] as number) * value;
  }
  sums[first] = one;
  sums[first + 1] = two;
  sums[first + 2] = three;
  sums[first + 3] = four;
}

/** Solves `Lᵀ x = right`. */
export function solveUpper(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const result = right.slice();
  for (let row = size - 1; row >= 0; row--) {
    const value = float64At(result, row) / float64At(factor, row * size + row);
    result[row] = value;
    for (let k = 0; k < row; k++)
      result[k] = float64At(result, k) - value * float64At(factor, row * size + k);
  }
  return result;
}
