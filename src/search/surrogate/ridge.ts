import { addAt, cholesky, dot, float64At, solveLower, solveUpper } from '../../core/linear.ts';

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
    const weight = float64At(weights, index);
    const off = weight * (float64At(targets, index) - dot(row, prior));
    for (let i = 0; i < width; i++) {
      const value = float64At(row, i);
      if (value === 0) continue;
      addAt(right, i, off * value);
      for (let j = 0; j <= i; j++) addAt(matrix, i * width + j, weight * value * float64At(row, j));
    }
  }
  const factor = cholesky(matrix, width);
  const change = solveUpper(factor, width, solveLower(factor, width, right));
  return prior.map((value, at) => value + float64At(change, at));
}
