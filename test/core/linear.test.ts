import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cholesky, dot, solveLower, solveUpper } from '../../src/core/linear.ts';

const numbers = (count: number) =>
  fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: count, maxLength: count });

describe('the factor of a positive definite matrix', () => {
  it('solves what the matrix was multiplied with', () => {
    const systems = fc
      .integer({ min: 1, max: 8 })
      .chain((size) => fc.tuple(fc.constant(size), numbers(size * size), numbers(size)));
    fc.assert(
      fc.property(systems, ([size, root, wanted]) => {
        const rows = Array.from({ length: size }, (_, row) =>
          Float64Array.from(root.slice(row * size, (row + 1) * size)),
        );
        const matrix = Float64Array.from({ length: size * size }, (_, at) => {
          const [row, column] = [Math.floor(at / size), at % size];
          return dot(rows[row] as Float64Array, rows[column] as Float64Array) + (row === column ? 1 : 0);
        });
        const right = Float64Array.from({ length: size }, (_, row) =>
          dot(matrix.slice(row * size, (row + 1) * size), Float64Array.from(wanted)),
        );
        const factor = cholesky(matrix.slice(), size);
        const found = solveUpper(factor, size, solveLower(factor, size, right));
        for (const [at, value] of wanted.entries()) expect(found[at]).toBeCloseTo(value, 6);
      }),
    );
  });

  it('of a singular matrix has no NaN', () => {
    const factor = cholesky(Float64Array.from([1, 0, 1, 1]), 2);
    expect([...factor].every(Number.isFinite)).toBe(true);
  });
});
