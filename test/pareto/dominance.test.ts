import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Direction, directionsOf, dominates, nonDominated, vectorOf } from '../../src/pareto/index.ts';
import { runs } from '../support/thorough.ts';
import { naiveDominates, naiveFront } from './oracles.ts';

describe('dominates', () => {
  const cases: {
    name: string;
    first: (number | null)[];
    second: (number | null)[];
    directions?: Direction[];
    expected: boolean;
  }[] = [
    { name: 'better in all', first: [1, 1], second: [2, 2], expected: true },
    { name: 'equal in one', first: [1, 2], second: [2, 2], expected: true },
    { name: 'equal vectors', first: [1, 2], second: [1, 2], expected: false },
    { name: 'a trade-off', first: [1, 3], second: [2, 2], expected: false },
    { name: 'worse in all', first: [2, 2], second: [1, 1], expected: false },
    { name: 'a higher score', first: [0.9, 2], second: [0.8, 2], directions: ['max', 'min'], expected: true },
    { name: 'a lower score', first: [0.7, 1], second: [0.8, 2], directions: ['max', 'min'], expected: false },
    { name: 'an own unknown', first: [1, null], second: [2, 2], expected: false },
    { name: 'an unknown against known', first: [1, 1], second: [1, null], expected: true },
    { name: 'an unknown, worse elsewhere', first: [2, 1], second: [1, null], expected: false },
    { name: 'both unknown', first: [1, null], second: [2, null], expected: false },
    {
      name: 'unknown, to be maximised',
      first: [-5, 1],
      second: [null, 1],
      directions: ['max', 'min'],
      expected: true,
    },
  ];
  it.each(cases)('$name: $expected', ({ first, second, directions, expected }) => {
    expect(dominates(first, second, directions)).toBe(expected);
  });

  it('is irreflexive, asymmetric and transitive, unknown values included', () => {
    const vector = fc.tuple(...Array.from({ length: 3 }, () => fc.option(fc.integer({ min: 0, max: 3 }))));
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        expect(dominates(a, a)).toBe(false);
        if (dominates(a, b)) expect(dominates(b, a)).toBe(false);
        if (dominates(a, b) && dominates(b, c)) expect(dominates(a, c)).toBe(true);
      }),
      { numRuns: runs(2000) },
    );
  });

  it.each([
    { first: [Number.NaN], second: [1] },
    { first: [1], second: [Number.NaN] },
    { first: [Number.POSITIVE_INFINITY], second: [1] },
    { first: [1, 2], second: [1] },
  ])('throws on $first against $second', ({ first, second }) => {
    expect(() => dominates(first, second)).toThrow(RangeError);
  });
});

describe('nonDominated', () => {
  it.each([1, 2, 3, 4])('equals the naive front in %i dimensions, in the given order', (dimensions) => {
    const points = fc.array(
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: dimensions, maxLength: dimensions }),
      { size: 'max', maxLength: 60 },
    );
    fc.assert(
      fc.property(points, (given) => {
        const indices = given.map((_, index) => index);
        expect(nonDominated(indices, (index) => given[index] ?? [])).toEqual(naiveFront(given));
      }),
    );
  });

  it('maximises what is to be maximised and leaves out what is unknown', () => {
    const trials = [
      { score: 0.9, latency: 4, tokens: 100 },
      { score: 0.8, latency: 1, tokens: 100 },
      { score: 0.7, latency: 2, tokens: 100 },
      { score: 1, latency: null, tokens: 100 },
      { score: 1, tokens: 1 },
    ];
    const objectives = ['score', 'latency', 'tokens'] as const;
    const front = nonDominated(trials, (trial) => vectorOf(trial, objectives), directionsOf(objectives));
    expect(front).toEqual(trials.slice(0, 2));
  });

  it('rejects vectors of different lengths', () => {
    expect(() => nonDominated([[1, 2], [1]], (vector) => vector)).toThrow(/expected 2 objectives/);
  });
});

describe('the naive oracle', () => {
  it('itself tells dominance from a trade-off', () => {
    expect(naiveDominates([1, 1], [1, 2])).toBe(true);
    expect(naiveDominates([1, 3], [2, 2])).toBe(false);
    expect(
      naiveFront([
        [1, 3],
        [2, 2],
        [3, 3],
      ]),
    ).toEqual([0, 1]);
  });
});
