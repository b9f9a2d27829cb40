import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { GaussianProcess } from '../../../src/search/surrogate/gaussian-process.ts';
import type { KernelVariances, SparseRow } from '../../../src/search/surrogate/kernel.ts';
import { Likelihood } from '../../../src/search/surrogate/likelihood.ts';

const variances: KernelVariances = { linear: [0.5, 0.2], together: 0.3, inverseLengths: [1, 0.5], own: 0.01 };

const rowOf = (entries: readonly (readonly [column: number, value: number, group: number])[]): SparseRow => ({
  columns: Int32Array.from(entries, ([column]) => column),
  values: Float64Array.from(entries, ([, value]) => value),
  groups: Uint8Array.from(entries, ([, , group]) => group),
});

/** Rows over six columns, of which the last two belong to the second group. */
const arbitraryRow = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.double({ min: -2, max: 2, noNaN: true })), {
    selector: ([column]) => column,
    minLength: 1,
  })
  .map((entries) => rowOf(entries.map(([column, value]) => [column, value, column > 3 ? 1 : 0])));

/** The kernel as its definition says. */
function kernel(a: SparseRow, b: SparseRow): number {
  let additive = 0;
  let distance = 0;
  for (let column = 0; column < 6; column++) {
    const of = (row: SparseRow): number => row.values[row.columns.indexOf(column)] ?? 0;
    const group = column > 3 ? 1 : 0;
    additive += (variances.linear[group] as number) * of(a) * of(b);
    distance += (variances.inverseLengths[group] as number) * (of(a) - of(b)) ** 2;
  }
  return additive + variances.together * Math.exp(-distance / 2);
}

/** Solves a dense system by Gauss and Jordan, with pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] as number]);
  for (let at = 0; at < rows.length; at++) {
    const pivot = rows.slice(at).reduce((best, row, index) => {
      return Math.abs(row[at] as number) > Math.abs((rows[best] as number[])[at] as number)
        ? at + index
        : best;
    }, at);
    [rows[at], rows[pivot]] = [rows[pivot] as number[], rows[at] as number[]];
    const first = rows[at] as number[];
    for (const [index, row] of rows.entries()) {
      if (index === at) continue;
      const factor = (row[at] as number) / (first[at] as number);
      for (let k = at; k < row.length; k++) (row[k] as number) -= factor * (first[k] as number);
    }
  }
  return rows.map((row, at) => (row[rows.length] as number) / (row[at] as number));
}

const errors = (first: number, second: number): number => (first === second ? 0.05 : 0.01);

describe('GaussianProcess', () => {
  it('believes what the textbook formulas say', () => {
    const known = fc.array(fc.tuple(arbitraryRow, fc.double({ min: -1, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(known, arbitraryRow, (pairs, row) => {
        const rows = pairs.map(([each]) => each);
        const targets = Float64Array.from(pairs, ([, target]) => target);
        const truth = rows.map((a, i) => rows.map((b, j) => kernel(a, b) + (i === j ? variances.own : 0)));
        const seen = truth.map((line, i) => line.map((value, j) => value + errors(i, j)));
        const process = new GaussianProcess({ rows, targets, errors }, variances);
        const along = rows.map((other) => kernel(row, other));
        const dot = (a: readonly number[], b: readonly number[]) =>
          a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
        const { mean, variance } = process.predict(row);
        expect(mean).toBeCloseTo(dot(along, solve(seen, [...targets])), 6);
        expect(process.meanOf(row)).toBeCloseTo(mean, 9);
        expect(variance).toBeCloseTo(kernel(row, row) + variances.own - dot(along, solve(seen, along)), 6);
        for (const [at, line] of truth.entries()) {
          expect(process.meanAt(at)).toBeCloseTo(dot(line, solve(seen, [...targets])), 6);
          const other = truth[0] as number[];
          const open = (line[0] as number) - dot(line, solve(seen, other));
          expect(process.between(process.open(at), process.open(0))).toBeCloseTo(open, 6);
        }
      }),
    );
  });

  it('gives the likelihood of what was seen', () => {
    const rows = [rowOf([[0, 1, 0]]), rowOf([[0, -1, 0]])];
    const measured = { rows, targets: Float64Array.of(0.4, -0.1), errors };
    const likelihood = new Likelihood(measured, variances.inverseLengths);
    const [a, b, c] = [
      kernel(rows[0] as SparseRow, rows[0] as SparseRow),
      kernel(rows[0] as SparseRow, rows[1] as SparseRow),
      kernel(rows[1] as SparseRow, rows[1] as SparseRow),
    ];
    const [p, q, r] = [a + variances.own + 0.05, b + 0.01, c + variances.own + 0.05];
    const determinant = p * r - q * q;
    const square = (r * 0.16 + 2 * q * 0.04 + p * 0.01) / determinant;
    expect(likelihood.logOf(variances)).toBeCloseTo(
      -0.5 * square - 0.5 * Math.log(determinant) - Math.log(2 * Math.PI),
      6,
    );
  });

  it('takes luck that rows share for luck, and luck of their own for less', () => {
    // Ten rows alike, measured 1 too high together: by themselves ten independent witnesses, together one.
    const rows = Array.from({ length: 10 }, (_, at) =>
      rowOf([
        [0, 1, 0],
        [at + 1, 0.1, 1],
      ]),
    );
    const targets = new Float64Array(rows.length).fill(1);
    const apart = new GaussianProcess({ rows, targets, errors: (i, j) => (i === j ? 0.5 : 0) }, variances);
    const shared = new GaussianProcess(
      { rows, targets, errors: (i, j) => (i === j ? 0.5 : 0.49) },
      variances,
    );
    expect(apart.meanAt(0)).toBeGreaterThan(0.85);
    expect(shared.meanAt(0)).toBeLessThan(0.7);
  });

  it('does not depend on the order of rows', () => {
    const rng = createRng('order');
    const rows = Array.from({ length: 12 }, () =>
      rowOf([0, 1, 2, 5].map((column) => [column, rng.normal(), column > 3 ? 1 : 0])),
    );
    const targets = Float64Array.from(rows, () => rng.normal());
    const asked = rowOf([[1, 0.3, 0]]);
    const order = rng.shuffle([...rows.keys()]);
    const one = new GaussianProcess({ rows, targets, errors }, variances).predict(asked);
    const other = new GaussianProcess(
      {
        rows: order.map((at) => rows[at] as SparseRow),
        targets: Float64Array.from(order, (at) => targets[at] as number),
        errors,
      },
      variances,
    ).predict(asked);
    expect(other.mean).toBeCloseTo(one.mean, 9);
    expect(other.variance).toBeCloseTo(one.variance, 9);
  });
});
