import { describe, expect, it } from 'vitest';
import { drawBeta } from '../../../src/core/beta.ts';
import { createRng } from '../../../src/core/rng.ts';
import { Arms } from '../../../src/search/bandit/arms.ts';

const names = ['poor', 'good', 'dear'] as const;
const prior = (): number => 0.3;

/** Plays an arm's world for a while; how often each arm was drawn in the last half. */
function play(arms: Arms, pulls: number, worth: Record<string, number>, cost: Record<string, number>) {
  const rng = createRng('play');
  const drawn: Record<string, number> = { poor: 0, good: 0, dear: 0 };
  for (let pull = 0; pull < pulls; pull++) {
    const arm = arms.draw(names, rng);
    arms.credit([arm], rng.next() < (worth[arm] ?? 0) ? 1 : 0, cost[arm] ?? 1);
    if (pull >= pulls / 2) drawn[arm] = (drawn[arm] ?? 0) + 1;
  }
  return drawn as Record<(typeof names)[number], number>;
}

describe('Arms', () => {
  it('prefers what pays, per token', () => {
    const drawn = play(
      new Arms(prior),
      600,
      { poor: 0.05, good: 0.4, dear: 0.4 },
      { poor: 100, good: 100, dear: 400 },
    );
    expect(drawn.good).toBeGreaterThan(200);
    expect(drawn.poor + drawn.dear).toBeLessThan(drawn.good / 2);
  });

  it('forgets, so that an arm that begins to pay is found', () => {
    const arms = new Arms(prior);
    const cost = { poor: 100, good: 100, dear: 100 };
    play(arms, 400, { poor: 0.02, good: 0.4, dear: 0.02 }, cost);
    const drawn = play(arms, 1200, { poor: 0.6, good: 0.02, dear: 0.02 }, cost);
    expect(drawn.poor).toBeGreaterThan(360);
  });
});

describe('drawBeta', () => {
  it.each([
    [0.3, 0.7],
    [1, 1],
    [2, 8],
    [30, 12],
  ])('has the mean and variance of Beta(%f, %f)', (a, b) => {
    const rng = createRng(`beta/${a}/${b}`);
    const draws = Array.from({ length: 4000 }, () => drawBeta(a, b, rng));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    const expected = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(mean).toBeCloseTo(a / (a + b), 1);
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.12);
    expect(draws.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
