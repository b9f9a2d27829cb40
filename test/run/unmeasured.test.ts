import { expect, it } from 'vitest';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneDependencies, TuneSettings } from '../../src/run/types.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings, yesGrader } from './world.ts';

/** Its search ends with a number of configs, whatever ends the rest of it. */
async function played(
  changes: Partial<TuneSettings>,
  others: Partial<TuneDependencies> = {},
): Promise<FrontFile> {
  const { clock, ...dependencies } = worldDependencies();
  const settings = { ...worldSettings, budget: { maxEvaluations: 8 }, ...changes };
  return clock.run(() =>
    new TuningRun('test', createMemoryJournal(), settings, { ...dependencies, ...others, clock }).run(),
  );
}

it('nothing is said of a holdout that all points have', async () => {
  expect((await played({})).unmeasured).toBeUndefined();
});

it('points that the time kept from the holdout are told with the time', async () => {
  // The search is over after 89 of them.
  const budget = { maxEvaluations: 8, maxSeconds: 120 };
  const { ended, unmeasured } = await played({ budget, holdoutRepeats: 10 });
  expect({ ended, because: unmeasured?.because }).toEqual({ ended: 'evaluations', because: 'time' });
});

it('points that the holdout has no place for are told as left out', async () => {
  const { unmeasured } = await played({ endShare: 0.01 });
  expect(unmeasured?.because).toBe('left-out');
});

it.skipIf(!thorough)(
  'points of the front have a place where a ceiling on what calls cost says how far the holdout goes',
  async () => {
    const share = { endShare: 0.01 };
    for (const more of [{ maxCalls: 5_000 }, { maxTokens: 1_000_000 }, { maxUsd: 1 }]) {
      const { front, unmeasured } = await played({ ...share, budget: { maxEvaluations: 8, ...more } });
      expect(unmeasured).toBeUndefined();
      expect(new Set(front.map(({ holdoutCells }) => holdoutCells))).toEqual(new Set([2]));
    }
    // The time that the search left says nothing of what its calls cost.
    const { unmeasured } = await played({ ...share, budget: { maxEvaluations: 8, maxSeconds: 100_000 } });
    expect(unmeasured?.because).toBe('left-out');
  },
);

it('such a ceiling holds, and is what the result names where it is too low for them', async () => {
  const wanted = { endShare: 0.01, holdoutRepeats: 10 };
  const whole = await played({ ...wanted, budget: { maxEvaluations: 8, maxCalls: 100_000 } });
  const maxCalls = Math.floor(0.6 * whole.spent.calls);
  const { spent, unmeasured } = await played({ ...wanted, budget: { maxEvaluations: 8, maxCalls } });
  expect(whole.unmeasured).toBeUndefined();
  expect(spent.calls).toBeLessThanOrEqual(maxCalls);
  expect(unmeasured?.because).toBe('calls');
});

it('points whose holdout answers have no score are told as unscored', async () => {
  const grader = {
    ...yesGrader,
    grade: (request: Parameters<typeof yesGrader.grade>[0]) =>
      /Is [de] fine/.test(request.question)
        ? Promise.resolve({ kind: 'unscored' as const, reason: 'unsure' })
        : yesGrader.grade(request),
  };
  const { front, unmeasured } = await played({}, { grader });
  expect(unmeasured).toMatchObject({ points: front.length, partly: 0, because: 'unscored' });
});
