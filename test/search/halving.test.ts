import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/domain/cell.ts';
import type { ObjectiveName } from '../../src/domain/objective.ts';
import { createStrategy, scheduleOf } from '../../src/search/index.ts';
import { SearchSession } from '../../src/search/session.ts';
import { wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const objectives: readonly ObjectiveName[] = ['score'];
const cells: Cell[] = Array.from({ length: 32 }, (_, repeat) => ({
  split: 'tuning',
  instance: 'one',
  repeat,
}));

describe('halving', () => {
  const landscape = createLandscape('halving');
  const session = new SearchSession({
    space: wideSpace(),
    objectives,
    cells,
    seed: 1,
    strategy: (context) => createStrategy('halving', context),
    schedule: scheduleOf('halving'),
  });
  while (session.trials.length <= 200) {
    const step = session.next();
    if (step.kind !== 'cell') throw new Error(step.kind);
    const { trial, cell } = step;
    session.finish(trial, cell, landscape.measure(trial.config, trial.id, `${cell.repeat}`));
  }
  const trials = session.trials.slice(0, 200);
  const at = (count: number) => trials.filter((trial) => trial.measurements().length === count);

  it('lets about half of the trials go on at each doubling', () => {
    const reached = [8, 16, 32].map(
      (count) => trials.filter((trial) => trial.measurements().length >= count).length,
    );
    expect(reached[0]).toBe(200);
    for (const [index, count] of reached.slice(1).entries()) {
      const share = count / (reached[index] as number);
      expect(share).toBeGreaterThan(0.35);
      expect(share).toBeLessThan(0.65);
    }
    expect(at(8).every(({ status }) => status === 'dropped')).toBe(true);
    expect(at(32).every(({ status }) => status === 'finished')).toBe(true);
  });

  it('keeps the better ones', () => {
    const worth = (some: typeof trials) =>
      some.reduce((sum, trial) => sum + landscape.truth(trial.config).score, 0) / some.length;
    expect(worth(at(32))).toBeGreaterThan(worth(at(16)));
    expect(worth(at(16))).toBeGreaterThan(worth(at(8)));
  });

  it('asks nothing of the schedules of other strategies', () => {
    expect(scheduleOf('evolution')).toEqual({});
  });
});
