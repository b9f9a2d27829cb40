import { describe, expect, it } from 'vitest';
import type { Bounds } from '../../src/domain/bounds.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { which, whichNames } from '../../src/report/which.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import type { Trial } from '../../src/search/trial.ts';
import { allPrompts, makeSpace } from '../search/spaces.ts';
import { thorough } from '../support/thorough.ts';
import { drawMixingWorld, tuneMixingWorld } from './mixing-world.ts';
import { extendingSettings, worldDependencies, worldModels } from './world.ts';

const space = makeSpace(
  { agents: { min: 1, max: 3 }, stages: { kinds: ['fuse'], max: 1 }, prompts: allPrompts },
  worldModels,
);

const mostSeconds = 2;
const bounds: Bounds = { latency: mostSeconds };
/** What the strategy was told of them. */
const told: (Bounds | undefined)[] = [];

async function play(journal: Journal, given: Bounds | undefined): Promise<FrontFile> {
  const base = worldDependencies();
  const settings = { ...extendingSettings, budget: { maxEvaluations: 18 } };
  const run = new TuningRun(
    'test',
    journal,
    given === undefined ? settings : { ...settings, bounds: given },
    {
      ...base,
      space,
      createStrategy: (context) => {
        told.push(context.bounds);
        return createStrategy('auto', context);
      },
    },
  );
  return base.clock.run(() => run.run());
}

it("bounds reach the strategy, decide the run's best, and a run that is resumed ends as it would have", async () => {
  const whole = createMemoryJournal();
  const file = await play(whole, bounds);
  expect(told).toEqual([bounds]);
  expect(file.bounds).toEqual(bounds);
  const best = file.front.find(({ id }) => id === file.best);
  expect(best?.objectives.latency.mean).toBeLessThanOrEqual(mostSeconds);
  // Without bounds another is the best, and nothing else is in the file.
  const free = await play(createMemoryJournal(), undefined);
  expect(free.bounds).toBeUndefined();
  expect(free.best).not.toBe(file.best);
  for (const share of thorough ? [0.3, 0.8] : []) {
    const rest = createMemoryJournal(whole.written.slice(0, Math.round(share * whole.written.length)));
    const again = await play({ ...rest, answer: (key) => rest.answer(key) ?? whole.answer(key) }, bounds);
    expect(again).toEqual(file);
    expect(rest.written).toEqual(whole.written);
  }
});

describe('the end of a run under bounds', () => {
  const limits: Bounds = { latency: 0.26 };
  const isMet = ({ means }: Trial) => (means.latency ?? Number.POSITIVE_INFINITY) <= 0.26;

  // Enough for a part of the holdout only, and for all.
  const budgets = [{ maxEvaluations: 20, maxCalls: 2200 }, { maxEvaluations: 20 }];
  it.skipIf(!thorough).each(budgets)('measures first who meets them, %o', async (budget) => {
    const world = drawMixingWorld(3, { tuning: 20, holdout: 20 });
    const { file, state, events } = await tuneMixingWorld(world, { bounds: limits, budget });
    const trials = (numbers: Iterable<number>) => [...numbers].map((number) => state.trials[number] as Trial);
    const inOrder = (of: readonly Trial[]) => {
      const met = of.map(isMet);
      expect(met).toContain(true);
      expect(met).toEqual(met.toSorted((a, b) => Number(b) - Number(a)));
    };
    const planned = events.find((event) => event.kind === 'finish-planned');
    expect(trials(planned?.trials ?? []).some((trial) => !isMet(trial))).toBe(true);
    inOrder(trials(planned?.trials ?? []));
    const { headline, trials: placed = [] } = state.holdoutPlan ?? {};
    inOrder(trials(placed).slice(headline?.trials));
    // What the page and `show` name is measured.
    for (const name of whichNames) expect(which(file, name)?.holdout, name).not.toBeNull();
    const lines = file.headline?.lines ?? [];
    expect(lines.map(({ id }) => id)).toContain(file.best);
    for (const { kind, id } of lines)
      if (['single', 'tuned-single', 'mixture'].includes(kind))
        expect(isMet(state.byId.get(id) as Trial), kind).toBe(true);
  });
});
