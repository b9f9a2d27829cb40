import { expect, it } from 'vitest';
import type { Bounds } from '../../src/domain/bounds.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import { allPrompts, makeSpace } from '../search/spaces.ts';
import { thorough } from '../support/thorough.ts';
import { extendingSettings, worldDependencies, worldModels } from './world.ts';

const space = makeSpace(
  { agents: { min: 1, max: 3 }, stages: { kinds: ['fuse'], max: 1 }, prompts: allPrompts },
  worldModels,
);

const bounds: Bounds = { latency: 4 };
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
  expect(best?.objectives.latency.mean).toBeLessThanOrEqual(4);
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
