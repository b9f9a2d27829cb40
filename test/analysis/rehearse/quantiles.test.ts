import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predictiveQuantile } from '../../../src/analysis/rehearse/quantiles.ts';
import { createRng } from '../../../src/core/rng.ts';

describe('predictiveQuantile', () => {
  it.each([
    [9, 0.9, 9],
    [19, 0.9, 18],
    [19, 0.5, 10],
    [9, 0.1, 1],
    [5, 0.9, 5],
    [1, 0.9, 1],
  ])('of 1..%i at %f is %f', (count, share, expected) => {
    const values = Array.from({ length: count }, (_, index) => count - index);
    expect(predictiveQuantile(values, share)).toBeCloseTo(expected, 12);
  });

  it('stays between the extremes and grows with the share', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(values, share, share, (list, a, b) => {
        const low = predictiveQuantile(list, Math.min(a, b));
        const high = predictiveQuantile(list, Math.max(a, b));
        expect(low).toBeGreaterThanOrEqual(Math.min(...list));
        expect(high).toBeLessThanOrEqual(Math.max(...list));
        expect(low).toBeLessThanOrEqual(high + 1e-9);
      }),
    );
  });

  it.each([9, 14, 19])(
    'lets a further draw fall below the 90th percentile of %i in nine cases of ten',
    (count) => {
      const rng = createRng(`quantile/${count}`);
      let below = 0;
      const rounds = 10_000;
      for (let round = 0; round < rounds; round++) {
        const seen = Array.from({ length: count }, () => rng.next());
        if (rng.next() <= predictiveQuantile(seen, 0.9)) below++;
      }
      expect(below / rounds).toBeGreaterThan(0.89);
      expect(below / rounds).toBeLessThan(0.91);
    },
  );
});
