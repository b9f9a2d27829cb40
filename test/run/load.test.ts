import { describe, expect, it } from 'vitest';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { strategyRecord } from '../../src/search/strategies.ts';
import { figuresOf, type LoadFigures } from '../bench/load/figures.ts';
import { thorough } from '../support/thorough.ts';
import { draftingDependencies, worldSettings, worldTaskOf } from './world.ts';

/** As many questions as a small data set has. */
const task = worldTaskOf(24, 12);

/** Seconds of `auto` on calls of up to five seconds, so many at once. */
const maxSeconds = thorough ? 90 : 60;

async function play(
  concurrency: number,
  seed: number,
  changes: Partial<TuneSettings> = {},
): Promise<{ figures: LoadFigures; front: Awaited<ReturnType<TuningRun['run']>> }> {
  const base = draftingDependencies();
  const { create, schedule } = strategyRecord('auto');
  const settings: TuneSettings = {
    ...worldSettings,
    ...{ strategy: 'auto', schedule, seed, concurrency },
    ...{ repeats: 2, finishRepeats: 4, holdoutRepeats: 1 },
    budget: { maxSeconds },
    ...changes,
  };
  const journal = createMemoryJournal();
  const dependencies = { ...base, task, createStrategy: create };
  const front = await base.clock.run(() => new TuningRun('load', journal, settings, dependencies).run());
  return { front, figures: figuresOf(journal.written, concurrency, front) };
}

describe('a run with many calls in flight', () => {
  // The last answers of the end leave slots free, and nothing that is worth its calls is left to fill them with.
  const most = [
    [8, 0.95],
    [64, 0.8],
    [256, 0.85],
  ] as const;
  it.each(thorough ? most : most.slice(0, 1))(
    'uses its %i slots to the end, is not blind, and measures the holdout',
    async (concurrency, least) => {
      const { figures, front } = await play(concurrency, 1);
      expect(figures.used).toBeGreaterThan(least);
      expect(figures.open.mean).toBeLessThanOrEqual(8);
      expect(figures.open.most).toBeLessThanOrEqual(8);
      // With hundreds of slots the time is over while the last answers of slow models are on their way.
      expect(figures.holdout.cells).toBeGreaterThanOrEqual(task.holdout.length / (concurrency > 64 ? 2 : 1));
      expect(front.ended).toBe('time');
    },
    240_000,
  );

  it('ends the search for its finish and holdout, although a cell of it stalls to the end', async () => {
    const base = draftingDependencies();
    const journal = createMemoryJournal();
    const { create, schedule } = strategyRecord('auto');
    const settings: TuneSettings = {
      ...worldSettings,
      ...{ strategy: 'auto', schedule, seed: 1, concurrency: thorough ? 16 : 8 },
      budget: { maxSeconds },
    };
    let asked = 0;
    const model: ChatModel = {
      revision: base.model.revision,
      complete: async (request, options = {}) => {
        if (++asked % 100 === 0) await base.clock.sleep(1e6, options.signal).catch(() => undefined);
        return base.model.complete(request, options);
      },
    };
    const dependencies = { ...base, task, model, createStrategy: create };
    const front = await base.clock.run(() => new TuningRun('load', journal, settings, dependencies).run());
    const phases = journal.written.flatMap((event) => (event.kind === 'phase-started' ? [event.phase] : []));
    expect(phases).toEqual(['finish', 'holdout', 'done']);
    expect(front.front[0]?.holdout).not.toBeNull();
  }, 240_000);

  it.skipIf(!thorough)(
    'opens no cells that could only wait, however many slots there are',
    async () => {
      const { figures } = await play(64, 2, {
        limits: { sim: { requestsPerMinute: 240 } },
        budget: { maxSeconds: 90 },
      });
      expect(figures.open.mean).toBeLessThanOrEqual(4);
      expect(figures.holdout.cells).toBeGreaterThan(0);
    },
    240_000,
  );

  it.skipIf(!thorough)(
    'costs about the same whatever the slots where the search ends with a number of configs',
    async () => {
      const budget = { maxEvaluations: 12 };
      const [few, many] = [await play(2, 4, { budget }), await play(64, 4, { budget })];
      expect(many.front.spent.calls).toBeLessThan(1.6 * few.front.spent.calls);
    },
    240_000,
  );

  it('says what of the holdout it could not measure', async () => {
    const { front } = await play(2, 3, { budget: { maxSeconds: 60 } });
    const { unmeasured } = front;
    expect(unmeasured?.of).toBe(front.front.length);
    expect(unmeasured?.points).toBe(front.front.filter(({ holdout }) => holdout === null).length);
    expect((unmeasured?.points ?? 0) + (unmeasured?.partly ?? 0)).toBeGreaterThan(0);
    expect(unmeasured?.because).toBe('time');
  }, 240_000);
});
