import { shellWord } from '../core/shell-word.ts';
import type { Ceiling, Meter } from '../domain/budget.ts';
import type { Estimate, ObjectiveName } from '../domain/objective.ts';

/** How an unknown value is shown; never 0. */
export const unknown = '?';

/** `1234567` as `1,234,567`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 call`, `1,204 calls`. */
export function formatCounted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `1234567` as `1.23M`, for places with little room. */
export function formatShortCount(value: number): string {
  for (const [size, suffix] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    // 999,950 and up would round to "1000k".
    if (value >= size * 0.99995) return `${trimmed(value / size)}${suffix}`;
  }
  return String(Math.round(value));
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const byteUnits = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** `812 bytes`, `3.4 MB`: powers of 1000, as disks are sold. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${byteUnits[power]}`;
}

/** A span of time: `0.84 s`, `12.3 s`, `4m 05s`, `3h 07m`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${pad(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** US dollars with as many digits as say something: `$0.00042`, `$0.084`, `$12.40`. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  const digits = Math.min(8, Math.ceil(-Math.log10(usd)) + 1);
  return `$${usd.toFixed(digits)}`;
}

/** What something cost, where that is known. */
export function formatCost(usd: number | null): string {
  return usd === null ? 'unknown cost' : formatUsd(usd);
}

/** An amount that a ceiling allows, in its own unit. */
export function formatAmount(unit: Ceiling['unit'], amount: number): string {
  const format = { whole: formatCount, many: formatShortCount, usd: formatUsd, seconds: formatDuration };
  return format[unit](amount);
}

/** `12 of 40`, or `unknown of $2.00`. */
export function formatMeter({ unit, used, limit }: Pick<Meter, 'unit' | 'used' | 'limit'>): string {
  const text = used === null ? 'unknown' : formatAmount(unit, used);
  return limit === undefined ? text : `${text} of ${formatAmount(unit, limit)}`;
}

/** `0.958`. The page has seven digits of a score, other texts all: both round what lies half-way alike. */
function formatScore(value: number): string {
  return (Math.round(Number((value * 1000).toPrecision(6))) / 1000).toFixed(3);
}

/** One objective's value in its own unit; `?` when unknown. */
export function formatObjective(name: ObjectiveName, value: number | null): string {
  if (value === null) return unknown;
  switch (name) {
    case 'score':
      return formatScore(value);
    case 'latency':
      return formatDuration(value);
    case 'tokens':
      return formatCount(value);
    case 'usd':
      return formatUsd(value);
  }
}

/** `0.958 [0.93, 0.98]`; the mean alone where there is no interval. */
export function formatInterval(name: ObjectiveName, estimate: Estimate): string {
  const mean = formatObjective(name, estimate.mean);
  if (estimate.mean === null || estimate.low === null || estimate.high === null) return mean;
  const bound = (value: number): string =>
    name === 'score' ? value.toFixed(2) : formatObjective(name, value);
  return `${mean} [${bound(estimate.low)}, ${bound(estimate.high)}]`;
}

/** Score 0..1 on the grader's own scale, e.g. 0.958 of 120 as `115.0`. */
export function formatPoints(score: number | null, max: number): string {
  return score === null ? unknown : (score * max).toFixed(1);
}

/** A difference with its sign: `+0.025`, `-0.100`; `0.000` where nothing else is left of it. */
export function formatSigned(value: number, digits = 3): string {
  const text = value.toFixed(digits);
  if (Number(text) === 0) return text.replace('-', '');
  return value > 0 ? `+${text}` : text;
}

/** A share, 0..1, as `42%`. */
export function formatPercent(share: number): string {
  return `${Math.round(100 * share)}%`;
}

/** A moment in ISO 8601 to the minute, in UTC as it is given: `2026-05-01 12:30`. */
export function formatMinute(moment: string): string {
  return moment.replace('T', ' ').slice(0, 16);
}

/** A model's name without its provider and owner: `together/meta/llama-3` as `llama-3`. */
export function shortModel(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}

/** Behind whatever comes of simulated models. */
export function simulatedSuffix(simulated: boolean): string {
  return simulated ? ' (simulated)' : '';
}

/** A command as it is typed in a shell. */
export function formatCommand(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** A further budget, or a multiple of the configs that were tried. */
export function formatHorizon(prospect: {
  readonly horizon: string;
  readonly amount?: number | undefined;
}): string {
  const { horizon, amount = 0 } = prospect;
  if (horizon === 'seconds') return `${formatDuration(amount)} more`;
  if (horizon === 'usd') return `${formatUsd(amount)} more`;
  if (horizon === 'tokens') return `${formatShortCount(amount)} tokens more`;
  return `${horizon} the configs`;
}
