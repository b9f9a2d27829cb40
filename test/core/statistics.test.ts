import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementAt } from '../../src/core/element-at.ts';
import { createRng } from '../../src/core/rng.ts';
import {
  mean,
  meanInterval,
  quantile,
  unitRange,
  variance,
  wilsonInterval,
} from '../../src/core/statistics.ts';

const numbers = (minLength = 0) =>
  fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength, maxLength: 40 });

describe('mean and variance', () => {
  it.each([
    { values: [], expectedMean: null, expectedVariance: null },
    { values: [3], expectedMean: 3, expectedVariance: null },
    { values: [2, 4, 4, 4, 5, 5, 7, 9], expectedMean: 5, expectedVariance: 32 / 7 },
    { values: [1e16, 1, -1e16], expectedMean: 1 / 3, expectedVariance: 1e32 },
  ])('$values', ({ values, expectedMean, expectedVariance }) => {
    expect(mean(values)).toBe(expectedMean);
    const found = variance(values);
    if (expectedVariance === null) expect(found).toBeNull();
    else expect((found ?? Number.NaN) / expectedVariance).toBeCloseTo(1, 12);
  });

  it('throw on what is not a finite number', () => {
    expect(() => mean([1, Number.NaN])).toThrow(/finite/);
    expect(() => variance([1, Number.POSITIVE_INFINITY])).toThrow(/finite/);
  });
});

describe('meanInterval', () => {
  it('of nothing is unknown; of one value has no bounds', () => {
    expect(meanInterval([])).toEqual({ mean: null, low: null, high: null });
    expect(meanInterval([0.4])).toEqual({ mean: 0.4, low: null, high: null });
    expect(meanInterval([0.4], 0.95, unitRange)).toEqual({ mean: 0.4, low: null, high: null });
  });

  // Quantiles of Student's t from printed tables: 12.7062 (1 df), 2.77645 (4 df), 2.57058 (5 df, 95%),
  // 2.13185 (4 df, 90%), 4.60409 (4 df, 99%).
  it.each([
    { values: [1, 3], level: 0.95, quantileOfT: 12.7062 },
    { values: [1, 2, 3, 4, 5], level: 0.95, quantileOfT: 2.77645 },
    { values: [1, 2, 3, 4, 5, 9], level: 0.95, quantileOfT: 2.57058 },
    { values: [1, 2, 3, 4, 5], level: 0.9, quantileOfT: 2.13185 },
    { values: [1, 2, 3, 4, 5], level: 0.99, quantileOfT: 4.60409 },
  ])('of $values at $level reaches t times the standard error', ({ values, level, quantileOfT }) => {
    const { mean: centre, low, high } = meanInterval(values, level);
    const standardError = Math.sqrt((variance(values) ?? Number.NaN) / values.length);
    expect(((high ?? Number.NaN) - (centre ?? Number.NaN)) / standardError).toBeCloseTo(quantileOfT, 4);
    expect(((centre ?? Number.NaN) - (low ?? Number.NaN)) / standardError).toBeCloseTo(quantileOfT, 4);
  });

  it('is wider for a higher level and holds the mean', () => {
    fc.assert(
      fc.property(numbers(2), (values) => {
        const [narrow, wide] = [meanInterval(values, 0.8), meanInterval(values, 0.99)];
        const [a, b, c, d] = [wide.low ?? 1, narrow.low ?? 0, narrow.high ?? 0, wide.high ?? -1];
        expect(a).toBeLessThanOrEqual(b);
        expect(b).toBeLessThanOrEqual(narrow.mean ?? Number.NaN);
        expect(c).toBeGreaterThanOrEqual(narrow.mean ?? Number.NaN);
        expect(d).toBeGreaterThanOrEqual(c);
      }),
    );
  });

  it('of equal values within a range is not a point', () => {
    // Eight right answers of eight: one-sided Clopper–Pearson bound 0.05^(1/8) = 0.6877.
    const right = meanInterval(new Array(8).fill(1), 0.95, unitRange);
    expect(right.mean).toBe(1);
    expect(right.high).toBe(1);
    expect(right.low).toBeCloseTo(0.6877, 4);
    const wrong = meanInterval(new Array(8).fill(0), 0.95, unitRange);
    expect(wrong.low).toBe(0);
    expect(wrong.high).toBeCloseTo(1 - 0.6877, 4);
    const middling = meanInterval(new Array(8).fill(0.6), 0.95, unitRange);
    expect(middling.low).toBeCloseTo(0.6 * 0.6877, 4);
    expect(middling.high).toBeCloseTo(0.6 + 0.4 * (1 - 0.6877), 4);
  });

  it('of nearly equal values within a range reaches what no answer showed', () => {
    // Twenty answers, none below 0.9: at most 1 - 0.05^(1/20) = 0.1391 of all lie below it; 19 are alike.
    const nearly = meanInterval([...Array(19).fill(1), 0.9], 0.95, unitRange);
    expect(nearly.mean).toBeCloseTo(0.995, 12);
    expect(nearly.high).toBe(1);
    expect(nearly.low).toBeCloseTo(0.995 - (18 / 19) * 0.1391 * 0.9, 4);
    const mirrored = meanInterval([...Array(19).fill(0), 0.1], 0.95, unitRange);
    expect(mirrored.high).toBeCloseTo(1 - (nearly.low ?? 0), 12);
    // All different, as a judge's scores are, they show their spread.
    const spread = [0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97];
    expect(meanInterval(spread, 0.95, unitRange)).toEqual(meanInterval(spread));
    // Right-or-wrong answers of both kinds have Student's t alone.
    const wrong = [...Array(19).fill(1), 0];
    const { low } = meanInterval(wrong, 0.95, unitRange);
    expect(low).toBe(meanInterval(wrong).low);
  });

  it.each([
    { name: 'rare failures', scores: [1, 0.9, 0], chances: [0.89, 0.08, 0.03] },
    { name: 'more of them', scores: [1, 0.9, 0], chances: [0.8, 0.13, 0.07] },
    { name: 'right or wrong', scores: [1, 0], chances: [0.85, 0.15] },
    { name: 'thirds', scores: [1, 0.67, 0.33, 0], chances: [0.5, 0.2, 0.2, 0.1] },
  ])('holds the truth about as often as it says: $name', ({ scores, chances }) => {
    const truth = scores.reduce((sum, score, at) => sum + score * elementAt(chances, at), 0);
    const rng = createRng('coverage');
    const draw = (): number => {
      let left = rng.next();
      return (
        scores.find((_, at) => {
          left -= elementAt(chances, at);
          return left < 0;
        }) ?? 0
      );
    };
    for (const count of [8, 12, 20, 40]) {
      const covered = Array.from({ length: 600 }, () => {
        const { low, high } = meanInterval(Array.from({ length: count }, draw), 0.95, unitRange);
        return (low ?? 1) <= truth && truth <= (high ?? 0);
      });
      expect(covered.filter(Boolean).length / covered.length).toBeGreaterThan(0.88);
    }
  });

  it('of equal values without a range is the width of t, zero, without rounding noise', () => {
    expect(meanInterval([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, low: 0.1, high: 0.1 });
  });

  it('stays within the range', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 9 }),
        (values) => {
          const { low, high } = meanInterval(values, 0.95, unitRange);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
        },
      ),
    );
    expect(() => meanInterval([0.5, 1.2], 0.95, unitRange)).toThrow(/0\.\.1, found 1\.2/);
  });

  it.each([0, 1, -1, Number.NaN])('refuses the level %d', (level) => {
    expect(() => meanInterval([1, 2], level)).toThrow(/level in \(0, 1\)/);
  });
});

describe('quantile', () => {
  it.each([
    { values: [], share: 0.5, expected: null },
    { values: [7], share: 0.3, expected: 7 },
    { values: [4, 1, 3, 2], share: 0.5, expected: 2.5 },
    { values: [4, 1, 3, 2], share: 0, expected: 1 },
    { values: [4, 1, 3, 2], share: 1, expected: 4 },
    { values: [10, 20, 30, 40, 50], share: 0.9, expected: 46 },
    { values: [100, 9, 20], share: 0.5, expected: 20 },
  ])('$share of $values is $expected', ({ values, share, expected }) => {
    const found = quantile(values, share);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 12);
  });

  it('leaves its input alone, and refuses shares outside 0..1', () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
    expect(() => quantile(values, 1.1)).toThrow(/share in 0\.\.1/);
  });
});

describe('wilsonInterval', () => {
  it.each([
    // Newcombe 1998, table I, method 3.
    { successes: 81, trials: 263, low: 0.2553, high: 0.3662 },
    { successes: 15, trials: 148, low: 0.0624, high: 0.1605 },
    { successes: 0, trials: 20, low: 0, high: 0.1611 },
    { successes: 1, trials: 29, low: 0.0061, high: 0.1718 },
  ])('$successes of $trials', ({ successes, trials, low, high }) => {
    const found = wilsonInterval(successes, trials);
    expect(found.mean).toBe(successes / trials);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it('ends at 0 and 1, is unknown without trials, and refuses nonsense', () => {
    expect(wilsonInterval(0, 7).low).toBe(0);
    expect(wilsonInterval(7, 7).high).toBe(1);
    expect(wilsonInterval(0, 0)).toEqual({ mean: null, low: null, high: null });
    for (const [successes, trials] of [
      [-1, 3],
      [4, 3],
      [1, 2.5],
      [Number.NaN, 3],
    ] as const) {
      expect(() => wilsonInterval(successes, trials)).toThrow(RangeError);
    }
  });
});
