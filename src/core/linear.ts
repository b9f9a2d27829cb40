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

export function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < first.length; at++) sum += float64At(first, at) * float64At(second, at);
  return sum;
}

/** A pivot below this is taken for it: rounding can make that of a nearly singular matrix negative. */
const leastPivot = 1e-12;

/** Lower triangle of Cholesky's factor of a symmetric positive definite matrix; in place. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  for (let row = 0; row < size; row++) {
    const at = row * size;
    for (let column = 0; column <= row; column++) {
      const from = column * size;
      let sum = float64At(matrix, at + column);
      for (let k = 0; k < column; k++) sum -= float64At(matrix, at + k) * float64At(matrix, from + k);
      matrix[at + column] =
        row === column ? Math.sqrt(Math.max(sum, leastPivot)) : sum / float64At(matrix, from + column);
    }
  }
  return matrix;
}

/** Solves `L x = right`. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const result = right.slice();
  for (let row = 0; row < size; row++) {
    const at = row * size;
    let sum = float64At(result, row);
    for (let k = 0; k < row; k++) sum -= float64At(factor, at + k) * float64At(result, k);
    result[row] = sum / float64At(factor, at + row);
  }
  return result;
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
