import { expect, expectTypeOf, test } from 'vitest';
import { defined } from '../../src/core/defined.ts';

test('a key whose value is undefined goes, all others stay in their order', () => {
  const values = { first: undefined as number | undefined, second: null, third: 0, fourth: '', fifth: false };
  const kept = defined(values);
  expect(Object.entries(kept)).toEqual([
    ['second', null],
    ['third', 0],
    ['fourth', ''],
    ['fifth', false],
  ]);
  expect('first' in kept).toBe(false);
});

test('the type says which keys may be absent, and that none holds undefined', () => {
  const seed = [1, undefined][1];
  const kept = defined({ seed, name: 'a' });
  expectTypeOf<typeof kept>().toEqualTypeOf<{ readonly name: 'a'; readonly seed?: number }>();
});
