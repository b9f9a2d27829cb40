import { formatCount, formatDuration, formatShortCount, formatUsd } from '../../report/format.ts';
import type { EffortName, ProgressBand, RunView } from '../../report/view-model/schema.ts';
import { type ChartLook, tooltipIn } from './look.ts';

export const effortTitles: Readonly<Record<EffortName, string>> = {
  evaluations: 'Configs measured',
  calls: 'Model calls',
  tokens: 'Tokens',
  usd: 'US dollars',
  seconds: 'Time on the run’s clock',
};

export function effortText(name: EffortName, value: number): string {
  switch (name) {
    case 'usd':
      return formatUsd(value);
    case 'seconds':
      return formatDuration(value);
    case 'evaluations':
    case 'calls':
      return formatCount(value);
    default:
      return formatShortCount(value);
  }
}

export const phaseTitles: Readonly<Record<string, string>> = {
  baselines: 'baselines',
  search: 'search',
  finish: 'front again',
  holdout: 'holdout',
};

/** Best score, and the front's hypervolume over that of single models, against what was spent. */
export function progressChart(view: RunView, by: EffortName, look: ChartLook) {
  const { progress, found, bands } = view;
  const across = progress[by];
  /** What was found last stands until the run's last milestone. */
  const line = (values: readonly (number | null)[]): [number, number][] =>
    [...found.milestone, across.length - 1].flatMap((milestone, at): [number, number][] => {
      const [x, value] = [
        across[milestone] ?? null,
        (at < values.length ? values[at] : values.at(-1)) ?? null,
      ];
      return x === null || value === null ? [] : [[x, value]];
    });
  const end = Math.max(0, ...across.flatMap((value) => value ?? []));
  const xAxis = (gridIndex: number, isLast: boolean) => ({
    type: 'value' as const,
    gridIndex,
    min: 0,
    max: end === 0 ? 1 : end,
    name: isLast ? effortTitles[by] : '',
    nameLocation: 'middle' as const,
    nameGap: 28,
    nameTextStyle: { color: look.muted },
    axisLine: { lineStyle: { color: look.line } },
    axisLabel: {
      show: isLast,
      color: look.muted,
      hideOverlap: true,
      formatter: (value: number) => effortText(by, value),
    },
    splitLine: { show: false },
  });
  const yAxis = (gridIndex: number, name: string) => ({
    type: 'value' as const,
    gridIndex,
    scale: true,
    name,
    nameLocation: 'end' as const,
    nameTextStyle: { color: look.muted, align: 'left' as const },
    axisLabel: { color: look.muted, formatter: (value: number) => String(Number(value.toFixed(3))) },
    splitLine: { lineStyle: { color: look.line } },
  });
  const drawn = (
    id: string,
    name: string,
    values: readonly (number | null)[],
    at: number,
    color: string,
    isDashed = false,
  ) => ({
    id,
    name,
    type: 'line' as const,
    step: 'end' as const,
    showSymbol: false,
    xAxisIndex: at,
    yAxisIndex: at,
    itemStyle: { color },
    lineStyle: { color, width: 2, type: isDashed ? ('dashed' as const) : ('solid' as const) },
    data: line(values),
  });
  return {
    animation: false,
    grid: [
      { left: 48, right: 20, top: 34, height: '34%' },
      { left: 48, right: 20, top: '56%', bottom: 46 },
    ],
    axisPointer: { link: [{ xAxisIndex: 'all' as const }] },
    tooltip: {
      trigger: 'axis' as const,
      ...tooltipIn(look),
      formatter: (items: readonly { readonly seriesName: string; readonly value: readonly number[] }[]) =>
        [
          `${effortTitles[by]}: ${effortText(by, items[0]?.value[0] ?? 0)}`,
          ...items.map(({ seriesName, value }) => `${seriesName}: ${(value[1] ?? 0).toFixed(3)}`),
        ].join('\n'),
    },
    xAxis: [xAxis(0, false), xAxis(1, true)],
    yAxis: [yAxis(0, 'Best score found'), yAxis(1, 'Hypervolume of the front')],
    series: [
      {
        ...drawn('best', 'best score', found.best, 0, look.accent),
        markArea: bandAreas(bands, by, end, look, true),
      },
      {
        ...drawn('hypervolume', 'front', found.hypervolume, 1, look.accent),
        markArea: bandAreas(bands, by, end, look, false),
      },
      drawn('singles', 'single models alone', found.singles, 1, look.second, true),
    ],
  };
}

function bandAreas(
  bands: readonly ProgressBand[],
  by: EffortName,
  end: number,
  look: ChartLook,
  isNamed: boolean,
) {
  const areas = bands.flatMap(({ kind, name, from, to }, at) => {
    const [start, stop] = [from[by], to === null ? end : to[by]];
    if (start === null || stop === null || stop <= start) return [];
    const color = kind === 'outage' ? look.outage : at % 2 === 0 ? look.band : 'transparent';
    const label = kind === 'outage' ? `${name} down` : (phaseTitles[name] ?? name);
    // A name that has no room would lie over its neighbour's.
    const isShown = isNamed && (stop - start) / end > 0.08;
    return [[{ name: isShown ? label : '', xAxis: start, itemStyle: { color } }, { xAxis: stop }]];
  });
  return {
    silent: true,
    label: { color: look.muted, position: 'insideBottom' as const, fontSize: 11 },
    data: areas,
  };
}
