import { describe, expect, it } from 'vitest';
import type { FrontFile } from '../../src/domain/run-result.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { foldEvents, type RunState } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneDependencies, TuneSettings } from '../../src/run/types.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings, worldTask } from './world.ts';

const questions = worldTask.holdout.length;

async function played(
  changes: Partial<TuneSettings>,
  others: Partial<TuneDependencies> = {},
): Promise<{ file: FrontFile; state: RunState; events: RunEvent[] }> {
  const journal = createMemoryJournal();
  const { clock, ...dependencies } = worldDependencies();
  const settings = { ...worldSettings, budget: { maxEvaluations: thorough ? 12 : 6 }, ...changes };
  const file = await clock.run(() =>
    new TuningRun('test', journal, settings, { ...dependencies, ...others, clock }).run(),
  );
  return { file, state: foldEvents(journal.events()), events: [...journal.events()] };
}

/** Holdout cells of those in the plan, in its order. */
const measured = ({ holdoutPlan, trials }: RunState): number[] =>
  (holdoutPlan?.trials ?? []).map((number) => trials[number]?.scored('holdout').length ?? 0);

describe('more holdout answers for those that the result is about', () => {
  it('come before those of the others', async () => {
    const { state, events } = await played({ holdoutRepeats: 1, headlineRepeats: 4 });
    const { holdoutPlan } = state;
    const headline = holdoutPlan?.headline;
    if (holdoutPlan === null || headline === undefined) throw new Error('the result is about nobody');
    expect(headline.cells).toBe(4 * questions);
    expect(headline.trials).toBeLessThan(holdoutPlan.trials.length);
    expect(measured(state)).toEqual(
      holdoutPlan.trials.map((_, place) => (place < headline.trials ? headline.cells : questions)),
    );
    const first = new Set(holdoutPlan.trials.slice(0, headline.trials));
    const begun = events.flatMap((event) =>
      event.kind === 'cell-started' && event.of.split === 'holdout' ? [first.has(event.trial)] : [],
    );
    expect(begun.lastIndexOf(true)).toBe(headline.trials * headline.cells - 1);
  });

  it('are none where as many are asked for as all have, and where nothing says how many', async () => {
    for (const headlineRepeats of thorough ? [2, 1, undefined] : [2, undefined]) {
      const { state } = await played({
        holdoutRepeats: 2,
        ...(headlineRepeats === undefined ? {} : { headlineRepeats }),
      });
      expect(new Set(measured(state))).toEqual(new Set([2 * questions]));
    }
  });

  it('are none after a small search, whose holdout is cut for them too', async () => {
    const holdout = Array.from({ length: 40 }, (_, at) => ({ id: `h${at}`, input: `Is h${at} fine?` }));
    const { state } = await played(
      { repeats: 1, finishRepeats: 1, budget: { maxEvaluations: 2 }, endShare: 1, headlineRepeats: 2 },
      { task: { ...worldTask, holdout } },
    );
    expect(state.holdoutPlan?.cells).toBe(20);
    expect(new Set(measured(state))).toEqual(new Set([20]));
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

  it('are the most that anyone gets, whatever a ceiling leaves', async () => {
    const { state, file } = await played({ holdoutRepeats: 1, budget: { maxCalls: 400 } });
    expect(file.ended).toBe('calls');
    expect(new Set(file.front.map(({ holdoutCells }) => holdoutCells))).toEqual(new Set([questions]));
    expect(Math.max(...measured(state))).toBe(questions);
    expect(file.spent.calls).toBeLessThan(400);
  });

  it('are about as many for each of them where a ceiling cuts them short, and the result says which', async () => {
    const holdout = Array.from({ length: 60 }, (_, at) => ({ id: `h${at}`, input: `Is h${at} fine?` }));
    for (const maxCalls of thorough ? [150, 200, 260] : [200]) {
      const { state, file } = await played(
        { budget: { maxCalls }, headlineRepeats: 1 },
        { task: { ...worldTask, holdout } },
      );
      const cells = measured(state).slice(0, state.holdoutPlan?.headline?.trials);
      expect(Math.max(...cells)).toBeLessThan(60);
      expect(Math.max(...cells) - Math.min(...cells)).toBeLessThanOrEqual(worldSettings.concurrency);
      expect(file.unmeasured).toMatchObject({ because: 'calls' });
    }
  });
});
