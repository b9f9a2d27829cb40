import { cholesky, dot, solveLower, solveUpper } from '../../core/linear.ts';

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
  const matrix = new Float64Array(width * width);
  for (let at = 0; at < width; at++) matrix[at * width + at] = strength;
  const right = new Float64Array(width);
  for (const [index, row] of rows.entries()) {
    const weight = weights[index] as number;
    const off = weight * ((targets[index] as number) - dot(row, prior));
    for (let i = 0; i < width; i++) {
      const value = row[i] as number;
      if (value === 0) continue;
      (right[i] as number) += off * value;
      for (let j = 0; j <= i; j++) (matrix[i * width + j] as number) += weight * value * (row[j] as number);
    }
  }
  const factor = cholesky(matrix, width);
  const change = solveUpper(factor, width, solveLower(factor, width, right));
  return prior.map((value, at) => value + (change[at] as number));
}
