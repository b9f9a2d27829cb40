import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import type { Measurement, ObjectiveName } from '../../src/domain/objective.ts';
import { frontCertainty, type HasMeasurements } from '../../src/search/scheduling/front-certainty.ts';

const objectives: readonly ObjectiveName[] = ['score', 'tokens'];
type Row = readonly [score: number, tokens: number | null];

function trial(rows: readonly Row[]): HasMeasurements {
  const cells = rows.map(([score, tokens], index) => {
    const measurement: Measurement = { score, latency: 1, tokens, usd: null };
    return { key: `tuning/0/i${index}`, measurement };
  });
  return { measurements: () => cells };
}
const repeat = (row: Row, times: number): Row[] => Array.from({ length: times }, () => row);
const certainty = (trials: readonly HasMeasurements[]) =>
  frontCertainty(trials, objectives, createRng('test'));

describe('front certainty', () => {
  it('is 1 for points that trade off plainly and 0 for one that is plainly dominated', () => {
    const trials = [trial(repeat([0.9, 100], 8)), trial(repeat([0.5, 10], 8)), trial(repeat([0.4, 50], 8))];
    expect(certainty(trials)).toEqual([1, 1, 0]);
  });

  it('keeps equal points on the front both', () => {
    const rows = repeat([0.3, 7], 5);
    expect(certainty([trial(rows), trial(rows)])).toEqual([1, 1]);
  });

  it('is about a half where which of two is better is a matter of the cells drawn', () => {
    const first: Row[] = Array.from({ length: 20 }, (_, index) => [index % 2, 10]);
    const second: Row[] = Array.from({ length: 20 }, (_, index) => [1 - (index % 2), 10]);
    for (const chance of certainty([trial(first), trial(second)])) {
      expect(chance).toBeGreaterThan(0.4);
      expect(chance).toBeLessThan(0.6);
    }
  });

  it('does not take luck that two share for a difference', () => {
    const luck = [0.1, 0.9, 0.3, 0.8, 0.2, 0.7];
    const lower = trial(luck.map((score): Row => [score, 10]));
    const higher = trial(luck.map((score): Row => [score + 0.05, 10]));
    expect(certainty([lower, higher])).toEqual([0, 1]);
  });

  it('compares trials of different length, each over its own cells', () => {
    const trials = [trial(repeat([0.9, 10], 30)), trial(repeat([0.2, 20], 4))];
    expect(certainty(trials)).toEqual([1, 0]);
  });

  it('of some beside rivals is what it is of all', () => {
    const luck = [0.1, 0.9, 0.3, 0.8, 0.2, 0.7];
    const asked = [trial(luck.map((score): Row => [score, 10]))];
    const rivals = [trial(luck.toReversed().map((score): Row => [score, 9])), trial([])];
    const [chance] = frontCertainty(asked, objectives, createRng('test'), { rivals });
    expect(chance).toBeGreaterThan(0);
    expect(chance).toBeLessThan(1);
    expect([chance]).toEqual(certainty([...asked, ...rivals]).slice(0, 1));
  });

  it('gives nothing to what is unknown or was never measured', () => {
    const trials = [trial([]), trial(repeat([1, null], 3)), trial(repeat([0.1, 10], 3))];
    expect(certainty(trials)).toEqual([0, 0, 1]);
  });
});
