/**
 * The little linear algebra that the search needs. A square matrix of `size` rows stands row by row in a
 * `Float64Array`; of a symmetric one only the lower triangle is read.
 */

export function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < first.length; at++) sum += (first[at] as number) * (second[at] as number);
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
      let sum = matrix[at + column] as number;
      for (let k = 0; k < column; k++) sum -= (matrix[at + k] as number) * (matrix[from + k] as number);
      matrix[at + column] =
        row === column ? Math.sqrt(Math.max(sum, leastPivot)) : sum / (matrix[from + column] as number);
    }
  }
  return matrix;
}

/** Solves `L x = right`. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const result = right.slice();
  for (let row = 0; row < size; row++) {
    const at = row * size;
    let sum = result[row] as number;
    for (let k = 0; k < row; k++) sum -= (factor[at + k] as number) * (result[k] as number);
    result[row] = sum / (factor[at + row] as number);
  }
  return result;
}

/** Solves `Lᵀ x = right`. */
export function solveUpper(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const result = right.slice();
  for (let row = size - 1; row >= 0; row--) {
    const value = (result[row] as number) / (factor[row * size + row] as number);
    result[row] = value;
    for (let k = 0; k < row; k++) (result[k] as number) -= value * (factor[row * size + k] as number);
  }
  return result;
}
