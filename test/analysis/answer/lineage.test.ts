import { describe, expect, test } from 'vitest';
import { shortestInterval } from '../../../src/analysis/answer/forecast.ts';
import { drawTruths } from '../../../src/analysis/answer/lineage.ts';
import { createRng } from '../../../src/core/rng.ts';
import { thorough } from '../../support/thorough.ts';

/** A search of which the truth is known: children stay near their parent or lose it all. */
function search(seed: number, size: number, noise: number) {
  const rng = createRng(`lineage/${seed}`);
  const truths: number[] = [];
  const parents: number[] = [];
  for (let index = 0; index < size; index++) {
    const parent = index < 10 ? -1 : rng.integer(index);
    const stays = parent >= 0 && rng.next() < 0.7;
    const score = stays ? (truths[parent] as number) + 0.04 * rng.normal() : 0.5 + 0.12 * rng.normal();
    truths.push(Math.min(1, Math.max(0, score)));
    parents.push(parent);
  }
  const trials = truths.map((truth) => ({
    mean: truth + noise * rng.normal(),
    variance: noise ** 2,
    cells: 4,
  }));
  return { truths, parents, trials };
}

describe('drawTruths', () => {
  test.skipIf(!thorough)(
    '80% intervals hold about 80% of the true scores, and the best is no longer overrated',
    () => {
      let held = 0;
      let all = 0;
      let luckMeasured = 0;
      let luckInferred = 0;
      const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
      for (const seed of seeds) {
        const { truths, parents, trials } = search(seed, 80, 0.1);
        const draws = drawTruths(trials, { parents, rng: createRng(seed), draws: 200 });
        const columns = truths.map((_, index) => draws.map((draw) => draw[index] as number));
        for (const [index, truth] of truths.entries()) {
          const { low, high } = shortestInterval(columns[index] as number[], 0.8);
          held += low <= truth && truth <= high ? 1 : 0;
          all++;
        }
        const means = trials.map(({ mean }) => mean);
        const best = means.indexOf(Math.max(...means));
        const inferred = (columns[best] as number[]).reduce((sum, value) => sum + value / 200, 0);
        luckMeasured += (means[best] as number) - (truths[best] as number);
        luckInferred += inferred - (truths[best] as number);
      }
      expect(held / all).toBeGreaterThan(0.72);
      expect(held / all).toBeLessThan(0.88);
      expect(luckMeasured / seeds.length).toBeGreaterThan(0.08);
      expect(Math.abs(luckInferred / seeds.length)).toBeLessThan(0.05);
    },
  );

  test('equal seeds give equal draws, and without noise the draws are what was measured', () => {
    const { parents, trials, truths } = search(9, 30, 0);
    const once = drawTruths(trials, { parents, rng: createRng(1), draws: 5 });
    expect(drawTruths(trials, { parents, rng: createRng(1), draws: 5 })).toEqual(once);
    for (const [index, truth] of truths.entries()) expect(once[4]?.[index]).toBeCloseTo(truth, 3);
  });
});

describe('shortestInterval', () => {
  test.each([
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 20], 0.8, { low: 1, high: 8 }],
    [[-11, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0.8, { low: 1, high: 8 }],
    // The mean is inside, also where nearly all are equal and few lie far off.
    [[0, 0, 0, 0, 5], 0.8, { low: 0, high: 1 }],
    [[-5, 0, 0, 0, 0], 0.8, { low: -1, high: 0 }],
    [[7], 0.8, { low: 7, high: 7 }],
  ])('of %j at %d', (draws, level, interval) => {
    expect(shortestInterval(draws, level)).toEqual(interval);
  });
});
