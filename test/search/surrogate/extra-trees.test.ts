import { describe, expect, test } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { fitForest } from '../../../src/search/surrogate/extra-trees.ts';

const rng = createRng('trees');
const rows = Array.from({ length: 300 }, () => [rng.next(), rng.next(), 1]);
const options = { trees: 30, minRows: 4, tries: 2 };

describe('fitForest', () => {
  test('learns a step and a sum on rows that it has not seen', () => {
    const truth = ([a = 0, b = 0]: readonly number[]): number => (a < 0.5 ? 0 : 1) + 0.5 * b;
    const forest = fitForest(rows, rows.map(truth), { ...options, rng: createRng(1) });
    const fresh = Array.from({ length: 200 }, () => [rng.next(), rng.next(), 1]);
    const error = fresh.reduce((sum, row) => sum + Math.abs(forest(row) - truth(row)), 0) / fresh.length;
    expect(error).toBeLessThan(0.08);
  });

  test('stays within what it saw, is constant where there is nothing to learn, and repeats itself', () => {
    const forest = fitForest(
      rows,
      rows.map(() => 0.3),
      { ...options, rng: createRng(2) },
    );
    expect(forest([9, -9, 4])).toBeCloseTo(0.3, 12);
    const targets = rows.map(([a = 0]) => a);
    const one = fitForest(rows, targets, { ...options, rng: createRng(3) });
    const same = fitForest(rows, targets, { ...options, rng: createRng(3) });
    for (const row of [
      [-5, 0, 1],
      [0.5, 0.5, 1],
      [5, 0, 1],
    ]) {
      expect(one(row)).toBe(same(row));
      expect(one(row)).toBeGreaterThanOrEqual(0);
      expect(one(row)).toBeLessThanOrEqual(1);
    }
  });

  test('rows that do not differ are one leaf', () => {
    const forest = fitForest([[1], [1], [1], [1]], [0, 1, 0, 1], { ...options, rng: createRng(4) });
    expect(forest([1])).toBe(0.5);
  });
});
