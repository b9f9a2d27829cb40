import { describe, expect, test } from 'vitest';
import { measureTrials } from '../../../src/analysis/answer/noise.ts';
import { createRng } from '../../../src/core/rng.ts';

const difficulty = { a: 0.2, b: 0, c: -0.2 } as const;
const questions = ['a', 'b', 'c'] as const;

function cells(level: number, noise: () => number, asked: readonly (keyof typeof difficulty)[] = questions) {
  return { tuning: asked.map((instance) => ({ instance, score: level + difficulty[instance] + noise() })) };
}

describe('measureTrials', () => {
  test('questions of different difficulty are not noise', () => {
    const { trials, degreesOfFreedom } = measureTrials([0.3, 0.5, 0.6].map((level) => cells(level, () => 0)));
    expect(trials.map(({ mean }) => mean)).toEqual([
      expect.closeTo(0.3, 9),
      expect.closeTo(0.5, 9),
      expect.closeTo(0.6, 9),
    ]);
    for (const { variance } of trials) expect(variance).toBeLessThan(1e-12);
    expect(degreesOfFreedom).toBe(9 - 3 - 2);
  });

  test('a config asked the easy questions only is not taken for a better one', () => {
    const full = [0.3, 0.4, 0.5, 0.6].map((level) => cells(level, () => 0));
    const { trials } = measureTrials([...full, cells(0.5, () => 0, ['a'])]);
    expect(trials[4]?.mean).toBeCloseTo(0.5, 3);
  });

  test('the noise is found, and equal scores do not prove that there is none', () => {
    const rng = createRng('noise');
    const noisy = Array.from({ length: 200 }, () => cells(0.5, () => 0.1 * rng.normal()));
    const lucky = cells(0.5, () => 0.05);
    const { trials, cellVariance } = measureTrials([...noisy, lucky]);
    expect(trials[200]?.variance).toBeGreaterThan(0.5 * (0.01 / 3));
    expect(cellVariance(0.5)).toBeGreaterThan(0.006);
    expect(cellVariance(0.5)).toBeLessThan(0.015);
  });
});
