import { formatCount, formatDuration, formatShortCount, formatUsd } from '../../report/format.ts';
import type { ObjectiveName } from '../../report/view-model/schema.ts';

/** Round values of a logarithmic axis: 1, 2, 5 times powers of ten. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of [1, 2, 5]) {
      const tick = Number((step * 10 ** power).toPrecision(3));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  // Over many powers only these leave room for their labels.
  return ticks.length > 10 ? ticks.filter((tick) => /^[1](?:[.0e+-]|$)/.test(tick.toExponential())) : ticks;
}

/** A value on an axis, in few characters. */
export function axisText(name: ObjectiveName, value: number): string {
  switch (name) {
    case 'score':
      return String(Number(value.toFixed(2)));
    case 'latency':
      return value < 60 ? `${Number(value.toPrecision(3))} s` : formatDuration(value);
    case 'tokens':
      return value < 10_000 ? formatCount(value) : formatShortCount(value).replace(/\.0+(?=[kMB])/, '');
    case 'usd':
      return formatUsd(value);
  }
}

export const objectiveTitles: Readonly<Record<ObjectiveName, string>> = {
  score: 'Score',
  latency: 'Latency per question',
  tokens: 'Tokens per question',
  usd: 'US dollars per question',
};

export interface AxisRange {
  readonly type: 'log' | 'value';
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[] | null;
}

/** Scores on a plain axis, costs on a logarithmic one, unless a cost is 0. */
export function rangeOf(name: ObjectiveName, values: readonly number[]): AxisRange {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (values.length === 0) return { type: 'value', min: 0, max: 1, ticks: null };
  if (name === 'score') {
    const min = Math.max(0, Math.floor((low - 0.02) * 10) / 10);
    return {
      type: 'value',
      min,
      max: Math.min(1, Math.max(min + 0.1, Math.ceil((high + 0.01) * 20) / 20)),
      ticks: null,
    };
  }
  if (low <= 0) return { type: 'value', min: 0, max: high === 0 ? 1 : high * 1.1, ticks: null };
  const [min, max] = [low / 1.25, high * 1.25];
  return { type: 'log', min, max, ticks: logTicks(min, max) };
}

/** Where a value lies between the least and the most, 0..1: by ratio where all are above 0. */
export function shareOf(value: number, low: number, high: number): number {
  if (high <= low) return 0.5;
  return low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}
