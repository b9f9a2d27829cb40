import { formatCount, formatInterval, formatObjective, simulatedSuffix } from '../../report/format.ts';
import { objectiveDirections } from '../../report/view-model/choice.ts';
import type { ObjectiveName, RunView } from '../../report/view-model/schema.ts';
import { estimateAt, marksOf } from '../parts/trials.ts';
import { planeOf } from './axes.ts';
import { type ChartLook, colorAt, tipsIn, tooltipText } from './look.ts';
import { shareOf } from './scales.ts';

const pointKinds = ['dominated', 'preset', 'baseline', 'front'] as const;
export type PointKind = (typeof pointKinds)[number];

export interface FrontSettings {
  readonly x: ObjectiveName;
  readonly y: ObjectiveName;
  readonly color: ObjectiveName | 'none';
  /** Which cells figures are of: those the search saw, or those it never saw. */
  readonly basis: 'tuning' | 'holdout';
}

/** A trial in the chart and in the table beside it. */
export interface ChartPoint {
  readonly trial: number;
  readonly kind: PointKind;
  /** Measured on fewer tuning answers than each member of the front: its score, good or bad, may be luck. */
  readonly hasFewer: boolean;
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly color: number | null;
}

function kindsOf({ front }: RunView): (trial: number) => PointKind {
  const [members, baselines, presets] = [front.members, front.baselines, front.presets].map(
    (each) => new Set(each),
  );
  return (trial) => {
    if (baselines?.has(trial) === true) return 'baseline';
    if (members?.has(trial) === true) return 'front';
    return presets?.has(trial) === true ? 'preset' : 'dominated';
  };
}

/** Trials whose two figures are known, those off the front first, so that the front lies above them. */
export function frontPoints(view: RunView, { x, y, color, basis }: FrontSettings): ChartPoint[] {
  const estimates = view.trials[basis];
  const kindOf = kindsOf(view);
  const { members } = view.front;
  const fewest =
    basis === 'holdout' || members.length === 0
      ? 0
      : Math.min(...members.map((trial) => view.trials.cells[trial] ?? 0));
  const points = view.trials.id.flatMap((_, trial): ChartPoint[] => {
    const across = estimates[x].mean[trial] ?? null;
    const up = estimates[y].mean[trial] ?? null;
    if (across === null || up === null) return [];
    return [
      {
        trial,
        kind: kindOf(trial),
        hasFewer: (view.trials.cells[trial] ?? 0) < fewest,
        x: across,
        y: up,
        low: estimates[y].low[trial] ?? null,
        high: estimates[y].high[trial] ?? null,
        color: color === 'none' ? null : (estimates[color].mean[trial] ?? null),
      },
    ];
  });
  return points.sort((first, second) => pointKinds.indexOf(first.kind) - pointKinds.indexOf(second.kind));
}

/** The step line of the best that can be had for each `x`, over members of the front and baselines with as many answers. */
export function bestSoFar(points: readonly ChartPoint[], { x, y }: FrontSettings): [number, number][] {
  const better = (name: ObjectiveName, first: number, second: number): boolean =>
    objectiveDirections[name] === 'max' ? first > second : first < second;
  const line: [number, number][] = [];
  const eligible = points.filter(
    ({ kind, hasFewer }) => !hasFewer && (kind === 'front' || kind === 'baseline'),
  );
  const inOrder = [...eligible].sort((a, b) => (better(x, a.x, b.x) ? -1 : better(x, b.x, a.x) ? 1 : 0));
  for (const point of inOrder) {
    const last = line.at(-1);
    if (last === undefined || better(y, point.y, last[1])) line.push([point.x, point.y]);
  }
  return line;
}

const symbols: Readonly<Record<PointKind, { readonly symbol: string; readonly size: number }>> = {
  front: { symbol: 'circle', size: 12 },
  dominated: { symbol: 'circle', size: 6 },
  baseline: { symbol: 'diamond', size: 14 },
  preset: { symbol: 'triangle', size: 11 },
};

export interface FrontChartOptions {
  readonly look: ChartLook;
  /** The trial that is marked. */
  readonly chosen: number | null;
  /** Small, beside others: without whiskers and titles. */
  readonly isSmall?: boolean;
}

/** The front as options of ECharts. */
export function frontChart(
  view: RunView,
  settings: FrontSettings,
  { look, chosen, isSmall = false }: FrontChartOptions,
) {
  const points = frontPoints(view, settings);
  const { x, y } = settings;
  const known = points.flatMap(({ color }) => color ?? []);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const colorOf = ({ color, kind }: ChartPoint): string =>
    color === null
      ? kind === 'dominated'
        ? look.muted
        : look.accent
      : colorAt(look.scale, shareOf(color, least, most));
  const series = pointKinds.map((kind) => ({
    id: kind,
    name: kind,
    type: 'scatter' as const,
    symbol: symbols[kind].symbol,
    symbolSize: isSmall ? symbols[kind].size * 0.7 : symbols[kind].size,
    z: 3 + pointKinds.indexOf(kind),
    cursor: 'pointer',
    emphasis: { scale: 1.5 },
    data: points
      .filter((point) => point.kind === kind)
      .map((point) => ({
        value: [point.x, point.y],
        trial: point.trial,
        tip: tipOf(view, point.trial, settings),
        itemStyle: {
          color: point.hasFewer ? 'transparent' : colorOf(point),
          opacity: kind === 'dominated' ? 0.45 : 1,
          borderColor: point.trial === chosen ? look.ink : point.hasFewer ? colorOf(point) : look.surface,
          borderWidth: point.trial === chosen ? 3 : kind === 'dominated' && !point.hasFewer ? 0 : 1.5,
        },
      })),
  }));
  const bounds = points
    .filter(({ kind }) => kind !== 'dominated')
    .flatMap(({ low, high }) => [low ?? [], high ?? []].flat());
  return {
    ...planeOf(
      { name: x, values: points.map((point) => point.x) },
      { name: y, values: [...points.map((point) => point.y), ...(isSmall ? [] : bounds)] },
      { look, isSmall },
    ),
    tooltip: tipsIn(look),
    series: [
      stepLine(points, settings, look.accent),
      ...(isSmall ? [] : [whiskers(points, look.muted)]),
      ...series,
    ],
  };
}

/** The best that can be had for each `x`, as a series. */
export function stepLine(points: readonly ChartPoint[], settings: FrontSettings, color: string) {
  return {
    id: 'best',
    type: 'line' as const,
    step: 'end' as const,
    silent: true,
    showSymbol: false,
    z: 2,
    lineStyle: { color, width: 1.5, opacity: 0.55 },
    data: bestSoFar(points, settings),
  };
}

/** The 95% intervals of front, baselines and presets; those of all trials would hide them. */
export function whiskers(points: readonly ChartPoint[], color: string) {
  return {
    id: 'intervals',
    type: 'custom' as const,
    silent: true,
    z: 2,
    encode: { x: 0, y: [1, 2] },
    data: points.flatMap(({ kind, x, low, high }) =>
      kind === 'dominated' || low === null || high === null ? [] : [[x, low, high]],
    ),
    renderItem: (
      _: unknown,
      api: { value(at: number): number; coord(point: [number, number]): [number, number] },
    ) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const [, high] = api.coord([api.value(0), api.value(2)]);
      return {
        type: 'line' as const,
        shape: { x1: x, y1: low, x2: x, y2: high },
        style: { stroke: color, lineWidth: 1.2, opacity: 0.55 },
      };
    },
  };
}

/** What a tooltip says of a trial. */
export function tipOf(view: RunView, trial: number, { basis }: FrontSettings): string {
  const { trials, head } = view;
  const estimates = trials[basis];
  const line = (name: ObjectiveName): string => {
    const estimate = estimateAt(estimates[name], trial);
    return name === 'score' ? formatInterval(name, estimate) : formatObjective(name, estimate.mean);
  };
  const marks = marksOf(view, trial);
  return [
    `${trials.id[trial]}${marks.length > 0 ? `  ${marks.join(', ')}` : ''}`,
    `${basis} score ${line('score')}${simulatedSuffix(head.simulated)}${basis === 'tuning' ? `, over ${formatCount(trials.cells[trial] ?? 0)} answers` : ''}`,
    `${line('latency')}, ${line('tokens')} tokens, ${line('usd')}`,
    tooltipText(trials.shape[trial] ?? ''),
  ].join('\n');
}
