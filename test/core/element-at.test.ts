import { expect, test } from 'vitest';
import { elementAt } from '../../src/core/element-at.ts';

test.each<[string, ArrayLike<unknown>, number]>([
  ['an empty array', [], 0],
  ['past the end', [1, 2], 2],
  ['before the start', [1, 2], -1],
  ['between two', new Float64Array(2), 0.5],
  ['a place that is no number', [1], Number.NaN],
])('%s has no element, and that throws', (_, elements, index) => {
  expect(() => elementAt(elements, index)).toThrow(RangeError);
});

test('what is there is given as it is, zero and null too', () => {
  expect([elementAt([null], 0), elementAt(Float32Array.of(0), 0), elementAt('ab', 1)]).toEqual([
    null,
    0,
    'b',
  ]);
});
