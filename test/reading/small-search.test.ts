import { expect, it } from 'vitest';
import { thorough } from '../support/thorough.ts';
import { measure, type SearchEvent, search, trueScore } from './small-search.ts';

it('finds a front of configs that are nearly the best of their size', () => {
  const front = search(measure, { seed: 1, cells: 1_000 }).front();
  expect(front.length).toBeGreaterThan(3);
  const bySize = new Map(front.map((trial) => [trial.config.agents, trueScore(trial.config)]));
  for (const [agents, score] of bySize) {
    expect(score).toBeGreaterThan(trueScore({ agents, temperature: 0.4 }) - 0.03);
  }
});

it('gives the front more cells than others, and drops what is clearly beaten', () => {
  const { trials, ...state } = search(measure, { seed: 1, cells: 1_000 });
  const [dropped, finished] = (['dropped', 'finished'] as const).map((status) =>
    trials.filter((trial) => trial.status === status),
  );
  expect(state.level).toBeGreaterThan(1);
  expect(dropped?.length).toBeGreaterThan(0);
  const most = Math.max(...(finished ?? []).map(({ cells }) => cells.length));
  expect(most).toBeGreaterThan(4);
  for (const { cells } of dropped ?? []) expect(cells.length).toBeLessThanOrEqual(most);
});

it('goes on as it would have when it is killed after any event', () => {
  const whole: SearchEvent[] = [];
  const cells = thorough ? 150 : 60;
  search(measure, { seed: 2, cells }, whole);
  for (let kept = 0; kept < whole.length; kept++) {
    const journal = whole.slice(0, kept);
    search(measure, { seed: 2, cells }, journal);
    expect(journal).toEqual(whole);
  }
});
