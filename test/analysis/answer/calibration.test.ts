import { describe, expect, test } from 'vitest';
import { thorough } from '../../support/thorough.ts';
import { calibrationCase } from './calibration.ts';

/** A seeded sample of test/experiments/answer-calibration.ts. */
describe('the gain of a doubled budget', () => {
  test.skipIf(!thorough)(
    'lies in the 80% interval about as often as promised',
    () => {
      const verdicts = Array.from({ length: 9 }, (_, number) => calibrationCase(5000 + number, 50)).flat();
      const told = verdicts.flatMap(({ told: said, truth }) => (said === null ? [] : [{ ...said, truth }]));
      expect(told.length).toBeGreaterThanOrEqual(12);
      const held = told.filter(({ low, high, truth }) => low - 1e-9 <= truth && truth <= high + 1e-9).length;
      expect(held / told.length).toBeGreaterThanOrEqual(0.6);
      const width = told.reduce((sum, { low, high }) => sum + high - low, 0) / told.length;
      // An interval that says nothing would hold everything.
      expect(width).toBeLessThan(0.12);
    },
    60_000,
  );

  // 42 journals of 21 worlds: 81% (test/experiments/results.md).
  test.skipIf(!thorough)(
    'does so with the default strategy',
    () => {
      const verdicts = [9004, 9005, 9006].flatMap((number) => calibrationCase(number, 50, 2, 'auto'));
      expect(verdicts.map(({ strategy }) => strategy)).toEqual(Array.from({ length: 6 }, () => 'auto'));
      const told = verdicts.flatMap(({ told: said, truth }) => (said === null ? [] : [{ ...said, truth }]));
      expect(told.length).toBeGreaterThanOrEqual(4);
      const held = told.filter(({ low, high, truth }) => low - 1e-9 <= truth && truth <= high + 1e-9).length;
      expect(held / told.length).toBeGreaterThanOrEqual(0.5);
      for (const { low, high } of told) expect(high - low).toBeLessThan(0.25);
    },
    60_000,
  );

  test.skipIf(!thorough)('is not forecast for a search that has hardly begun', () => {
    for (const verdict of calibrationCase(5000, 12)) {
      expect(verdict.told).toBeNull();
      expect(verdict.because).toMatch(/a trend takes at least 20/);
    }
  });
});
