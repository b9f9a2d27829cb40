import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import {
  hypervolume,
  hypervolumeContributions,
  hypervolumeGain,
  hypervolumeGains,
} from '../../src/pareto/index.ts';
import { RankSet } from '../../src/pareto/rank-set.ts';
import { runs, thorough } from '../support/thorough.ts';
import { gridCount, inclusionExclusion } from './oracles.ts';

const gridEdge: Record<number, number> = { 1: 12, 2: 12, 3: 8, 4: 5, 5: 4 };
const allDimensions = [1, 2, 3, 4, 5];
const ones = (dimensions: number): number[] => Array.from({ length: dimensions }, () => 1);
const integerPoints = (dimensions: number, edge: number, maxLength: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: edge }), { minLength: dimensions, maxLength: dimensions }), {
    size: 'max',
    maxLength,
  });
const realPoints = (dimensions: number, maxLength: number) =>
  fc.array(
    fc.array(fc.double({ min: 0, max: 1.2, noNaN: true }), { minLength: dimensions, maxLength: dimensions }),
    { size: 'max', maxLength },
  );

describe('hypervolume', () => {
  it.each([
    { name: 'no points', points: [], reference: [1, 1, 1], expected: 0 },
    { name: 'one point in 1-D', points: [[2]], reference: [5], expected: 3 },
    {
      name: 'a staircase in 2-D',
      points: [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      reference: [4, 4],
      expected: 6,
    },
    { name: 'a cube', points: [[0, 0, 0]], reference: [2, 3, 4], expected: 24 },
    {
      // Beume et al. 2009's kind of example: three unit slabs that meet in one corner.
      name: 'three slabs',
      points: [
        [0, 2, 2],
        [2, 0, 2],
        [2, 2, 0],
      ],
      reference: [3, 3, 3],
      expected: 7,
    },
    { name: 'a point on the reference', points: [[1, 0, 0]], reference: [1, 1, 1], expected: 0 },
    {
      name: 'a point beyond the reference',
      points: [
        [2, 0],
        [0, 0.5],
      ],
      reference: [1, 1],
      expected: 0.5,
    },
    {
      name: 'an unknown value',
      points: [
        [0, null],
        [0.5, 0.5],
      ],
      reference: [1, 1],
      expected: 0.25,
    },
    { name: 'negative coordinates', points: [[-1, -2]], reference: [0, 0], expected: 2 },
    {
      name: 'four dimensions',
      points: [
        [0, 0, 0, 1],
        [1, 1, 1, 0],
      ],
      reference: [2, 2, 2, 2],
      expected: 9,
    },
  ])('$name: $expected', ({ points, reference, expected }) => {
    expect(hypervolume(points, reference)).toBeCloseTo(expected, 12);
  });

  it('maximises what is to be maximised', () => {
    expect(hypervolume([[0.5, 2]], [0, 4], ['max', 'min'])).toBeCloseTo(1, 12);
  });

  it.each(allDimensions)('equals counted grid cells in %i dimensions', (dimensions) => {
    const edge = gridEdge[dimensions] ?? 4;
    const reference = Array.from({ length: dimensions }, () => edge);
    fc.assert(
      fc.property(integerPoints(dimensions, edge, 20), (points) => {
        expect(hypervolume(points, reference)).toBe(gridCount(points, edge, dimensions));
      }),
      { numRuns: runs(60) },
    );
  });

  it.each(allDimensions)('equals inclusion–exclusion to 1e-9 in %i dimensions', (dimensions) => {
    fc.assert(
      fc.property(realPoints(dimensions, 9), (points) => {
        const error = hypervolume(points, ones(dimensions)) - inclusionExclusion(points, ones(dimensions));
        expect(Math.abs(error)).toBeLessThan(1e-9);
      }),
      { numRuns: runs(80) },
    );
  });

  it.skipIf(!thorough)(
    'in 3-D agrees with the exclusion method of 4-D on 300 points, each extruded by one',
    () => {
      const rng = createRng('test/hypervolume');
      const points = Array.from({ length: 300 }, () => [rng.next(), rng.next(), rng.next()]);
      const extruded = points.map((point) => [...point, 0]);
      const swapped = points.map((point) => [0, ...point]);
      const volume = hypervolume(points, ones(3));
      expect(hypervolume(extruded, ones(4))).toBeCloseTo(volume, 12);
      // With the constant axis first, the exclusion runs over an axis that does differ.
      expect(hypervolume(swapped, ones(4))).toBeCloseTo(volume, 12);
    },
  );

  it.each(allDimensions)('never shrinks when a point is added, in %i dimensions', (dimensions) => {
    fc.assert(
      fc.property(realPoints(dimensions, 12), (points) => {
        let before = 0;
        for (let count = 1; count <= points.length; count++) {
          const now = hypervolume(points.slice(0, count), ones(dimensions));
          expect(now).toBeGreaterThanOrEqual(before - 1e-12);
          before = now;
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it('does not depend on the order of points, nor of objectives', () => {
    fc.assert(
      fc.property(realPoints(3, 40), (points) => {
        const volume = hypervolume(points, ones(3));
        expect(hypervolume(points.toReversed(), ones(3))).toBeCloseTo(volume, 12);
        const turned = points.map(([x = 0, y = 0, z = 0]) => [z, x, y]);
        expect(hypervolume(turned, ones(3))).toBeCloseTo(volume, 12);
      }),
    );
  });

  it.each([
    { points: [[1, 2]], reference: [3, 3, 3] },
    { points: [[Number.NaN]], reference: [1] },
    { points: [[1]], reference: [null] },
    { points: [], reference: [] },
  ])('throws on $points under $reference', ({ points, reference }) => {
    expect(() => hypervolume(points, reference)).toThrow(RangeError);
  });
});

describe('hypervolumeGain', () => {
  it('is the difference that one more point makes', () => {
    const value = fc.double({ min: 0, max: 1.2, noNaN: true });
    const point = fc.tuple(value, value, value);
    fc.assert(
      fc.property(point, fc.array(point, { maxLength: 8 }), (added, others) => {
        const corner = [1, 1, 1];
        const difference = hypervolume([...others, added], corner) - hypervolume(others, corner);
        const inside = others.filter((other) => other.every((each) => each < 1));
        expect(hypervolumeGain(added, inside, corner)).toBeCloseTo(difference, 9);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('hypervolumeContributions', () => {
  it.each([1, 2, 3, 4])('is what is lost without the point, in %i dimensions', (dimensions) => {
    fc.assert(
      fc.property(realPoints(dimensions, 10), (points) => {
        const all = hypervolume(points, ones(dimensions));
        const contributions = hypervolumeContributions(points, ones(dimensions));
        const losses = points.map(
          (_, index) => all - hypervolume(points.toSpliced(index, 1), ones(dimensions)),
        );
        expect(contributions).toHaveLength(points.length);
        for (const [index, loss] of losses.entries()) {
          expect(Math.abs((contributions[index] ?? Number.NaN) - loss)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: runs(80) },
    );
  });

  it('is 0 for repeated, dominated, outlying and unknown points', () => {
    const points = [
      [0.5, 0.5],
      [0.5, 0.5],
      [0.6, 0.6],
      [2, 0],
      [0, null],
      [0.9, 0.1],
    ];
    const contributions = hypervolumeContributions(points, [1, 1]);
    expect(contributions.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(contributions[5]).toBeCloseTo(0.04, 12);
  });
});

describe('RankSet', () => {
  it.each([1, 33, 1100])('finds predecessors as a sorted list does, of %i ranks', (size) => {
    const rank = fc.integer({ min: 0, max: size - 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), rank), { size: 'max', maxLength: 80 }),
        rank,
        (steps, asked) => {
          const set = new RankSet(size);
          const plain = new Set<number>();
          for (const [isAdd, value] of steps) {
            if (isAdd) {
              set.add(value);
              plain.add(value);
            } else {
              set.delete(value);
              plain.delete(value);
            }
          }
          expect(set.predecessor(asked)).toBe(Math.max(-1, ...[...plain].filter((value) => value < asked)));
        },
      ),
    );
  });
});

describe('hypervolumeGains', () => {
  it.each([1, 2, 3, 4])('are those of one value after the other, in %i-D', (dimensions) => {
    // Steps of a quarter make ties, those of a thousandth hardly any.
    const value = fc
      .constantFrom(4, 1000)
      .chain((steps) => fc.integer({ min: 0, max: steps }).map((step) => step / steps));
    const point = fc.array(value, { minLength: dimensions, maxLength: dimensions });
    fc.assert(
      fc.property(
        fc.array(point, { size: 'max', maxLength: 12 }),
        point,
        fc.nat(dimensions - 1),
        fc.array(value, { maxLength: 6 }),
        fc.constantFrom(1, 0.75),
        (others, added, axis, values, edge) => {
          const corner = ones(dimensions).map(() => edge);
          const inside = others.filter((other) => other.every((each) => each <= edge));
          const gains = hypervolumeGains(added, axis, values, inside, corner);
          for (const [at, each] of values.entries()) {
            const one = hypervolumeGain(added.with(axis, each), inside, corner);
            expect(gains[at]).toBeCloseTo(one, 12);
            if (one === 0) expect(gains[at]).toBe(0);
          }
        },
      ),
    );
  });
});
