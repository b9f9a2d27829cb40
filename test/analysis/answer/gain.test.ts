import { describe, expect, test } from 'vitest';
import { type BestAndOther, gainOver } from '../../../src/analysis/answer/gain.ts';
import type { PastCell, PastTrial } from '../../../src/analysis/answer/history.ts';

const cell = (instance: string, score: number): PastCell => ({
  instance,
  score,
  measurement: { score, latency: 1, tokens: 1, usd: null },
});

function trial(number: number, tuning: readonly number[], holdout: readonly PastCell[] = []): PastTrial {
  const unknown = { mean: null, low: null, high: null };
  return {
    trial: number,
    id: `${number}`,
    config: { version: 1, name: 'x', stages: [] },
    operator: 'random',
    parents: [],
    at: { evaluations: number + 1, tokens: 0, usd: null, seconds: 0 },
    estimates: { score: unknown, latency: unknown, tokens: unknown, usd: unknown },
    finalist: true,
    affordable: true,
    tuning: tuning.map((score) => cell('t', score)),
    holdout,
  };
}

const compare = (best: PastTrial, other: PastTrial, draws: BestAndOther['draws'] = []) =>
  gainOver({ best, other, draws });

describe('gainOver', () => {
  test('a config has gained nothing over itself', () => {
    const only = trial(0, [1, 1]);
    expect(compare(only, only)).toMatchObject({ mean: 0, low: 0, high: 0, method: 'the same config' });
  });

  test('without holdout or posterior the measured difference stands, with no interval', () => {
    expect(compare(trial(1, [0.75, 0.75]), trial(0, [0.5, 0.25]))).toMatchObject({
      ...{ mean: 0.375, low: null, high: null, basis: 'tuning', measured: 0.375 },
    });
  });

  test('the posterior replaces the lucky measurement, which is shown beside it', () => {
    const draws = Array.from({ length: 101 }, (_, index) => index / 1000);
    const gain = compare(trial(1, [0.9, 0.9]), trial(0, [0.5, 0.5]), draws);
    expect(gain.mean).toBeCloseTo(0.05, 9);
    expect(gain.low).toBeCloseTo(0.0025, 9);
    expect(gain.high).toBeCloseTo(0.0975, 9);
    expect(gain.measured).toBeCloseTo(0.4, 9);
  });

  test('many holdout questions are paired: what makes them hard for both does not count', () => {
    const scores = [0.1, 0.9, 0.2, 0.8, 0.5, 0.4];
    const held = (plus: number) =>
      scores.map((score, index) => cell(`h${index}`, score + plus + 0.001 * index * plus));
    const gain = compare(trial(1, [1], held(0.1)), trial(0, [0], held(0)));
    expect(gain).toMatchObject({ basis: 'holdout', method: 'paired t over 6 holdout questions' });
    expect(gain.mean).toBeCloseTo(0.1, 3);
    expect((gain.high ?? 1) - (gain.low ?? 0)).toBeLessThan(0.001);
  });

  test('few holdout questions: fresh answers decide, and equal answers do not make certainty', () => {
    const all = (score: number, count: number) => Array.from({ length: count }, () => cell('h', score));
    const few = compare(trial(1, [1], all(1, 4)), trial(0, [0], all(0.5, 4)));
    const more = compare(trial(1, [1], all(1, 40)), trial(0, [0], all(0.5, 40)));
    expect(few.mean).toBe(0.5);
    expect(few.low).toBeLessThan(0.3);
    expect(few.high).toBeGreaterThan(0.6);
    expect((more.high ?? 0) - (more.low ?? 0)).toBeLessThan((few.high ?? 0) - (few.low ?? 0));
  });
});
