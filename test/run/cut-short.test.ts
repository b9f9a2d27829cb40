import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/domain/budget.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { levelledSchedule } from '../../src/search/scheduling/levelled-scheduler.ts';
import { sampled } from '../support/thorough.ts';
import { withFaults } from './faulty-world.ts';
import { worldDependencies, worldSettings } from './world.ts';

/** Ceilings that come, with half of the calls failing, before any config has its first eight answers. */
const budgets: readonly Budget[] = [
  { maxCalls: 40 },
  { maxUsd: 0.004 },
  { maxTokens: 16_000 },
  { maxSeconds: 40 },
  { maxCalls: 80 },
  { maxSeconds: 80 },
];
const cases = budgets.flatMap((budget) => [1, 4, 16].map((concurrency) => ({ budget, concurrency })));

async function play(budget: Budget, concurrency: number) {
  const base = worldDependencies();
  const journal = createMemoryJournal();
  const model = withFaults(base.model, { clock: base.clock, rate: 0.5 });
  const settings = {
    ...worldSettings,
    ...{ budget, concurrency, repeats: 8, holdoutRepeats: 2 },
    schedule: { ...levelledSchedule, startingCells: 8 },
  };
  const run = new TuningRun('cut', journal, settings, { ...base, model });
  const front = await base.clock.run(() => run.run());
  return { front, state: foldEvents(journal.events()) };
}

describe('a search that a ceiling ends before any config has its first cells', () => {
  it.each(sampled(cases, 4))('comes to a result of what was scored: %j', async ({ budget, concurrency }) => {
    const { front, state } = await play(budget, concurrency);
    const most = Math.max(...state.trials.map((trial) => trial.measurements().length));
    expect(front.front.length > 0).toBe(most > 0);
    if (most === 0 || state.trials.some(({ results }) => results.size >= 8)) {
      expect(front.cutShort).toBeUndefined();
      return;
    }
    const left = state.trials.filter((trial) => 2 * trial.measurements().length < most);
    expect(front.cutShort).toEqual({ cells: most, of: 8, others: left.length });
    expect(state.trials.filter(({ status }) => status === 'running')).toEqual(left);
  });

  it('says by how many cells it goes', async () => {
    const { front } = await play({ maxCalls: 80 }, 4);
    expect(front).toMatchObject({ ended: 'calls', cutShort: { of: 8 } });
    const { cells = 0 } = front.cutShort ?? {};
    for (const member of front.front) expect(2 * member.cells).toBeGreaterThanOrEqual(cells);
  });
});
