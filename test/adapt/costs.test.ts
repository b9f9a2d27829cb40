import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServedCosts } from '../../src/adapt/costs.ts';
import type { Estimates } from '../../src/domain/objective.ts';

const unknown = { mean: null, low: null, high: null };
const figures: Estimates = {
  score: { mean: 0.8, low: 0.7, high: 0.9 },
  latency: { mean: 2, low: 1.8, high: 2.2 },
  usd: { mean: 0.002, low: 0.001, high: 0.003 },
  tokens: unknown,
};
const cost = (latency: number) => ({ latency, usd: 0.002, tokens: 500 });

describe('costs', () => {
  it("are the run's before any request, and of configs that were not asked", () => {
    const costs = new ServedCosts();
    costs.take('other', cost(9));
    expect(costs.figures('mine', figures)).toEqual(figures);
  });

  it('move towards what is seen: after twenty requests they lie halfway', () => {
    const costs = new ServedCosts();
    for (let request = 0; request < 20; request++) costs.take('mine', cost(4));
    const { latency, score } = costs.figures('mine', figures);
    expect(latency.mean).toBeCloseTo(3, 9);
    expect(latency.high).toBeGreaterThan(3);
    expect(score).toEqual(figures.score);
    for (let request = 0; request < 2_000; request++) costs.take('mine', cost(4));
    const { mean, high } = costs.figures('mine', figures).latency;
    expect(mean).toBeGreaterThan(3.9);
    expect((high as number) - (mean as number)).toBeLessThan(0.1);
  });

  it('are known once twenty requests have told what the run could not', () => {
    const costs = new ServedCosts();
    for (let request = 0; request < 19; request++) costs.take('mine', cost(1));
    expect(costs.figures('mine', figures).tokens).toEqual(unknown);
    costs.take('mine', cost(1));
    expect(costs.figures('mine', figures).tokens.mean).toBe(500);
  });

  it('are finite and hold their mean for any costs, through JSON too', () => {
    const positive = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 60 }), (seen) => {
        const costs = new ServedCosts();
        for (const latency of seen) costs.take('mine', { ...cost(latency), usd: null });
        const { latency, usd } = costs.figures('mine', figures);
        expect(usd).toEqual(figures.usd);
        expect(latency.low).toBeLessThanOrEqual(latency.mean as number);
        expect(latency.high).toBeGreaterThanOrEqual(latency.mean as number);
        const mean = (20 * 2 + seen.reduce((sum, one) => sum + one, 0)) / (20 + seen.length);
        expect(Math.abs((latency.mean as number) - mean)).toBeLessThanOrEqual(1e-9 * (1 + mean));
        const again = new ServedCosts(JSON.parse(JSON.stringify(costs.state())));
        expect(again.figures('mine', figures)).toEqual({ ...costs.figures('mine', figures) });
      }),
    );
  });
});
