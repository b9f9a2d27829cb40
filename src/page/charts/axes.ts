import type { ObjectiveName } from '../../report/view-model/schema.ts';
import type { ChartLook } from './look.ts';
import { axisText, objectiveTitles, rangeOf } from './scales.ts';

/** Both axes of a plane of two objectives, as options of ECharts, wide enough for all values. */
export function planeOf(
  x: { readonly name: ObjectiveName; readonly values: readonly number[] },
  y: { readonly name: ObjectiveName; readonly values: readonly number[] },
  { look, isSmall = false }: { readonly look: ChartLook; readonly isSmall?: boolean },
) {
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 30, bottom: 34, containLabel: true },
    xAxis: {
      ...axis(x.name, x.values, look),
      nameLocation: 'middle' as const,
      nameGap: 30,
      nameTextStyle: { color: look.muted, align: 'center' as const, fontSize: isSmall ? 11 : 12 },
      axisLine: { show: true, lineStyle: { color: look.line } },
      splitLine: { show: false },
    },
    yAxis: {
      ...axis(y.name, y.values, look),
      nameLocation: 'end' as const,
      nameGap: 14,
      nameTextStyle: { color: look.muted, align: 'left' as const, fontSize: isSmall ? 11 : 12 },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: { color: look.line } },
    },
  };
}

function axis(name: ObjectiveName, values: readonly number[], look: ChartLook) {
  const { type, min, max, ticks } = rangeOf(name, values);
  const customValues = ticks === null ? {} : { customValues: [...ticks] };
  return {
    type,
    min,
    max,
    name: `${objectiveTitles[name]}${name !== 'score' && type === 'log' ? ' (log)' : ''}`,
    axisTick: { show: true, lineStyle: { color: look.line }, ...customValues },
    axisLabel: {
      color: look.muted,
      hideOverlap: true,
      formatter: (value: number) => axisText(name, value),
      ...customValues,
    },
  };
}
