import type { RunView, TrialColumns } from '../../report/view-model/schema.ts';
import { type ChartLook, colorAt } from './look.ts';
import { logTicks } from './scales.ts';

/** An axis of the parallel coordinates: an objective, or what a config is made of. */
interface Dimension {
  readonly name: string;
  readonly of: (trials: TrialColumns, trial: number) => number | null;
  readonly isLog: boolean;
}

export const dimensions: readonly Dimension[] = [
  { name: 'score', of: (trials, at) => trials.tuning.score.mean[at] ?? null, isLog: false },
  { name: 'latency, s', of: (trials, at) => trials.tuning.latency.mean[at] ?? null, isLog: true },
  { name: 'tokens', of: (trials, at) => trials.tuning.tokens.mean[at] ?? null, isLog: true },
  { name: 'usd', of: (trials, at) => trials.tuning.usd.mean[at] ?? null, isLog: true },
  { name: 'stages', of: (trials, at) => trials.stages[at] ?? null, isLog: false },
  { name: 'agents', of: (trials, at) => trials.agents[at] ?? null, isLog: false },
  { name: 'temperature', of: (trials, at) => trials.temperature[at] ?? null, isLog: false },
  { name: 'cells', of: (trials, at) => trials.cells[at] ?? null, isLog: false },
];

/** Trials as lines over objectives and factors, the better ones in stronger colours. */
export function parallelChart({ trials, front }: RunView, shown: readonly number[], look: ChartLook) {
  const onFront = new Set(front.members);
  // Those of the front lie above the others.
  const ordered = [...shown].sort((a, b) => Number(onFront.has(a)) - Number(onFront.has(b)));
  const rows = ordered.flatMap((trial) => {
    const value = dimensions.map(({ of }) => of(trials, trial));
    return value[0] === null ? [] : [{ trial, value }];
  });
  const parallelAxis = dimensions.map(({ name, isLog }, dim) => {
    const values = rows.flatMap(({ value }) => value[dim] ?? []);
    const asLog = isLog && values.length > 0 && Math.min(...values) > 0;
    return {
      dim,
      name,
      type: asLog ? ('log' as const) : ('value' as const),
      ...(asLog ? logRange(values) : {}),
      scale: true,
      nameTextStyle: { color: look.ink },
      axisLine: { lineStyle: { color: look.muted } },
      axisLabel: {
        color: look.ink,
        // Lines run behind them.
        textBorderColor: look.surface,
        textBorderWidth: 3,
        formatter: (value: number) => shortNumber(value),
        ...(asLog ? { customValues: logTicks(Math.min(...values), Math.max(...values)) } : {}),
      },
      splitNumber: 4,
    };
  });
  const scores = rows.map(({ value }) => value[0] ?? 0);
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  return {
    animation: false,
    parallel: { left: 44, right: 56, top: 40, bottom: 18 },
    parallelAxis,
    series: [
      {
        id: 'trials',
        type: 'parallel' as const,
        smooth: false,
        inactiveOpacity: 0.04,
        activeOpacity: 0.9,
        progressive: 500,
        data: rows.map(({ trial, value }) => ({
          trial,
          value: value.map((each) => each ?? '-'),
          lineStyle: {
            color: colorAt(look.scale, most > least ? ((value[0] ?? 0) - least) / (most - least) : 1),
            width: onFront.has(trial) ? 2 : 1,
            opacity: onFront.has(trial) ? 0.9 : 0.3,
          },
        })),
      },
    ],
  };
}

function logRange(values: readonly number[]) {
  return { min: Math.min(...values), max: Math.max(...values) };
}

function shortNumber(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return value !== 0 && Math.abs(value) < 0.001
    ? value.toExponential(0)
    : String(Number(value.toPrecision(3)));
}
