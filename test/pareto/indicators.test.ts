import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  additiveEpsilon,
  boxAround,
  hypervolume,
  invertedGenerationalDistancePlus,
  normalise,
  normalisedHypervolume,
} from '../../src/pareto/index.ts';

const points = fc.array(
  fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 }),
  { minLength: 1, maxLength: 12 },
);

describe('additiveEpsilon', () => {
  it.each([
    {
      name: 'a set against itself',
      set: [
        [1, 2],
        [2, 1],
      ],
      target: [
        [1, 2],
        [2, 1],
      ],
      expected: 0,
    },
    {
      name: 'a shifted set',
      set: [
        [1.5, 2.5],
        [2.5, 1.5],
      ],
      target: [
        [1, 2],
        [2, 1],
      ],
      expected: 0.5,
    },
    {
      name: 'a better set',
      set: [[0, 1]],
      target: [
        [1, 2],
        [2, 2],
      ],
      expected: -1,
    },
    {
      name: 'a missing end',
      set: [[1, 2]],
      target: [
        [1, 2],
        [2, 0],
      ],
      expected: 2,
    },
    { name: 'only unknown points', set: [[null, 1]], target: [[1, 2]], expected: Number.POSITIVE_INFINITY },
    { name: 'an empty set', set: [], target: [[1, 2]], expected: Number.POSITIVE_INFINITY },
  ])('$name: $expected', ({ set, target, expected }) => {
    expect(additiveEpsilon(set, target)).toBeCloseTo(expected, 12);
  });

  it('is the least shift that makes the set cover the target', () => {
    fc.assert(
      fc.property(points, points, (set, target) => {
        const shift = additiveEpsilon(set, target);
        const covers = (by: number): boolean =>
          target.every((goal) =>
            set.some((point) => point.every((value, axis) => value - by <= (goal[axis] ?? Number.NaN))),
          );
        expect(covers(shift + 1e-9)).toBe(true);
        expect(covers(shift - 1e-9)).toBe(false);
      }),
    );
  });
});

describe('invertedGenerationalDistancePlus', () => {
  it.each([
    {
      name: 'a set against itself',
      set: [
        [1, 2],
        [2, 1],
      ],
      target: [
        [1, 2],
        [2, 1],
      ],
      expected: 0,
    },
    {
      name: 'a dominating set',
      set: [[0, 0]],
      target: [
        [1, 2],
        [2, 1],
      ],
      expected: 0,
    },
    { name: 'one worse objective', set: [[0, 5]], target: [[1, 2]], expected: 3 },
    { name: 'two worse objectives', set: [[4, 6]], target: [[1, 2]], expected: 5 },
    {
      name: 'the mean of two',
      set: [[1, 2]],
      target: [
        [1, 2],
        [1, 0],
      ],
      expected: 1,
    },
    { name: 'an empty set', set: [], target: [[1, 2]], expected: Number.POSITIVE_INFINITY },
  ])('$name: $expected', ({ set, target, expected }) => {
    expect(invertedGenerationalDistancePlus(set, target)).toBeCloseTo(expected, 12);
  });

  it('turns maximised objectives round', () => {
    expect(invertedGenerationalDistancePlus([[0.7, 1]], [[0.9, 1]], ['max', 'min'])).toBeCloseTo(0.2, 12);
    expect(additiveEpsilon([[0.7, 1]], [[0.9, 1]], ['max', 'min'])).toBeCloseTo(0.2, 12);
  });

  it('refuses a target without points or with unknown ones', () => {
    expect(() => invertedGenerationalDistancePlus([[1]], [])).toThrow(/target with points/);
    expect(() => additiveEpsilon([[1]], [[null]])).toThrow(/without unknown values/);
  });
});

describe('normalise', () => {
  const box = { ideal: [1, 0.5], nadir: [0, 4.5] };
  it.each([
    { vector: [1, 0.5], expected: [0, 0] },
    { vector: [0, 4.5], expected: [1, 1] },
    { vector: [0.75, 2.5], expected: [0.25, 0.5] },
    { vector: [null, 8.5], expected: [null, 2] },
  ])('$vector becomes $expected', ({ vector, expected }) => {
    expect(normalise(vector, box, ['max', 'min'])).toEqual(expected);
  });

  it('refuses a box without width', () => {
    expect(() => normalise([1], { ideal: [2], nadir: [2] })).toThrow(/nadir worse than the ideal/);
    expect(() => normalise([1], box, ['max', 'min'])).toThrow(RangeError);
  });

  it('places every point of a box around them in 0..1', () => {
    fc.assert(
      fc.property(points, (given) => {
        const around = boxAround(given, ['max', 'min', 'min']);
        if (around === null) throw new Error('expected a box');
        for (const point of given) {
          for (const value of normalise(point, around, ['max', 'min', 'min'])) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });
});

describe('boxAround', () => {
  it('spans complete points and widens what does not vary', () => {
    const given = [
      [0.2, 3, null],
      [0.9, 5, 7],
      [0.4, 5, 7],
    ];
    expect(boxAround(given, ['max', 'min', 'min'])).toEqual({ ideal: [0.9, 5, 7], nadir: [0.4, 6, 8] });
    expect(boxAround([[null]])).toBeNull();
  });
});

describe('normalisedHypervolume', () => {
  it('is the share of the box', () => {
    const box = { ideal: [1, 0], nadir: [0, 10] };
    expect(normalisedHypervolume([[0.5, 5]], box, ['max', 'min'])).toBeCloseTo(0.25, 12);
    expect(normalisedHypervolume([[2, -5]], box, ['max', 'min'])).toBe(1);
    expect(normalisedHypervolume([[0.5, null]], box, ['max', 'min'])).toBe(0);
  });

  it('is the plain hypervolume over the volume of the box', () => {
    fc.assert(
      fc.property(points, (given) => {
        const box = { ideal: [-5, -5, -5], nadir: [6, 6, 6] };
        const expected = hypervolume(given, box.nadir) / 11 ** 3;
        expect(normalisedHypervolume(given, box)).toBeCloseTo(expected, 12);
      }),
    );
  });
});
