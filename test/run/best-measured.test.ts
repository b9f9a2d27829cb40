import { describe, expect, it } from 'vitest';
import { answerRun } from '../../src/analysis/answer/index.ts';
import { pairedDifference, type ScoredAnswer } from '../../src/core/paired-difference.ts';
import { cellOfKey } from '../../src/domain/cell.ts';
import { memberOfFile } from '../../src/domain/run-result.ts';
import { marksOf, which } from '../../src/report/which.ts';
import { withoutHopeless } from '../../src/search/hopeful-models.ts';
import type { Trial } from '../../src/search/trial.ts';
import { exhaustive, sampled, thorough } from '../support/thorough.ts';
import { drawMixingWorld, type TunedWorld, tuneMixingWorld } from './mixing-world.ts';

/** At these, and 3 others of the first 40, baselines with as many cells scored higher than the best of version 0.1.0. */
const known = [15, 26].map((seed) => ({ seed, maxEvaluations: 10 }));
const evaluations = [14, 24, 40, 10] as const;
const others = Array.from({ length: exhaustive ? 60 : thorough ? 20 : 0 }, (_, at) => ({
  seed: at + 1,
  maxEvaluations: evaluations[at % evaluations.length] ?? 10,
}));
const runs = [...sampled(known, 2), ...others];

const answersOf = (trial: Trial, split: 'tuning' | 'holdout'): ScoredAnswer[] =>
  trial.scored(split).map(({ key, measurement }) => ({
    instance: cellOfKey(key).instance,
    score: measurement.score ?? 0,
  }));

function checkBest({ file, state, events, settings }: TunedWorld): void {
  const best = which(file, 'best');
  if (best === undefined) throw new Error('the run has a best config');
  const trial = state.byId.get(best.id) as Trial;
  const measured = state.trials.filter((other) => other !== trial && other.scored('holdout').length > 0);
  for (const other of measured) {
    const level = 1 - 0.05 / measured.length;
    const gain = pairedDifference(answersOf(other, 'holdout'), answersOf(trial, 'holdout'), level);
    expect(gain?.low ?? 0, `${other.id} against ${best.id} on the holdout`).toBeLessThanOrEqual(0);
  }
  // On the cells that both have, no single model that was measured as much scores higher, unless the holdout spoke.
  const score = trial.estimates.score.mean ?? 0;
  for (const baseline of state.trials.filter(({ origin }) => origin.operator === 'baseline')) {
    if (file.overruled !== undefined || baseline.measurements().length < trial.measurements().length)
      continue;
    expect(baseline.estimates.score.mean ?? 0, `${baseline.id} on tuning cells`).toBeLessThanOrEqual(score);
  }
  expect(best.holdout, 'the best is measured on the holdout').not.toBeNull();
  // Who has been measured on equal cells and is dominated by nobody is on the front, baselines too.
  const front = new Set(file.front.map(({ id }) => id));
  const costs = ({ estimates }: Trial): number[] =>
    settings.objectives.map((name) => (name === 'score' ? -1 : 1) * (estimates[name].mean ?? 0));
  const { trials: finalists, cells } = state.finalists ?? { trials: new Set<number>(), cells: 0 };
  const whole = state.trials.filter(({ tuningBegun }) => tuningBegun >= cells);
  const equal = [
    ...new Set([...withoutHopeless(whole), ...[...finalists].map((at) => state.trials[at] as Trial)]),
  ];
  for (const one of equal.filter(({ status }) => status === 'finished')) {
    const dominated = equal.some((other) => {
      const [a, b] = [costs(other), costs(one)];
      return (
        other.status === 'finished' &&
        a.every((cost, at) => cost <= (b[at] ?? 0)) &&
        a.some((cost, at) => cost < (b[at] ?? 0))
      );
    });
    expect(front.has(one.id) || dominated, `${one.id} on the front`).toBe(true);
  }
  // All that speaks of the best means this one.
  expect(file.best).toBe(best.id);
  expect(marksOf(file).get(best.id)).toContain('best');
  const answer = answerRun(events, { settings, withAblation: false });
  expect(answer.best?.id).toBe(best.id);
  for (const { id } of file.headline?.lines ?? []) expect(memberOfFile(file, id)?.id).toBe(id);
}

describe('the best of a small run', () => {
  it.each(runs)(
    'is beaten by nothing that was measured (seed $seed, $maxEvaluations configs)',
    async (run) => {
      const world = drawMixingWorld(run.seed, { tuning: 24, holdout: 40 });
      const tuned = await tuneMixingWorld(world, { budget: { maxEvaluations: run.maxEvaluations } });
      checkBest(tuned);
      const { searchCalls, calls, holdoutPlan } = tuned.state;
      // Its end is a small one, too: each part at most as large as the search, but for the fewest holdout cells.
      expect(calls).toBeLessThanOrEqual(3 * (searchCalls ?? 0) + 20 * 20);
      expect(holdoutPlan?.cells).toBeGreaterThanOrEqual(20);
    },
  );

  it.skipIf(!thorough)(
    'has the rest of the front measured after those that its small end has room for, under a ceiling',
    async () => {
      const world = drawMixingWorld(3, { tuning: 30, holdout: 30 });
      const [free, limited] = [
        await tuneMixingWorld(world, { budget: { maxEvaluations: 25 } }),
        await tuneMixingWorld(world, { budget: { maxEvaluations: 25, maxCalls: 100_000 } }),
      ];
      const { trials, ...plan } = limited.state.holdoutPlan ?? { trials: [] };
      const { trials: before, ...planBefore } = free.state.holdoutPlan ?? { trials: [] };
      expect(plan).toEqual(planBefore);
      expect(trials.slice(0, before.length)).toEqual(before);
      expect(trials.length).toBeGreaterThan(before.length);
      expect(free.file.unmeasured?.because).toBe('left-out');
      expect(limited.file.unmeasured).toBeUndefined();
    },
  );
});
