import { describe, expect, it } from 'vitest';
import { callRoles } from '../../../src/analysis/rehearse/call-role.ts';
import type { Job, Played } from '../../../src/analysis/rehearse/play.ts';
import { reckon, withLuck } from '../../../src/analysis/rehearse/reckon.ts';
import { recordOf } from '../../../src/core/records.ts';
import { nothingSpent, type Spent } from '../../../src/domain/budget.ts';
import { drawJob } from '../../experiments/rehearse-world.ts';

const questions = 10;
const given = drawJob('reckoned');
const questionsOf = (prefix: string): Job['task']['tuning'] =>
  Array.from({ length: questions }, (_, at) => ({ id: `${prefix}${at}`, input: 'Which?' }));

function jobOf(settings: Partial<Job['settings']>): Job {
  const { schedule: _all, ...plain } = given.settings;
  return {
    ...given,
    task: { ...given.task, tuning: questionsOf('t'), holdout: questionsOf('h') },
    settings: { ...plain, repeats: 1, finishRepeats: 1, holdoutRepeats: 0, ...settings },
  };
}

/** A part that was played with all questions of the search, twice as many cells at the end, and one of the holdout. */
const small: Job = (() => {
  const job = jobOf({ finishRepeats: 2, holdoutRepeats: 1 });
  return { ...job, task: { ...job.task, holdout: job.task.holdout.slice(0, 1) } };
})();

const callsFor = (calls: number, usd: number): Spent => ({ ...nothingSpent, calls, usd, seconds: calls });

const phasesOf = (finishCalls: number, finishUsd: number): Played['byPhase'] => ({
  search: callsFor(200, 0.248),
  finish: callsFor(finishCalls, finishUsd),
  holdout: nothingSpent,
});

/** Twenty configurations: the first twelve are dear, as what is given is, the others cheap. */
function playedWith(end: {
  readonly finish: number;
  readonly holdout: number;
  readonly plain: number;
}): Played {
  const bySearched = Array.from({ length: 20 }, (_, at) => callsFor(10, at < 12 ? 0.02 : 0.001));
  const total = callsFor(200 + end.finish + end.holdout, 0.248);
  return {
    total,
    byPhase: { ...phasesOf(end.finish, 0), holdout: callsFor(end.holdout, 0) },
    bySearched,
    byRole: recordOf(callRoles, () => nothingSpent),
    evaluations: 20,
    plainCalls: end.plain,
    ended: 'evaluations',
    slotsUsed: 1,
    busySeconds: total.seconds,
  };
}
const noEnd = { finish: 0, holdout: 0, plain: 0 };

describe('reckon', () => {
  it('takes configurations that were not played to cost what the last of those did', () => {
    const { total } = reckon(jobOf({ budget: { maxUsd: 1 } }), small, playedWith(noEnd));
    // 0.24 for the first twelve, and 0.001 for each of 760 others, with ten calls each.
    expect(total.calls / (10 * (12 + 760))).toBeCloseTo(1, 2);
    expect(total.usd).toBeCloseTo(1, 2);
  });

  it('leaves the worst case of a call, as the search does, and spends it on nothing', () => {
    const job = jobOf({ budget: { maxUsd: 1 } });
    const priced = (outputPerMillion: number): Job => ({
      ...job,
      card: (name) => ({
        ...{ name, contextTokens: null, speed: null, simulated: true },
        price: { inputPerMillion: 0, outputPerMillion },
      }),
    });
    const spent = (usd: number): number =>
      reckon(priced((usd / job.space.maxTokens) * 1e6), small, playedWith(noEnd)).total.usd ?? 0;
    expect(spent(0.05)).toBeCloseTo(0.95, 2);
    // No more than its share of the ceiling.
    expect(spent(0.5)).toBeCloseTo(0.85, 2);
  });

  it('asks for no more configurations than there were', () => {
    const played: Played = { ...playedWith(noEnd), ended: 'space-exhausted' };
    expect(reckon(jobOf({ budget: { maxUsd: 1 } }), small, played).total.calls).toBeCloseTo(200, 6);
  });

  it.each([
    {
      finish: 10_000,
      because: 'the search leaves no more than its share of a ceiling to an end that would take all',
    },
    { finish: 0.001, because: 'what a small end leaves is spent' },
  ])('spends a ceiling whole: $because', ({ finish }) => {
    const job = jobOf({ budget: { maxCalls: 1_000 }, finishRepeats: 2 });
    const { total, end } = reckon(job, small, playedWith({ ...noEnd, finish }));
    expect(total.calls).toBeCloseTo(1_000, 0);
    expect(end.calls).toBeCloseTo(finish > 1 ? 400 : 0, 0);
  });

  it('has cheap calls made where the end has no room for dear ones', () => {
    const job = jobOf({ budget: { maxUsd: 0.5 }, finishRepeats: 2 });
    const dear = { ...playedWith({ ...noEnd, finish: 1_000 }), byPhase: phasesOf(1_000, 10) };
    const { end, total } = reckon(job, small, dear);
    expect(total.usd).toBeCloseTo(0.5, 6);
    const ofSearch = ((total.usd ?? 0) - (end.usd ?? 0)) / (total.calls - end.calls);
    // Planned are ten times its price.
    expect((end.usd ?? 0) / end.calls / ofSearch).toBeCloseTo(0.8, 6);
  });

  it('gives all of the front a place on the holdout where a ceiling says how far the end may go', () => {
    const settings = { holdoutRepeats: 1, endShare: 1 };
    const played = playedWith({ ...noEnd, holdout: 100 });
    const endIn = (budget: Job['settings']['budget']): number =>
      reckon(jobOf({ ...settings, budget }), small, played).end.calls;
    expect(endIn({ maxEvaluations: 20 })).toBeCloseTo(0.75 * 200, 6);
    expect(endIn({ maxEvaluations: 20, maxUsd: 100 })).toBeCloseTo(1.5 * 200, 6);
  });

  it('gives those that the result is about their further answers on a small holdout', () => {
    const budget = { maxEvaluations: 20 };
    const played = playedWith({ finish: 0, holdout: 15, plain: 8 });
    const once = reckon(jobOf({ budget, holdoutRepeats: 1 }), small, played).end.calls;
    const more = reckon(jobOf({ budget, holdoutRepeats: 1, headlineRepeats: 3 }), small, played).end.calls;
    expect(once).toBeCloseTo(15 * questions, 6);
    expect(more - once).toBeCloseTo(1.7 * 8 * 2 * questions, 6);
  });

  it('counts plain ways where finalists have all their cells already', () => {
    const budget = { maxEvaluations: 20 };
    // Of 260 calls of the finish 160 are of the plain ways: eight for each of twenty cells; the job has ten.
    const { end } = reckon(jobOf({ budget }), small, playedWith({ finish: 260, holdout: 0, plain: 8 }));
    expect(end.calls).toBeCloseTo(8 * questions, 6);
  });
});

describe('withLuck', () => {
  const total: Spent = { calls: 100, tokensIn: 1_000, tokensOut: 500, usd: 2, seconds: 50 };
  const reckoned = { total, end: { ...total, calls: 40 } };

  it('spends a ceiling that is reached, and more or less of what has none', () => {
    for (const amounts of [0.5, 2])
      expect(withLuck(reckoned, { amounts, dear: 3 }, { maxUsd: 2 }).total).toEqual({
        ...{ calls: 100 * amounts, tokensIn: 1_000 * amounts, tokensOut: 500 * amounts },
        ...{ usd: 2, seconds: 50 * amounts },
      });
  });

  it('has dearer calls cost and take more, but under a ceiling on either', () => {
    const dear = { amounts: 1, dear: 0.5 };
    expect(withLuck(reckoned, dear, {}).total).toEqual({ ...total, usd: 1, seconds: 25 });
    expect(withLuck(reckoned, dear, { maxTokens: 1_500 }).total).toMatchObject({ calls: 100, usd: 1 });
    expect(withLuck(reckoned, dear, { maxSeconds: 50 }).total).toEqual(total);
    expect(withLuck(reckoned, { amounts: 1, dear: 2 }, { maxUsd: 3 }).total).toMatchObject({
      ...{ calls: 75, usd: 3, seconds: 75 },
    });
  });

  it('never goes beyond a ceiling', () => {
    const { total: lucky, end } = withLuck(reckoned, { amounts: 2, dear: 1 }, { maxUsd: 2, maxCalls: 150 });
    expect(lucky).toMatchObject({ calls: 150, usd: 1.5 });
    expect(end.calls).toBeCloseTo(60, 6);
  });
});
