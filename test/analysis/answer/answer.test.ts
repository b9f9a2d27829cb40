import { beforeAll, describe, expect, test } from 'vitest';
import { historyOf } from '../../../src/analysis/answer/history.ts';
import { type Answer, answerRun } from '../../../src/analysis/answer/index.ts';
import { equalSpend } from '../../../src/domain/headliners.ts';
import type { RunEvent } from '../../../src/run/journal/events.ts';
import { foldEvents } from '../../../src/run/run-state.ts';
import { TrialBook } from '../../../src/search/trial-book.ts';
import { sampled, thorough } from '../../support/thorough.ts';
import { drawWorld, type PlayedRun, playRun, truthOf } from './landscape-run.ts';

describe('answerRun', () => {
  const world = drawWorld(3);
  let run: PlayedRun;
  let answer: Answer;
  beforeAll(() => {
    run = playRun(world, 60);
    answer = answerRun(run.events, { settings: run.settings, budgets });
  });
  const budgets = [
    { kind: 'tokens', amount: 1 },
    { kind: 'tokens', amount: 1e12 },
    { kind: 'usd', amount: 0.05 },
  ] as const;

  test('names the best config as the front does', () => {
    const book = bookOf(run);
    expect(answer.best?.id).toBe(book.best()?.best.id);
    expect(answer.overBaseline?.over.id).toBe(book.baselines()[0]?.id);
    expect(answer.overFirst?.over.trial).toBe(0);
    expect(answer.evaluations).toBe(60);
  });

  test('the gain over the best single model is of the holdout, and its interval holds the truth', () => {
    const truth = truthOf(world);
    const { trials } = foldEvents(run.events);
    const of = (id: string): number => {
      const found = trials.find((trial) => trial.id === id);
      return found === undefined ? Number.NaN : truth(found.config);
    };
    const gain = answer.overBaseline;
    expect(gain?.basis).toBe('holdout');
    const true_ = of(answer.best?.id ?? '') - of(gain?.over.id ?? '');
    expect(gain?.low).toBeLessThan(true_);
    expect(gain?.high).toBeGreaterThan(true_);
  });

  test('a config came in when its first answers were in, however often it is measured again', () => {
    const last = run.events.findLastIndex(({ kind }) => kind === 'phase-started');
    const again = run.events.filter(({ kind }) => kind === 'trial-finished');
    const events = run.events.toSpliced(last, 0, ...again);
    const cameIn = (of: readonly RunEvent[]) =>
      historyOf(of, run.settings).trials.map(({ trial, at }) => [trial, at]);
    expect(cameIn(events)).toEqual(cameIn(run.events));
  });

  test('budgets that pay for nothing, or for too much, get no forecast', () => {
    const [, , little, huge, some] = answer.outlook.prospects;
    expect(little).toMatchObject({ kind: 'refused', because: expect.stringMatching(/not pay for a single/) });
    expect(huge).toMatchObject({ kind: 'refused', because: expect.stringMatching(/beyond 10 times/) });
    expect(some).toMatchObject({ kind: 'expected', horizon: 'usd', amount: 0.05 });
  });

  test('the best is told by its holdout, too', () => {
    const { best } = historyOf(run.events, run.settings);
    const { holdout = [] } = historyOf(run.events, run.settings).trials.find(({ id }) => id === best) ?? {};
    expect(holdout.length).toBeGreaterThan(0);
    const mean = holdout.reduce((sum, { score }) => sum + score, 0) / holdout.length;
    expect(answer.best?.holdout?.mean).toBeCloseTo(mean, 9);
    expect(answer.outlook.needed).toBeNull();
  });

  test('a short run says what a trend would take, and what a budget would pay for', () => {
    const events = firstTrials(run.events, 12);
    const { outlook, best } = answerRun(events, {
      ...{ settings: run.settings, withAblation: false },
      budgets: [{ kind: 'usd', amount: 0.05 }],
    });
    const { trials, search } = historyOf(events, run.settings);
    const middle = trials[Math.floor(trials.length / 2)]?.at;
    const proposals = Number(/proposed (\d+) configs by itself/.exec(outlook.refused ?? '')?.[1]);
    const each = ((search.usd ?? 0) - (middle?.usd ?? 0)) / (search.evaluations - (middle?.evaluations ?? 0));
    expect(outlook.needed?.evaluations).toBe(20 - proposals);
    expect(outlook.needed?.usd).toBeCloseTo((20 - proposals) * each, 9);
    // Of a run that has not ended up to 40% goes into the end.
    expect(outlook.prospects.at(-1)).toMatchObject({
      kind: 'refused',
      evaluations: Math.floor((0.6 * 0.05) / each),
    });
    expect(best?.holdout).toBeNull();
  });

  test('a further budget pays for the end, too', () => {
    const { search, total, trials } = historyOf(run.events, run.settings);
    const middle = trials[Math.floor(trials.length / 2)]?.at;
    const [, , , , some] = answer.outlook.prospects;
    if (middle === undefined || some?.kind !== 'expected') throw new Error('expected a forecast');
    const dollars = [search.usd, total.usd, middle.usd].map((usd) => usd ?? Number.NaN);
    const [atSearch = Number.NaN, atEnd = Number.NaN, atMiddle = Number.NaN] = dollars;
    const each = (atSearch - atMiddle) / (search.evaluations - middle.evaluations);
    const ofSearch = Math.max(0.6, atSearch / atEnd);
    expect(ofSearch).toBeLessThan(1);
    expect(some.evaluations).toBe(Math.floor((ofSearch * 0.05) / each));
  });

  test.skipIf(!thorough)('what is said of twice the configs does not hang on what else is asked for', () => {
    const alone = answerRun(run.events, { settings: run.settings, withAblation: false });
    expect(alone.outlook.prospects).toEqual(answer.outlook.prospects.slice(0, 2));
  });

  test('a longer budget is worth no less, and the curve says the same', () => {
    const [double, tenfold] = answer.outlook.prospects;
    if (double?.kind !== 'expected' || tenfold?.kind !== 'expected') throw new Error('expected forecasts');
    expect(double.evaluations).toBe(60);
    expect(tenfold.evaluations).toBe(540);
    expect(tenfold.gain).toBeGreaterThanOrEqual(double.gain);
    for (const { low, gain, high } of [double, tenfold]) {
      expect(low).toBeLessThanOrEqual(gain);
      expect(high).toBeGreaterThanOrEqual(gain);
    }
    const { curve } = answer.outlook;
    const now = curve.findLast(({ part }) => part === 'past')?.score ?? Number.NaN;
    const then = curve.find(({ evaluations }) => evaluations === 120)?.score ?? Number.NaN;
    expect(then - now).toBeCloseTo(double.gain, 9);
  });

  test.each([2, 10, 13, 14])('nor in world %i, where more configs are more luck', (number) => {
    const played = playRun(drawWorld(number), 60);
    const { outlook } = answerRun(played.events, { settings: played.settings, withAblation: false });
    const gains = outlook.prospects.map((each) => (each.kind === 'expected' ? each.gain : Number.NaN));
    expect(gains).toEqual(gains.toSorted((a, b) => a - b));
    const ahead = outlook.curve.filter(({ part }) => part === 'forecast').map(({ score }) => score);
    expect(ahead).toEqual(ahead.toSorted((a, b) => a - b));
  });

  test('the manual effort is configs times minutes', () => {
    expect(answer.manual).toEqual({ minutesPerTry: 20, hours: 20 });
    expect(answerRun([], { settings: run.settings, minutesPerTry: 30 }).manual.hours).toBe(0);
  });

  test('the front came to rest where a replay says', () => {
    const { lastMove, nearlyAll, hypervolume } = answer.stillness;
    const book = bookOf(run);
    const history = historyOf(run.events, run.settings);
    const byFront = history.trials.filter(({ id }) => book.front().some((trial) => trial.id === id));
    const latest = Math.max(...byFront.map(({ at }) => at.evaluations));
    // A trial that was on the front for a while may have come later than all that still are.
    expect(lastMove?.evaluations).toBeGreaterThanOrEqual(latest);
    expect(nearlyAll?.evaluations).toBeLessThanOrEqual(lastMove?.evaluations ?? 0);
    expect(hypervolume.final).toBeCloseTo(book.hypervolume(), 12);
  });

  test('what stands beside the search for comparison is none of its evaluations', () => {
    const events = run.events.map((event): RunEvent => {
      const compared = event.kind === 'trial-started' && event.trial >= 57;
      return compared ? { ...event, origin: { ...event.origin, operator: equalSpend } } : event;
    });
    const history = historyOf(events, run.settings);
    expect(history.evaluations).toBe(57);
    expect(Math.max(...history.trials.map(({ at }) => at.evaluations))).toBe(57);
    expect(history.total.evaluations).toBe(57);
    const { best, outlook } = answerRun(events, { settings: run.settings, withAblation: false });
    const isBeside = history.trials.some(({ id, operator }) => id === best?.id && operator === equalSpend);
    expect(outlook.curve.findLast(({ part }) => part === 'past')?.evaluations).toBe(isBeside ? 58 : 57);
  });

  const runsOf = [
    ['within bounds', true],
    ['without bounds', false],
  ] as const;
  test.each(sampled(runsOf, 2))(
    'forecast, curve and what happened speak of the one best, %s',
    (_, isBounded) => {
      const longer = playRun(world, 100);
      const bounds = isBounded ? { latency: latencyBelowBest(longer) } : undefined;
      const settings = { ...longer.settings, ...(bounds === undefined ? {} : { bounds }) };
      const { best, within, outlook, overBaseline } = answerRun(longer.events, {
        settings,
        withAblation: false,
      });
      expect(within).toEqual(bounds ?? {});
      const history = historyOf(longer.events, settings);
      expect(best?.id).toBe(history.best);
      expect(best?.id === bookOf(longer).best()?.best.id).toBe(bounds === undefined);
      expect(overBaseline?.over.id).toBe(history.single);
      const past = new Map(
        outlook.curve.flatMap(({ part, evaluations, score }) =>
          part === 'past' ? [[evaluations, score]] : [],
        ),
      );
      const { after, happened } = outlook.hindcast ?? { after: Number.NaN, happened: Number.NaN };
      expect(happened).toBeCloseTo((past.get(100) ?? 0) - (past.get(after) ?? 0), 12);
      // What is believed of the best lies by what it measures.
      expect(Math.abs((past.get(100) ?? 0) - (best?.measured ?? 0))).toBeLessThan(0.1);
      for (const prospect of outlook.prospects)
        if (prospect.kind === 'expected') {
          expect(prospect.low).toBeLessThanOrEqual(prospect.gain);
          expect(prospect.high).toBeGreaterThanOrEqual(prospect.gain);
        }
    },
  );

  test('shares of the gain add up, and equal journals give equal answers', () => {
    const { ablation } = answer;
    if (ablation.kind !== 'found') throw new Error(ablation.because);
    const sum = ablation.effects.reduce((total, { gain }) => total + gain.mean, 0);
    expect(sum).toBeCloseTo(ablation.explained, 9);
    if (!thorough) return;
    expect(answerRun([...run.events], { settings: run.settings, budgets })).toEqual(answer);
  });

  test('an empty journal, and one that has hardly begun, get an answer without a forecast', () => {
    const nothing = answerRun([], { settings: run.settings });
    expect(nothing).toMatchObject({ best: null, overFirst: null, ablation: { kind: 'refused' } });
    expect(nothing.outlook.refused).toMatch(/0 configs/);
    const start = answerRun(firstTrials(run.events, 3), { settings: run.settings });
    expect(start.overFirst?.basis).toBe('tuning');
    expect(start.outlook.prospects.every(({ kind }) => kind === 'refused')).toBe(true);
  });

  test.skipIf(!thorough)('configs that differ by noise alone are not extrapolated', () => {
    const flat = flattened(run.events);
    const { outlook, ablation } = answerRun(flat, { settings: run.settings });
    expect(outlook.refused).toMatch(/noise alone/);
    expect(ablation.kind).toBe('refused');
  });
});

function bookOf({ events, settings }: PlayedRun): TrialBook {
  const state = foldEvents(events);
  const book = new TrialBook(state, settings);
  for (const trial of state.trials) book.changed(trial);
  return book;
}

/** A bound that the best does not keep, and others do. */
function latencyBelowBest(run: PlayedRun): number {
  const book = bookOf(run);
  const best = book.best()?.best.means.latency ?? 0;
  const faster = book
    .contenders()
    .flatMap(({ means }) => means.latency ?? [])
    .filter((each) => each < best);
  return Math.max(...faster);
}

function firstTrials(events: readonly RunEvent[], count: number): RunEvent[] {
  let concluded = 0;
  const end = events.findIndex((event) => event.kind === 'trial-finished' && ++concluded === count);
  return events.slice(0, end + 1);
}

/** The same run, had all configs been equally good: each cell's score is the toss of a coin. */
function flattened(events: readonly RunEvent[]): RunEvent[] {
  return events.map((event) => {
    if (event.kind !== 'cell-finished') return event;
    // Knuth's multiplicative hash: tosses without order.
    const value = (event.cell * 2654435761) % 2 ** 32 < 2 ** 31 ? 0 : 1;
    const { result } = event;
    const measurement = { ...result.measurement, score: value };
    return { ...event, result: { ...result, grade: { kind: 'scored', value }, measurement } };
  });
}
