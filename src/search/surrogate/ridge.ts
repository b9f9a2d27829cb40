/**
 * Weighted least squares that stays near what was believed before: minimises
 * `Σ weight (target - row·β)² + strength Σ (β - prior)²`.
 *
 * @param rows all as long as `prior`
 * @param strength above 0: about as many rows of unit variance as the prior is worth
 */
export function fitRidge(
  rows: readonly Float64Array[],
  targets: Float64Array,
  weights: Float64Array,
  prior: Float64Array,
  strength: number,
): Float64Array {
  const width = prior.length;
  const matrix = Array.from({ length: width }, (_, at) => {
    const row = new Float64Array(width);
    row[at] = strength;
    return row;
  });
  const right = new Float64Array(width);
  for (const [index, row] of rows.entries()) {
    const weight = weights[index] as number;
    const off = weight * ((targets[index] as number) - dot(row, prior));
    for (let i = 0; i < width; i++) {
      const value = row[i] as number;
      if (value === 0) continue;
      (right[i] as number) += off * value;
      const into = matrix[i] as Float64Array;
      for (let j = 0; j < width; j++) (into[j] as number) += weight * value * (row[j] as number);
    }
  }
  const change = solve(matrix, right);
  return prior.map((value, at) => value + (change[at] as number));
}

export function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < first.length; at++) sum += (first[at] as number) * (second[at] as number);
  return sum;
}

/** Solves a symmetric positive definite system in place, by Cholesky's decomposition. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const width = right.length;
  const entry = (row: number, column: number): number => (matrix[row] as Float64Array)[column] as number;
  for (let column = 0; column < width; column++) {
    for (let row = column; row < width; row++) {
      let value = entry(row, column);
      for (let k = 0; k < column; k++) value -= entry(row, k) * entry(column, k);
      (matrix[row] as Float64Array)[column] =
        row === column ? Math.sqrt(value) : value / entry(column, column);
    }
  }
  const result = right.slice();
  for (let row = 0; row < width; row++) {
    for (let k = 0; k < row; k++) (result[row] as number) -= entry(row, k) * (result[k] as number);
    (result[row] as number) /= entry(row, row);
  }
  for (let row = width - 1; row >= 0; row--) {
    for (let k = row + 1; k < width; k++) (result[row] as number) -= entry(k, row) * (result[k] as number);
    (result[row] as number) /= entry(row, row);
  }
  return result;
}
