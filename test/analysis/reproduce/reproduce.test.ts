import { describe, expect, it } from 'vitest';
import { reproduce } from '../../../src/analysis/reproduce/reproduce.ts';
import { defaultRepeats } from '../../../src/analysis/reproduce/verdicts.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { earlierScoreEstimate } from '../../../src/domain/estimates.ts';
import { objectiveNames } from '../../../src/domain/objective.ts';
import type { ChatRequest } from '../../../src/models/chat-model.ts';
import {
  createReplayModel,
  lastFailures,
  replayTrial,
  replayVerdicts,
} from '../../../src/run/calls/replay.ts';
import { claimedObjectives, claimOf } from '../../../src/run/folder/lock.ts';
import { createMemoryJournal } from '../../../src/run/journal/journal.ts';
import { TuningRun } from '../../../src/run/tuning-run.ts';
import { addTo, playRun, type Tally } from '../../experiments/reproduce-power.ts';
import { noisyDependencies } from '../../run/noisy-world.ts';
import { worldDependencies, worldSettings, worldTask } from '../../run/world.ts';
import { sampled, thorough } from '../../support/thorough.ts';
import { editedLock, standardErrorOf, tunedLock } from './noisy-lock.ts';

describe('reproduce', () => {
  it.skipIf(!thorough)('asks for samples that neither the run nor another draw has asked for', async () => {
    const { lock } = await tunedLock(3);
    const samplesOf = async (draw: number, split: 'tuning' | 'holdout'): Promise<Set<number>> => {
      const dependencies = noisyDependencies(3);
      const seen = new Set<number>();
      let calls = 0;
      const { model } = dependencies;
      const watched = {
        revision: model.revision,
        complete: (request: ChatRequest, options?: Parameters<typeof model.complete>[1]) => {
          calls++;
          seen.add(request.sample.repeat);
          return model.complete(request, options);
        },
      };
      const { spent } = await reproduce(
        lock,
        { draw, split, repeats: 3, concurrency: 4 },
        { ...dependencies, model: watched },
      );
      expect(spent.calls).toBe(calls);
      return seen;
    };
    const sets = [
      new Set(lock.claims.tuning.sampleRepeats),
      new Set(lock.claims.holdout?.sampleRepeats),
      await samplesOf(1, 'tuning'),
      await samplesOf(1, 'holdout'),
      await samplesOf(2, 'tuning'),
      await samplesOf(2, 'holdout'),
    ];
    const all = sets.flatMap((set) => [...set]);
    expect(new Set(all).size).toBe(all.length);
    expect(sets.every((set) => set.size >= 2)).toBe(true);
  });

  it('gives equal verdicts for equal locks, whatever the concurrency', async () => {
    const { lock } = await tunedLock(4);
    const verdicts = async (concurrency: number) =>
      (await reproduce(lock, { repeats: thorough ? 10 : 3, concurrency }, noisyDependencies(4))).claims;
    expect(await verdicts(1)).toEqual(await verdicts(16));
  });

  it('says of each claim why it was not checked', async () => {
    const { lock } = await tunedLock(5);
    const { holdout } = lock.claims;
    if (holdout === null) throw new Error('no holdout');
    const [cell] = holdout.evidence;
    if (cell === undefined) throw new Error('no cell');
    const objectives = claimedObjectives([cell]);
    const one = {
      ...lock,
      member: { ...lock.member, holdout: objectives },
      claims: { ...lock.claims, holdout: { ...holdout, cells: 1, objectives, evidence: [cell] } },
    };
    const single = await reproduce(one, { repeats: 3, concurrency: 4 }, noisyDependencies(5));
    expect(single.claims[0]).toMatchObject({
      verdict: 'unchecked',
      reason: expect.stringMatching(/one cell only/),
    });
    const tooFew = await reproduce(lock, { concurrency: 4, budget: { maxCalls: 3 } }, noisyDependencies(5));
    expect(tooFew.verdict).toBe('unchecked');
    expect(tooFew.answers.scored).toBeLessThan(3);
    const barred = await reproduce(lock, { concurrency: 4 }, noisyDependencies(5), {
      all: 'the task has changed',
    });
    expect(barred.claims.slice(0, 4).map(({ reason }) => reason)).toEqual(
      Array(4).fill('the task has changed'),
    );
  });

  it('default repeats give 24 fresh cells for each claimed one', async () => {
    const { lock } = await tunedLock(6);
    const { holdout } = lock.claims;
    if (holdout === null) throw new Error('no holdout');
    expect(defaultRepeats(holdout) * holdout.instances).toBeGreaterThanOrEqual(24 * holdout.cells);
    expect(defaultRepeats(holdout) * holdout.instances).toBeLessThan(24 * holdout.cells + holdout.instances);
  });

  it('an edited figure is refused even without fresh cells', async () => {
    const { lock } = await tunedLock(7);
    for (const objective of objectiveNames) {
      const { holdout } = lock.claims;
      if (holdout === null) throw new Error('no holdout');
      const edited = editedLock(lock, objective, 2 * standardErrorOf(holdout, objective));
      const told = await reproduce(edited, { concurrency: 4 }, noisyDependencies(7), { all: 'no key' });
      expect(told.claims.filter(({ verdict }) => verdict === 'not-held')).toMatchObject([{ objective }]);
    }
  });

  it('the interval of a lock by mixtune 0.2.0 follows from its cells, too', async () => {
    const { lock } = await tunedLock(7);
    const { holdout } = lock.claims;
    if (holdout === null || lock.member.holdout === null) throw new Error('no holdout');
    const evidence = holdout.evidence.map((cell, at) => ({ ...cell, score: at === 0 ? 0.9 : 1 }));
    const now = claimedObjectives(evidence);
    const earlier = { ...now.score, ...earlierScoreEstimate(evidence.map(({ score }) => score)) };
    expect(earlier.low).toBeGreaterThan(now.score.low ?? 1);
    const wrong = { ...earlier, low: (earlier.low ?? 0) + 0.001 };
    const told = [earlier, now.score, wrong].map(async (score) => {
      const objectives = { ...now, score };
      const member = { ...lock.member, holdout: { ...lock.member.holdout, ...objectives } };
      const claims = { ...lock.claims, holdout: { ...holdout, objectives, evidence } };
      const barred = { all: 'no key' };
      return reproduce({ ...lock, member, claims }, { concurrency: 4 }, noisyDependencies(7), barred);
    });
    const verdicts = (await Promise.all(told)).map(({ claims: [score] }) => score?.verdict);
    expect(verdicts).toEqual(['unchecked', 'unchecked', 'not-held']);
  });

  // The whole of it, 500 runs: test/experiments/reproduce-power.ts, figures in test/experiments/results.md.
  it.skipIf(!thorough)(
    'accepts true locks and finds out inflated ones in a sample of runs',
    async () => {
      const total: Tally = {};
      for (let seed = 2001; seed <= 2006; seed++) addTo(total, await playRun(seed));
      const hits = (name: string): number => total[name]?.hits ?? Number.NaN;
      expect(hits('true lock accepted: exit 0')).toBeGreaterThanOrEqual(5);
      for (const objective of objectiveNames) {
        expect(hits(`${objective} written 2 se better: exit 1`)).toBe(6);
        expect(hits(`${objective} cells drawn 4 se better: rejected`)).toBeGreaterThanOrEqual(4);
      }
      expect(hits('score claim 2 se above the truth: rejected')).toBeGreaterThanOrEqual(3);
    },
    60_000,
  );
});

describe('replay', () => {
  it.each(sampled([0.3, 0], 2))(
    'gives every cell of every trial again, with %d of the calls failing',
    async (failureRate) => {
      const dependencies = worldDependencies({ failureRate });
      const journal = createMemoryJournal();
      const settings = { ...worldSettings, budget: { maxEvaluations: thorough ? 25 : 12 } };
      const run = new TuningRun('test', journal, settings, dependencies);
      const front = await dependencies.clock.run(() => run.run());
      const failures = lastFailures(journal.events());
      expect(failures.size > 0).toBe(failureRate > 0);
      const paid = dependencies.model.paid;
      let cells = 0;
      for (const member of front.front) {
        const trial = run.trial(member.id);
        if (trial === undefined) throw new Error('no trial');
        const clock = new VirtualClock();
        const model = createReplayModel({
          answer: (key) => journal.answer(key),
          revision: () => 'world',
          failures,
        });
        const { grader, extractAnswer, signal } = dependencies;
        const parts = { task: worldTask, grader, extractAnswer, signal, model, clock };
        const result = await clock.run(() => replayTrial({ trial, ...parts }));
        expect(result.differences).toEqual([]);
        expect(result.missingCalls).toBe(0);
        expect(result.objectives.tuning).toEqual(member.objectives);
        cells += result.cells;
        const claims = { tuning: claimOf(trial, 'tuning'), holdout: claimOf(trial, 'holdout') };
        expect(claims.tuning.cells).toBe(member.cells);
        const verdicts = replayVerdicts({ member } as Parameters<typeof replayVerdicts>[0], result);
        expect(verdicts.every(({ verdict }) => verdict === 'held')).toBe(true);
      }
      expect(cells).toBeGreaterThan(10);
      expect(dependencies.model.paid).toBe(paid);
    },
  );
});
