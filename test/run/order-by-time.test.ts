import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metInFull } from '../../src/run/end/order-by-time.ts';

/** Raises all parts together, drop by drop, and takes none above its need. */
function poured(needs: readonly number[], available: number): number[] {
  const parts = needs.map(() => 0);
  for (let left = available; left > 0; ) {
    const thirsty = [...needs.keys()].filter((at) => (parts[at] ?? 0) < (needs[at] ?? 0));
    if (thirsty.length === 0 || left < thirsty.length) break;
    for (const at of thirsty) parts[at] = (parts[at] ?? 0) + 1;
    left -= thirsty.length;
  }
  return parts;
}

const needs = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 });
const available = fc.integer({ min: 0, max: 400 });

describe('who gets all that it needs', () => {
  it('is who does where the time is poured out evenly', () => {
    fc.assert(
      fc.property(needs, available, (wanted, time) => {
        const parts = poured(wanted, time);
        const full = [...wanted.keys()].filter((at) => parts[at] === wanted[at]);
        expect(metInFull(wanted, time).sort((a, b) => a - b)).toEqual(full);
      }),
    );
  });

  it('is nobody else once they have it: what they did not need is no reason to take more', () => {
    fc.assert(
      fc.property(needs, available, (wanted, time) => {
        const met = new Set(metInFull(wanted, time));
        const taken = wanted.reduce((sum, need, at) => sum + (met.has(at) ? need : 0), 0);
        const rest = wanted.filter((_, at) => !met.has(at));
        expect(metInFull(rest, time - taken)).toEqual([]);
      }),
    );
  });

  it('comes with the least need first', () => {
    expect(metInFull([50, 3, 9, 50], 40)).toEqual([1, 2]);
  });
});
