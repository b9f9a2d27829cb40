import { describe, expect, it } from 'vitest';
import { stratifiedNormal } from '../../../src/analysis/rehearse/strata.ts';

describe('stratifiedNormal', () => {
  const drawn = (name: string, seed = 'seed'): number[] =>
    Array.from({ length: 9 }, (_, index) => stratifiedNormal({ seed, index, of: 9 }, name));

  it('covers the distribution in few plays: each share of it once, the middle among them', () => {
    const sorted = drawn('length').sort((a, b) => a - b);
    expect(sorted[4]).toBeCloseTo(0, 12);
    expect(sorted[8]).toBeCloseTo(1.5932, 3);
    expect(new Set(sorted).size).toBe(9);
    for (const [index, value] of sorted.entries()) expect(value).toBeCloseTo(-(sorted[8 - index] ?? 0), 9);
  });

  it('orders each quantity in its own way, the same for equal seeds', () => {
    expect(drawn('length')).toEqual(drawn('length'));
    expect(drawn('length')).not.toEqual(drawn('speed'));
    expect(drawn('length')).not.toEqual(drawn('length', 'other'));
  });
});
