import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bestSoFar, type FrontSettings, frontChart, frontPoints } from '../../src/page/charts/front-chart.ts';
import { frontsChart, frontsPoints } from '../../src/page/charts/fronts-chart.ts';
import { lanesOf } from '../../src/page/charts/lanes.ts';
import { colorAt, lightLook } from '../../src/page/charts/look.ts';
import { matrixRows } from '../../src/page/charts/matrix-chart.ts';
import { dimensions, parallelChart } from '../../src/page/charts/parallel-chart.ts';
import { progressChart } from '../../src/page/charts/progress-chart.ts';
import { logTicks, rangeOf, shareOf } from '../../src/page/charts/scales.ts';
import type { CallView, MatrixView, RunView } from '../../src/report/view-model/schema.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';
import { thorough } from '../support/thorough.ts';

let run: SmallRun;
let view: RunView;
let matrix: MatrixView;

beforeAll(async () => {
  run = await makeSmallRun();
  const open = await run.open();
  view = open.views.run(false);
  matrix = open.views.matrix();
  open.close();
});
afterAll(() => run.remove());

const usual: FrontSettings = { x: 'latency', y: 'score', color: 'tokens', basis: 'tuning' };
const options = { look: lightLook, chosen: null };

describe('the front as a chart', () => {
  test('has a point for every trial with both figures, where its figures say', () => {
    const { series } = frontChart(view, usual, options);
    const data = series.flatMap((each) => (each.type === 'scatter' ? each.data : []));
    const known = view.trials.id.flatMap((_, trial) => {
      const [x, y] = [view.trials.tuning.latency.mean[trial], view.trials.tuning.score.mean[trial]];
      return x === null || y === null ? [] : [{ trial, value: [x, y] }];
    });
    const byTrial = [...data].sort((a, b) => a.trial - b.trial).map(({ trial, value }) => ({ trial, value }));
    expect(byTrial).toEqual(known);
  });

  test('shape tells front, single models, presets and the rest apart', () => {
    const { series } = frontChart(view, usual, options);
    const trialsOf = (kind: string) =>
      series.flatMap((each) =>
        each.id === kind && each.type === 'scatter' ? each.data.map(({ trial }) => trial) : [],
      );
    const singles = new Set(view.front.baselines);
    expect(trialsOf('baseline').sort()).toEqual([...singles].sort());
    expect(trialsOf('front').sort()).toEqual(
      view.front.members.filter((trial) => !singles.has(trial)).sort(),
    );
    const symbols = series.flatMap((each) =>
      each.type === 'scatter' ? [each.symbol + each.symbolSize] : [],
    );
    expect(new Set(symbols).size).toBe(symbols.length);
  });

  test('tuning and holdout are never mixed', () => {
    const measured = view.trials.holdout.score.mean.flatMap((mean, trial) => (mean === null ? [] : [trial]));
    const points = frontPoints(view, { ...usual, basis: 'holdout' });
    expect(points.map(({ trial }) => trial).sort()).toEqual(measured.sort());
    for (const { trial, y } of points) expect(y).toBe(view.trials.holdout.score.mean[trial]);
  });

  test('the line of the best rises with what is paid, and no point lies above it', () => {
    const points = frontPoints(view, usual);
    const line = bestSoFar(points, usual);
    for (const [at, [x, y]] of line.slice(1).entries()) {
      expect(x).toBeGreaterThanOrEqual(line[at]?.[0] ?? 0);
      expect(y).toBeGreaterThan(line[at]?.[1] ?? 0);
    }
    for (const { x, y, kind } of points) {
      if (kind !== 'front') continue;
      const reached = line.filter(([paid]) => paid <= x).at(-1)?.[1] ?? -1;
      expect(reached).toBeGreaterThanOrEqual(y);
    }
  });

  test('a single model of fewer answers than the front bends no line, and is hollow', () => {
    const lucky = view.front.baselines.find((trial) => !view.front.members.includes(trial)) ?? -1;
    const put = <Value>(column: readonly Value[], value: Value): Value[] => column.with(lucky, value);
    const { tuning } = view.trials;
    const drawn = (answers: number) => {
      const score = { ...tuning.score, mean: put(tuning.score.mean, 2) };
      const trials = {
        ...view.trials,
        tuning: { ...tuning, score },
        cells: put(view.trials.cells, answers),
      };
      const points = frontPoints({ ...view, trials }, usual);
      const series = frontChart({ ...view, trials }, usual, options).series;
      const point = series
        .flatMap((each) => (each.type === 'scatter' ? each.data : []))
        .find(({ trial }) => trial === lucky);
      return { best: bestSoFar(points, usual).at(-1)?.[1], point };
    };
    const least = Math.min(...view.front.members.map((trial) => view.trials.cells[trial] ?? 0));
    const [few, enough] = [drawn(least - 1), drawn(least)];
    expect(enough.best).toBe(2);
    expect(enough.point?.itemStyle.color).not.toBe('transparent');
    expect(few.best).toBe(Math.max(...view.front.members.map((trial) => tuning.score.mean[trial] ?? 0)));
    expect(few.point?.itemStyle.color).toBe('transparent');
    expect(few.point?.tip).toContain(`, over ${least - 1} answers`);
  });

  test('of two fronts in one plane each point says whether the other run does better in all', () => {
    const [same, again] = frontsPoints([view, view], usual);
    expect(again).toEqual(same);
    expect(same.filter(({ kind, isDominated }) => kind === 'front' && isDominated)).toEqual([]);
    const single = view.front.baselines.find((trial) => !view.front.members.includes(trial)) ?? -1;
    const joined = { ...view, front: { ...view.front, members: [...view.front.members, single] } };
    const members = frontsPoints([joined, view], usual)[0].filter(({ isMember }) => isMember);
    expect(members.map(({ trial }) => trial).sort()).toEqual([...joined.front.members].sort());
    const [member = -1] = view.front.members;
    const latency = { ...view.trials.tuning.latency, mean: [...view.trials.tuning.latency.mean] };
    latency.mean[member] = (latency.mean[member] ?? 0) / 2;
    const faster: RunView = {
      ...view,
      trials: { ...view.trials, tuning: { ...view.trials.tuning, latency } },
    };
    const [ofFirst, ofSecond] = frontsPoints([view, faster], usual);
    expect(ofFirst.find(({ trial }) => trial === member)?.isDominated).toBe(true);
    expect(ofSecond.find(({ trial }) => trial === member)?.isDominated).toBe(false);
    const { series } = frontsChart([view, faster], usual, lightLook);
    const drawn = series.flatMap((each) => (each.type === 'scatter' ? each.data : []));
    expect(drawn.map(({ trial }) => trial)).toEqual([...ofFirst, ...ofSecond].map(({ trial }) => trial));
  });

  test('a text that ECharts would take for a style is none', () => {
    const hostile = {
      ...view,
      trials: { ...view.trials, shape: view.trials.shape.map(() => '{a|b}'.repeat(40)) },
    };
    const { series } = frontChart(hostile, usual, options);
    for (const each of series) {
      if (each.type === 'scatter') for (const { tip } of each.data) expect(tip).not.toMatch(/[{}|]/);
    }
  });

  test('an empty run makes an empty chart', () => {
    const nothing = { ...view, trials: { ...view.trials, id: [] } };
    const { series } = frontChart(nothing, usual, options);
    for (const each of series) expect(each.data).toEqual([]);
  });
});

describe('axes', () => {
  test.each([
    [0.2, 12, [0.2, 0.5, 1, 2, 5, 10]],
    [700, 9000, [1000, 2000, 5000]],
    [0.00002, 0.02, [0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02]],
    [0.00001, 10, [0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10]],
  ])('ticks from %d to %d', (low, high, ticks) => expect(logTicks(low, high)).toEqual(ticks));

  test('a cost of 0 has no logarithm, so its axis is plain', () => {
    expect(rangeOf('usd', [0, 1])).toMatchObject({ type: 'value', min: 0 });
    expect(rangeOf('usd', [0.1, 1])).toMatchObject({ type: 'log' });
    expect(rangeOf('latency', [])).toEqual({ type: 'value', min: 0, max: 1, ticks: null });
  });

  test('colours run from end to end of the scale', () => {
    expect(colorAt(lightLook.scale, 0)).toBe(lightLook.scale[0]);
    expect(colorAt(lightLook.scale, 1)).toBe(lightLook.scale.at(-1));
    expect(shareOf(10, 1, 100)).toBeCloseTo(0.5);
    expect(shareOf(7, 7, 7)).toBe(0.5);
  });
});

describe('progress as a chart', () => {
  test.each(['evaluations', 'calls', 'tokens', 'usd', 'seconds'] as const)(
    'by %s it ends at what was spent',
    (by) => {
      const { series } = progressChart(view, by, lightLook);
      for (const { data } of series) expect(data.at(-1)?.[0]).toBeCloseTo(view.progress[by].at(-1) ?? -1, 4);
    },
  );

  test('unknown dollars leave the axis empty rather than at 0', () => {
    const unpriced = { ...view, progress: { ...view.progress, usd: view.progress.usd.map(() => null) } };
    for (const { data } of progressChart(unpriced, 'usd', lightLook).series) expect(data).toEqual([]);
  });
});

test('parallel coordinates have a line for each scored trial, with a value on every axis', () => {
  const all = view.trials.id.map((_, trial) => trial);
  const { series, parallelAxis } = parallelChart(view, all, lightLook);
  const scored = all.filter((trial) => view.trials.tuning.score.mean[trial] !== null);
  expect(series[0]?.data.map(({ trial }) => trial).sort()).toEqual(scored.sort());
  for (const { value } of series[0]?.data ?? []) expect(value).toHaveLength(dimensions.length);
  expect(parallelAxis).toHaveLength(dimensions.length);
});

test('the matrix has configs by score and questions by difficulty, its means those of the cells', () => {
  const rows = matrixRows(view, matrix, 'tuning', view.front.members);
  const scores = rows.trials.map((trial) => view.trials.tuning.score.mean[trial] ?? -1);
  expect([...scores].sort((a, b) => b - a)).toEqual(scores);
  const means = rows.columns.map(({ mean }) => mean ?? -1);
  expect([...means].sort((a, b) => b - a)).toEqual(means);
  for (const [row, trial] of rows.trials.entries()) {
    for (const [column, { question }] of rows.columns.entries()) {
      const cells: number[] = [];
      for (let cell = matrix.offsets[trial] ?? 0; cell < (matrix.offsets[trial + 1] ?? 0); cell++) {
        const score = matrix.score[cell] ?? null;
        if (matrix.question[cell] === question && score !== null) cells.push(score);
      }
      const mean = cells.length === 0 ? null : cells.reduce((sum, score) => sum + score, 0) / cells.length;
      const shown = rows.values[row]?.[column]?.score ?? null;
      if (mean === null) expect(shown).toBeNull();
      else expect(shown).toBeCloseTo(mean, 9);
    }
  }
});

describe('lanes of a trace', () => {
  const call = (start: number, seconds: number, agent = 'a'): CallView => ({
    ...{
      stage: 'stages[0]',
      stageKind: 'propose',
      round: 0,
      agent,
      model: 'sim/a',
      outcome: 'answered' as const,
    },
    ...{ failure: null, start, seconds, firstToken: null, critical: false, cached: false, usd: null },
    ...{ inputTokens: 1, outputTokens: 1, reasoningTokens: null, messages: [], text: null, reasoning: null },
  });

  test('calls that overlap lie below each other, others in one row', () => {
    const { lanes, end } = lanesOf([call(0, 2), call(0, 1), call(2, 1), call(0, 1, 'b')]);
    expect(end).toBe(3);
    expect(lanes.map(({ title, rows }) => [title, rows.map((row) => row.length)])).toEqual([
      ['a', [2, 1]],
      ['b', [1]],
    ]);
  });

  test.skipIf(!thorough)('30,000 calls are drawn as some, and the others counted', () => {
    const calls = Array.from({ length: 30_000 }, (_, at) => call(Math.floor(at / 10), 1));
    const { lanes } = lanesOf(calls);
    const drawn = lanes.flatMap(({ rows }) => rows.flat()).length;
    expect(drawn).toBeLessThanOrEqual(1600);
    expect(drawn + (lanes[0]?.hidden ?? 0)).toBe(30_000);
  });
});
