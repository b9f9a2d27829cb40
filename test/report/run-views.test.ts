import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foundOf } from '../../src/analysis/found.ts';
import { RunRecord } from '../../src/analysis/run-record.ts';
import type { OpenRunViews } from '../../src/cli/wiring/page/run-views.ts';
import { cellOfKey } from '../../src/domain/cell.ts';
import { equalSpend, isBaseline } from '../../src/domain/headliners.ts';
import { type Estimates, objectiveNames } from '../../src/domain/objective.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import { frontHypervolume } from '../../src/pareto/index.ts';
import { rounded } from '../../src/report/view-model/columns.ts';
import { joinRunViews } from '../../src/report/view-model/join.ts';
import { runView } from '../../src/report/view-model/run-view.ts';
import type { RunView } from '../../src/report/view-model/schema.ts';
import type { RunEvent, RunEventOf } from '../../src/run/journal/events.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';
import { thorough } from '../support/thorough.ts';

let run: SmallRun;
let open: OpenRunViews;
let events: readonly RunEvent[];

beforeAll(async () => {
  run = await makeSmallRun('small', '--bound', 'latency<=1s');
  open = await run.open();
  const journal = openSqliteJournal(join(run.folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
  events = [...journal.events()];
  journal.close();
});
afterAll(async () => {
  open.close();
  await run.remove();
});

describe('the view of a run', () => {
  test('says of the front what front.json says', async () => {
    const file = JSON.parse(await readFile(join(run.folder, 'front.json'), 'utf8')) as FrontFile;
    const { front, trials, head } = open.views.run(false);
    expect(front.members.map((trial) => trials.id[trial])).toEqual(file.front.map(({ id }) => id));
    expect(front.baselines.map((trial) => trials.id[trial])).toEqual(file.baselines.map(({ id }) => id));
    for (const [at, trial] of front.members.entries()) {
      for (const name of objectiveNames) {
        for (const bound of ['mean', 'low', 'high'] as const) {
          const { objectives, holdout } = file.front[at] ?? {};
          expect(trials.tuning[name][bound][trial]).toBe(rounded(objectives?.[name][bound] ?? null));
          expect(trials.holdout[name][bound][trial]).toBe(rounded(holdout?.[name][bound] ?? null));
        }
      }
    }
    expect(head).toMatchObject({
      state: 'done',
      phase: 'done',
      simulated: true,
      evaluations: file.evaluations,
    });
    expect(head.spent).toEqual(file.spent);
    expect(head.resume).toBe('mixtune resume small');
    // The bounds choose the best, here another than the highest score.
    expect(head.bounds).toEqual({ latency: 1 });
    expect(trials.id[front.marks.best ?? -1]).toBe(file.best);
    expect(file.best).not.toBe(file.front[0]?.id);
  });

  test('has columns of one length, and progress that never falls', () => {
    const { trials, progress, bands } = open.views.run(false);
    const { tuning, holdout, ...others } = trials;
    const columns = [tuning, holdout].flatMap((estimates) =>
      Object.values(estimates).flatMap((bounds) => Object.values(bounds)),
    );
    for (const column of [...columns, ...Object.values(others)])
      expect(column).toHaveLength(trials.id.length);
    for (const name of ['evaluations', 'calls', 'tokens', 'seconds'] as const) {
      expect([...progress[name]].sort((a, b) => a - b)).toEqual(progress[name]);
    }
    expect(bands.map(({ name }) => name)).toEqual(['baselines', 'search', 'finish', 'holdout']);
    for (const [at, band] of bands.entries()) expect(band.from).toEqual(bands[at - 1]?.to ?? band.from);
  });

  test('what was found is judged by what is measured by now, of those who may be the best', () => {
    const record = new RunRecord(open.manifest.settings);
    const { objectives } = open.manifest.settings;
    const volume = (trials: readonly { readonly estimates: Estimates }[]): number =>
      frontHypervolume(
        trials.map(({ estimates }) => estimates),
        objectives,
      );
    const rises = (column: readonly (number | null)[]): void => {
      const known = column.filter((value) => value !== null);
      expect([...known].sort((a, b) => a - b)).toEqual(known);
    };
    const first = new Map<number, number>();
    for (const [at, event] of events.entries()) {
      if (event.kind === 'trial-finished' && !first.has(event.trial))
        first.set(event.trial, record.milestones.length);
      record.apply(event);
      if (at % 400 !== 399 && at !== events.length - 1) continue;
      const found = foundOf(record);
      const rivals = record.book.contenders();
      for (const { milestone, best, hypervolume, singles } of found) {
        // Not by steps: all that had been concluded by then.
        const known = rivals.filter((trial) => (record.concludedBy(trial) ?? Infinity) <= milestone);
        expect(best).toBe(Math.max(...known.flatMap(({ means }) => means.score ?? [])));
        expect(hypervolume).toBeCloseTo(volume(known), 10);
        const alone = known.filter(({ origin }) => isBaseline(origin));
        expect(singles ?? -1).toBeCloseTo(alone.length === 0 ? -1 : volume(alone), 10);
      }
      for (const name of ['milestone', 'best', 'hypervolume', 'singles'] as const)
        rises(found.map((row) => row[name]));
    }
    for (const trial of record.state.trials) expect(record.concludedBy(trial)).toBe(first.get(trial.trial));
    expect(open.views.run(false).found.best.at(-1)).toBeCloseTo(record.book.bestScore() ?? -1, 6);
  });

  test('progress counts evaluations as their ceiling does, without what stands beside for comparison', async () => {
    const record = new RunRecord(open.manifest.settings);
    for (const event of events) record.apply(event);
    const { evaluations } = record.effort;
    expect(evaluations).toBe(open.manifest.settings.budget.maxEvaluations);
    const begun = events.find(({ kind }) => kind === 'trial-started') as RunEventOf<'trial-started'>;
    const { concluded, trials } = record.state;
    const trial = trials.length;
    record.apply({ ...begun, trial, id: 'ffffffffffff', origin: { operator: equalSpend, parents: [] } });
    record.apply({ kind: 'trial-finished', at: begun.at, trial, status: 'finished' });
    expect(record.state.concluded).toBe(concluded + 1);
    expect(record.milestones.at(-1)?.evaluations).toBe(evaluations);
  });

  test('seen in pieces it comes to the same as seen at once, wherever it is cut', () => {
    const { manifest } = open;
    for (const step of thorough ? [5, 211, 1000] : [211]) {
      const record = new RunRecord(manifest.settings);
      const look = (seen?: RunView): RunView =>
        runView(
          { record, manifest, working: true, scale: undefined },
          seen && { seq: seen.seq, progress: seen.progress.evaluations.length },
        );
      let view: RunView = look();
      // Small steps are dear; the first 300 events hold every kind of beginning.
      for (const [at, event] of events.slice(0, step === 5 ? 300 : undefined).entries()) {
        record.apply(event);
        if (at % step !== 0) continue;
        const joined = joinRunViews(view, look(view));
        if (joined === undefined) throw new Error('the change does not follow');
        view = joined;
        expect(view).toEqual(look());
      }
    }
  });

  test('a change that does not follow on what was seen is refused', () => {
    const { manifest } = open;
    const record = new RunRecord(manifest.settings);
    const before = runView({ record, manifest, working: true, scale: undefined });
    for (const event of events) record.apply(event);
    const half = Math.floor(events.length / 2);
    const late = runView({ record, manifest, working: true, scale: undefined }, { seq: half, progress: 10 });
    expect(joinRunViews(before, late)).toBeUndefined();
  });
});

describe('cells', () => {
  test('the matrix holds every cell of the run once', () => {
    const matrix = open.views.matrix();
    const { trials } = open.record.state;
    for (const { trial, results } of trials) {
      const [from, to] = [matrix.offsets[trial] ?? 0, matrix.offsets[trial + 1] ?? 0];
      const found = Array.from({ length: to - from }, (_, at) => {
        const question = matrix.question[from + at] ?? -1;
        return `${matrix.questions.split[question]}/${matrix.repeat[from + at]}/${matrix.questions.id[question]}`;
      });
      expect(found).toEqual([...results.keys()]);
    }
    // The questions' own words: all begin with the same prompt.
    expect(new Set(matrix.questions.text.map((text) => text.slice(0, 20))).size).toBeGreaterThan(1);
  });

  test('an answer leads back to its calls: their times, tokens and dollars add up to what was measured', async () => {
    const { front } = open.views.run(false);
    for (const trial of front.members) {
      for (const [key, { measurement, answer, calls }] of open.record.state.trials[trial]?.results ?? []) {
        const view = await open.views.cell(trial, cellOfKey(key));
        expect(view?.answer).toBe(answer);
        expect(view?.calls).toHaveLength(calls);
        const critical = view?.calls?.filter((call) => call.critical) ?? [];
        expect(critical.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(
          measurement.latency ?? -1,
          3,
        );
        const tokens = view?.calls?.reduce(
          (sum, call) => sum + (call.inputTokens ?? 0) + (call.outputTokens ?? 0),
          0,
        );
        expect(tokens).toBe(measurement.tokens);
        // Each call starts when the ones before it have ended.
        const ends = critical.map(({ start, seconds }) => start + seconds);
        for (const [at, end] of ends.slice(0, -1).entries())
          expect(critical[at + 1]?.start).toBeCloseTo(end, 3);
      }
    }
  });

  test('the first cell to make a call pays for it, later ones have it', async () => {
    const cached = new Map<boolean, number>();
    for (const { trial, results } of open.record.state.trials) {
      for (const key of results.keys()) {
        const view = await open.views.cell(trial, cellOfKey(key));
        for (const call of view?.calls ?? []) cached.set(call.cached, (cached.get(call.cached) ?? 0) + 1);
      }
    }
    const dispatched = events.filter(({ kind }) => kind === 'call-dispatched').length;
    expect(cached.get(false)).toBeGreaterThanOrEqual(dispatched * 0.9);
    expect(cached.get(true)).toBeGreaterThan(0);
  });

  test('shares of agents add up to what a question takes', async () => {
    const { front, trials } = open.views.run(false);
    const trial = front.members[0] ?? -1;
    const view = await open.views.config(trial);
    const results = [...(open.record.state.trials[trial]?.results.values() ?? [])];
    const seconds =
      results.reduce((sum, { measurement }) => sum + (measurement.latency ?? 0), 0) / results.length;
    const shares = view?.shares ?? [];
    expect(shares.reduce((sum, share) => sum + share.seconds, 0)).toBeCloseTo(seconds, 3);
    expect(view?.id).toBe(trials.id[trial]);
    expect(view?.yaml).toContain('# Tuned on simulated models.');
  });

  test('nothing is made up for what the run does not have', async () => {
    expect(await open.views.config(10_000)).toBeUndefined();
    expect(await open.views.cell(0, { split: 'tuning', instance: 'none', repeat: 0 })).toBeUndefined();
  });
});
