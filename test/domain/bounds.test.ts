import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundsText, parseBounds } from '../../src/domain/bound-text.ts';
import {
  acceptable,
  type Bounds,
  byNearness,
  judgedBy,
  keepsBounds,
  standingOf,
} from '../../src/domain/bounds.ts';
import type { Estimate, Estimates, Measurement } from '../../src/domain/objective.ts';

describe('bounds as text', () => {
  test.each<[string, Bounds]>([
    ['score>=0.8', { score: 0.8 }],
    ['score>=0.8,latency<=3s,usd<=0.01', { score: 0.8, latency: 3, usd: 0.01 }],
    [' latency <= 500ms , tokens<= 2k', { latency: 0.5, tokens: 2000 }],
    ['latency<=2', { latency: 2 }],
    ['latency<=1.5m', { latency: 90 }],
    ['tokens<=1.5M', { tokens: 1_500_000 }],
    ['usd<=$.5', { usd: 0.5 }],
    ['usd<=2e-5', { usd: 0.00002 }],
    ['score>=1', { score: 1 }],
  ])('%s', (text, bounds) => {
    expect(parseBounds(text)).toEqual({ ok: true, value: bounds });
  });

  test.each([
    ['', 'score>=0.8, latency<=3s', '""'],
    ['score', 'in quotes', '"score"'],
    ['latncy<=3s', 'did you mean latency?', '"latncy<=3s"'],
    ['latency>=3s', 'latency<= and a value', '"latency>=3s"'],
    ['score<=0.8', 'score>= and a value', '"score<=0.8"'],
    ['latency<3s', 'latency<= and a value', '"latency<3s"'],
    ['score=0.8', 'score>= and a value', '"score=0.8"'],
    ['score>=80', 'a number from 0 to 1 for score', '"score>=80"'],
    ['score>=$0.8', 'a number from 0 to 1 for score', '"score>=$0.8"'],
    ['latency<=3 parsecs', 'a time above 0', '"latency<=3 parsecs"'],
    ['latency<=0s', 'a time above 0', '"latency<=0s"'],
    ['tokens<=2s', 'a number above 0', '"tokens<=2s"'],
    ['usd<=constructor', 'US dollars', '"usd<=constructor"'],
    ['usd<=-1', 'US dollars', '"usd<=-1"'],
    ['score>=0.8,,usd<=1', 'score>=0.8, latency<=3s', '""'],
    ['usd<=1,usd<=2', 'one bound on usd', 'another, "usd<=2"'],
  ])('%s is refused', (text, expected, found) => {
    const parsed = parseBounds(text);
    expect(parsed).toMatchObject({
      ok: false,
      error: { expected: expect.stringContaining(expected), found },
    });
  });

  const amount = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
  const anyBounds: fc.Arbitrary<Bounds> = fc
    .record(
      { score: fc.double({ min: 0, max: 1, noNaN: true }), latency: amount, tokens: amount, usd: amount },
      { requiredKeys: [] },
    )
    .filter((bounds) => Object.keys(bounds).length > 0);

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(anyBounds, (bounds) => {
        expect(parseBounds(boundsText(bounds))).toEqual({ ok: true, value: bounds });
      }),
    );
  });

  const value = fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: null });
  const measurement: fc.Arbitrary<Measurement> = fc.record({
    score: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    latency: value,
    tokens: value,
    usd: value,
  });

  test('inside is where nothing exceeds, and tighter bounds hold less', () => {
    fc.assert(
      fc.property(anyBounds, measurement, (bounds, values) => {
        const of = (name: keyof Measurement): number | null => values[name];
        const inside = keepsBounds(of, bounds);
        const ideal = (name: keyof Measurement): number => (name === 'score' ? 1 : 0);
        expect(byNearness(bounds)(of, ideal) === 0).toBe(inside);
        expect(byNearness(bounds)(ideal, of) < 0).toBe(!inside);
        const looser = Object.fromEntries(
          Object.entries(bounds).map(([name, bound]) => [name, name === 'score' ? bound / 2 : bound * 2]),
        );
        if (inside) expect(keepsBounds(of, looser)).toBe(true);
      }),
    );
  });
});

test('costs are nearer than scores: what is too dear cannot be used', () => {
  const values = (score: number, latency: number) => (name: keyof Measurement) =>
    name === 'score' ? score : name === 'latency' ? latency : null;
  const nearer = byNearness({ score: 0.9, latency: 1 });
  expect(nearer(values(0.2, 1), values(0.9, 1.01))).toBeLessThan(0);
  expect(nearer(values(0.2, 1), values(0.8, 0.9))).toBeGreaterThan(0);
  expect(nearer(values(0.8, 1.2), values(0.8, 1.1))).toBeGreaterThan(0);
});

const about = (mean: number | null, reach = 0): Estimate =>
  mean === null ? { mean, low: null, high: null } : { mean, low: mean - reach, high: mean + reach };
const estimates = (score: Estimate, latency: Estimate): Estimates => ({
  ...{ score, latency, tokens: about(100), usd: about(null) },
});

describe('how a config stands to bounds', () => {
  const bounds = { score: 0.8, latency: 3 };
  test.each([
    ['met', estimates(about(0.9, 0.05), about(2, 0.5))],
    ['met?', estimates(about(0.82, 0.05), about(2, 0.5))],
    ['met?', estimates(about(0.9, 0.05), about(2.8, 0.5))],
    ['missed?', estimates(about(0.78, 0.05), about(2, 0.5))],
    ['missed', estimates(about(0.7, 0.05), about(2, 0.5))],
    ['missed', estimates(about(0.9, 0.05), about(null))],
    ['met', estimates({ mean: 0.9, low: null, high: null }, about(2))],
  ])('%s', (standing, objectives) => {
    expect(standingOf(bounds, { objectives })).toBe(standing);
  });

  test('the score is that of the holdout where it was measured', () => {
    const objectives = estimates(about(0.9), about(2));
    const holdout = estimates(about(0.7), about(9));
    expect(judgedBy({ objectives, holdout: null })).toEqual(objectives);
    expect(judgedBy({ objectives, holdout })).toEqual({ ...objectives, score: holdout.score });
    expect(standingOf(bounds, { objectives, holdout })).toBe('missed');
  });

  test('where none meets them all are left', () => {
    const all = [{ score: 0.9 }, { score: 0.5 }, { score: 0.7 }];
    const left = (bound: Bounds | undefined) =>
      acceptable(
        all,
        bound,
        ({ score }) =>
          () =>
            score,
      );
    expect(left({ score: 0.6 })).toEqual([{ score: 0.9 }, { score: 0.7 }]);
    expect(left({ score: 0.95 })).toEqual(all);
    expect(left(undefined)).toEqual(all);
  });
});
