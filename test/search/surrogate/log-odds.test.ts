import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logistic } from '../../../src/core/logistic.ts';
import { logOdds, scoreOff, slopeAt, spreadAt } from '../../../src/search/surrogate/log-odds.ts';

const score = fc.double({ min: 0.02, max: 0.98, noNaN: true });

describe('log odds', () => {
  it('lead back to the score, and rise with it', () => {
    fc.assert(
      fc.property(score, score, (one, other) => {
        expect(logistic(logOdds(one))).toBeCloseTo(one, 12);
        // Neighbouring numbers round to the same.
        if (other - one > 1e-12) expect(logOdds(one)).toBeLessThan(logOdds(other));
      }),
    );
  });

  it('are finite where all answers are right or wrong', () => {
    for (const all of [0, 1]) expect(Number.isFinite(logOdds(all))).toBe(true);
    expect(spreadAt(1)).toBeGreaterThan(0);
  });

  it('change by the score over its slope', () => {
    fc.assert(
      fc.property(score, (at) => {
        const change = 1e-6;
        const changed = (logistic(logOdds(at) + change) - logistic(logOdds(at) - change)) / (2 * change);
        expect(changed).toBeCloseTo(slopeAt(at), 6);
      }),
    );
  });

  it('keep what is off within 0 and 1, by about the deviation where that is small', () => {
    const any = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        any,
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.integer({ min: -3, max: 3 }),
        (at, off, times) => {
          const there = scoreOff(at, off, times);
          expect(there).toBeGreaterThanOrEqual(0);
          expect(there).toBeLessThanOrEqual(1);
        },
      ),
    );
    expect(scoreOff(0.7, 0.001, 2)).toBeCloseTo(0.702, 5);
  });
});
