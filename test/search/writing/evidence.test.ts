import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { chooseFailing, fullMarks } from '../../../src/search/writing/evidence.ts';

const cell = fc.record({
  instance: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  score: fc.constantFrom(0, 0.25, 0.5, 0.9, 1),
  hasFeedback: fc.boolean(),
});

describe('chooseFailing', () => {
  it('takes failing cells only, as many as there are up to the limit, lowest first, the same for a seed', () => {
    fc.assert(
      fc.property(fc.array(cell), fc.integer({ min: 1, max: 5 }), fc.string(), (cells, most, seed) => {
        const chosen = chooseFailing(cells, most, createRng(seed));
        const failing = cells.filter(({ score }) => score < fullMarks);
        expect(chosen.length).toBe(Math.min(most, failing.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.every((each) => failing.includes(each))).toBe(true);
        expect(chosen).toEqual(chosen.toSorted((a, b) => a.score - b.score));
        expect(chooseFailing(cells, most, createRng(seed))).toEqual(chosen);
      }),
    );
  });

  it('prefers other instances to repeats, feedback to none, and low scores to high', () => {
    const rows = [
      ...[0, 1, 2, 3].map((repeat) => ({ instance: 'a', score: 0, hasFeedback: true, repeat })),
      { instance: 'b', score: 0.1, hasFeedback: true, repeat: 0 },
      { instance: 'c', score: 0, hasFeedback: false, repeat: 0 },
      ...[0, 1, 2, 3].map((repeat) => ({ instance: 'z', score: 0.9, hasFeedback: true, repeat })),
    ];
    for (let seed = 0; seed < 30; seed++) {
      const chosen = chooseFailing(rows, 2, createRng(seed));
      expect(chosen.map(({ instance }) => instance)).not.toContain('c');
      expect(new Set(chosen.map(({ instance }) => instance)).size).toBe(2);
    }
    const lowest = chooseFailing(rows, 1, createRng(1));
    expect(lowest[0]?.score).toBeLessThanOrEqual(0.1);
  });
});
