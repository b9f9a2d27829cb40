import { describe, expect, it } from 'vitest';
import { invertedGenerationalDistancePlus } from '../../src/pareto/index.ts';

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
  });

  it('refuses a target without points or with unknown ones', () => {
    expect(() => invertedGenerationalDistancePlus([[1]], [])).toThrow(/target with points/);
    expect(() => invertedGenerationalDistancePlus([[1]], [[null]])).toThrow(/without unknown values/);
  });
});
