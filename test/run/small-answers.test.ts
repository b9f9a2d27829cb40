import { expect, test } from 'vitest';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { foldEvents } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings } from './world.ts';

/** Calls cost so small a part of their worst case, as where answers are short and `maxTokens` is large. */
const part = 1 / 30;

async function play(seed: number, maxUsd: number) {
  const base = worldDependencies();
  const complete = base.model.complete.bind(base.model);
  const model = Object.assign(base.model, {
    complete: async (...given: Parameters<typeof complete>): ReturnType<typeof complete> => {
      const outcome = await complete(...given);
      if (outcome.kind === 'failed') return outcome;
      return {
        ...outcome,
        response: { ...outcome.response, usd: (outcome.response.usd ?? Number.NaN) * part },
      };
    },
  });
  const journal = createMemoryJournal();
  const settings = { ...worldSettings, seed, concurrency: 8, budget: { maxUsd } };
  const front = await base.clock.run(() =>
    new TuningRun('test', journal, settings, { ...base, model }).run(),
  );
  return { front, state: foldEvents(journal.written) };
}

test.skipIf(!thorough)(
  'where calls cost far less than their worst case, the best gets as good as all its equal cells and a holdout under a ceiling on dollars, and nearly all finalists their cells',
  async () => {
    let [missing, planned] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      for (const maxUsd of [0.006, 0.003, 0.004]) {
        const { front, state } = await play(seed, maxUsd);
        expect(front.spent.usd).toBeLessThanOrEqual(maxUsd);
        const { trials, cells } = state.finalists ?? { trials: new Set<number>(), cells: 0 };
        const begun = (trial: number): number => state.trials[trial]?.tuningBegun ?? 0;
        planned += trials.size;
        missing += [...trials].filter((trial) => begun(trial) < cells).length;
        const best = state.byId.get(front.best ?? '');
        expect(best?.tuningBegun).toBeGreaterThanOrEqual(0.75 * cells);
        expect(best?.scored('holdout').length).toBeGreaterThan(0);
      }
    }
    expect(planned).toBeGreaterThan(0);
    expect(missing / planned).toBeLessThan(0.1);
  },
);
