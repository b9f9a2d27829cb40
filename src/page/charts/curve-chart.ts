import { formatCount } from '../../report/format.ts';
import type { WhyView } from '../../report/view-model/schema.ts';
import { type ChartLook, tooltipIn } from './look.ts';

/** The learning curve with its 80% band, and its forecast dashed. */
export function curveChart(curve: WhyView['outlook']['curve'], look: ChartLook) {
  const past = curve.filter(({ part }) => part === 'past');
  const last = past.at(-1);
  // The forecast goes on where the past ends.
  const ahead = curve.filter((point) => point.part === 'forecast' || point === last);
  const line = (points: typeof curve, isDashed: boolean) => ({
    id: isDashed ? 'forecast' : 'past',
    name: isDashed ? 'forecast' : 'so far',
    type: 'line' as const,
    symbolSize: 5,
    itemStyle: { color: look.accent },
    lineStyle: { color: look.accent, width: 2, type: isDashed ? ('dashed' as const) : ('solid' as const) },
    data: points.map(({ evaluations, score }) => [evaluations, score]),
  });
  const band = (id: string, values: readonly (readonly [number, number])[], isFilled: boolean) => ({
    id,
    type: 'line' as const,
    stack: 'band',
    silent: true,
    showSymbol: false,
    lineStyle: { opacity: 0 },
    ...(isFilled ? { areaStyle: { color: look.accent, opacity: 0.13 } } : {}),
    tooltip: { show: false },
    data: values.map((value) => [...value]),
  });
  return {
    animation: false,
    grid: { left: 48, right: 20, top: 30, bottom: 46 },
    tooltip: {
      trigger: 'item' as const,
      ...tooltipIn(look),
      formatter: ({
        seriesName,
        value,
      }: {
        readonly seriesName: string;
        readonly value: readonly number[];
      }) => `${formatCount(value[0] ?? 0)} configs: ${(value[1] ?? 0).toFixed(3)} (${seriesName})`,
    },
    xAxis: {
      type: 'log' as const,
      name: 'Configs measured (log)',
      nameLocation: 'middle' as const,
      nameGap: 28,
      nameTextStyle: { color: look.muted },
      min: Math.max(1, curve[0]?.evaluations ?? 1),
      max: curve.at(-1)?.evaluations ?? 10,
      axisLine: { lineStyle: { color: look.line } },
      axisLabel: {
        color: look.muted,
        hideOverlap: true,
        customValues: curve.map(({ evaluations }) => evaluations),
        formatter: (value: number) => formatCount(value),
      },
      axisTick: { customValues: curve.map(({ evaluations }) => evaluations) },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value' as const,
      scale: true,
      max: 1,
      name: 'True score on tuning questions',
      nameLocation: 'end' as const,
      nameTextStyle: { color: look.muted, align: 'left' as const },
      axisLabel: { color: look.muted, formatter: (value: number) => String(Number(value.toFixed(2))) },
      splitLine: { lineStyle: { color: look.line } },
    },
    series: [
      band(
        'low',
        curve.map(({ evaluations, low }) => [evaluations, low]),
        false,
      ),
      band(
        'high',
        curve.map(({ evaluations, low, high }) => [evaluations, high - low]),
        true,
      ),
      line(past, false),
      ...(ahead.length > 1 ? [line(ahead, true)] : []),
    ],
  };
}
