import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { createMemoryJournal } from '../../src/run/journal.ts';
import { foldEvents, type RunState } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { worldDependencies, worldSettings, worldTask } from './world.ts';

const questions = worldTask.holdout.length;

async function played(changes: Partial<TuneSettings>): Promise<{ state: RunState; events: RunEvent[] }> {
  const journal = createMemoryJournal();
  const { clock, ...dependencies } = worldDependencies();
  const settings = { ...worldSettings, ...changes };
  await clock.run(() => new TuningRun('test', journal, settings, { ...dependencies, clock }).run());
  return { state: foldEvents(journal.events()), events: [...journal.events()] };
}

/** Holdout cells of those in the plan, in its order. */
const measured = ({ holdoutPlan, trials }: RunState): number[] =>
  (holdoutPlan?.trials ?? []).map((number) => trials[number]?.scored('holdout').length ?? 0);

describe('more holdout answers for those that the result is about', () => {
  it('come after those of everybody, for the first of the plan alone', async () => {
    const { state, events } = await played({ holdoutRepeats: 1, headlineRepeats: 4 });
    const { holdoutPlan } = state;
    const headline = holdoutPlan?.headline;
    if (holdoutPlan === null || headline === undefined) throw new Error('the headline was to get more');
    expect(headline.cells).toBe(4 * questions);
    expect(headline.trials).toBeLessThan(holdoutPlan.trials.length);
    expect(measured(state)).toEqual(
      holdoutPlan.trials.map((_, place) => (place < headline.trials ? headline.cells : questions)),
    );
    const begun = events.flatMap((event) =>
      event.kind === 'cell-started' && event.of.split === 'holdout' ? [event.of.repeat] : [],
    );
    const firstFurther = begun.findIndex((repeat) => repeat > 0);
    expect(begun.slice(firstFurther).every((repeat) => repeat > 0)).toBe(true);
  });

  it('are none where as many are asked for as all have, and in runs of earlier versions', async () => {
    for (const headlineRepeats of [2, 1, undefined]) {
      const { state } = await played({
        holdoutRepeats: 2,
        ...(headlineRepeats === undefined ? {} : { headlineRepeats }),
      });
      expect(state.holdoutPlan?.headline).toBeUndefined();
      expect(new Set(measured(state))).toEqual(new Set([2 * questions]));
    }
  });

  it('are none where no holdout is wanted', async () => {
    const { state } = await played({ holdoutRepeats: 0 });
    expect(measured(state).every((cells) => cells === 0)).toBe(true);
  });

  it('are set aside of a ceiling', async () => {
    const wanted = { holdoutRepeats: 1, headlineRepeats: 6, budget: { maxCalls: 400 } };
    const { state } = await played(wanted);
    const cells = measured(state);
    expect(Math.min(...cells)).toBeGreaterThanOrEqual(questions);
    expect(cells[0]).toBeGreaterThanOrEqual(6 * questions);
  });
});
