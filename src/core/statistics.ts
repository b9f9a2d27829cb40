import jStat from 'jstat';
import { elementAt } from './element-at.ts';
import { groupBy } from './group-by.ts';

/** A mean with an interval; `null` is unknown (the shape of the domain's `Estimate`). */
export interface Interval {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** The smallest and largest value that a quantity can take. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** The range of scores. */
export const unitRange: ValueRange = { low: 0, high: 1 };

const nothingKnown: Interval = { mean: null, low: null, high: null };

/** Arithmetic mean (compensated summation), or `null` of nothing. */
export function mean(values: readonly number[]): number | null {
  requireFinite('mean', values);
  return values.length === 0 ? null : meanOf(values);
}

/** Unbiased sample variance (divisor n - 1), or `null` of fewer than two values. */
export function variance(values: readonly number[]): number | null {
  requireFinite('variance', values);
  return values.length < 2 ? null : sampleVariance(values);
}

/**
 * Mean with a two-sided Student t interval. No value: all `null`. One value: it is the mean, and the
 * bounds are `null`, since nothing is known of the spread.
 *
 * With `range` (pass {@link unitRange} for scores) bounds are cut to what is possible, and values that are all or mostly
 * equal get an honest interval: nineteen answers that scored 1 and one of 0.9 do not prove that none will score 0.
 * Where none of n values lies below v, at most a share q = 1 - (1 - level)^(1/n) of all does (Clopper & Pearson 1934),
 * and could lie anywhere from the range's low end to v. So of equal values the interval reaches q (v - low) below the
 * mean, and likewise above; of others that times (m - 1) / (n - 1), where m have the most frequent value, or Student's
 * reach where that is longer: values that are all different show their spread. Without `range` no such bound exists, and
 * equal values give the t interval's width of zero: say so, or pass a range, where that would mislead.
 *
 * @param level coverage, strictly between 0 and 1.
 */
export function meanInterval(values: readonly number[], level = 0.95, range?: ValueRange): Interval {
  requireFinite('meanInterval', values);
  requireLevel('meanInterval', level);
  if (range !== undefined) requireInRange(values, range);
  const [first] = values;
  if (first === undefined) return nothingKnown;
  if (values.length === 1) return { mean: first, low: null, high: null };
  // Rounding in the mean of equal values would show as a tiny spread.
  const areEqual = values.every((value) => value === first);
  const centre = areEqual ? first : meanOf(values);
  const standardError = areEqual ? 0 : Math.sqrt(sampleVariance(values) / values.length);
  const reach = jStat.studentt.inv((1 + level) / 2, values.length - 1) * standardError;
  if (range === undefined) return { mean: centre, low: centre - reach, high: centre + reach };
  const alike = (mostFrequent(values) - 1) / (values.length - 1);
  const unseen = alike * (1 - (1 - level) ** (1 / values.length));
  const below = unseen * (Math.min(...values) - range.low);
  const above = unseen * (range.high - Math.max(...values));
  return {
    mean: centre,
    low: Math.max(centre - Math.max(reach, below), range.low),
    high: Math.min(centre + Math.max(reach, above), range.high),
  };
}

/** How many have the most frequent value. */
const mostFrequent = (values: readonly number[]): number =>
  Math.max(...[...groupBy(values, (value) => value).values()].map(({ length }) => length));

/**
 * Sample quantile by linear interpolation (type 7 of Hyndman & Fan 1996, NumPy's default), or `null` of
 * nothing.
 * @param share 0 (minimum) to 1 (maximum).
 */
export function quantile(values: readonly number[], share: number): number | null {
  requireFinite('quantile', values);
  if (!(share >= 0 && share <= 1)) throw new RangeError(`quantile: expected a share in 0..1, found ${share}`);
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = elementAt(sorted, Math.floor(place));
  const above = elementAt(sorted, Math.ceil(place));
  return below + (place - Math.floor(place)) * (above - below);
}

/**
 * Interval of a proportion by Wilson's score method (Wilson 1927), without continuity correction. Its
 * `mean` is the observed share. No trials: all `null`.
 */
export function wilsonInterval(successes: number, trials: number, level = 0.95): Interval {
  requireLevel('wilsonInterval', level);
  if (!Number.isInteger(trials) || !(successes >= 0 && successes <= trials)) {
    throw new RangeError(
      `wilsonInterval: expected 0 <= successes <= trials, found ${successes} of ${trials}`,
    );
  }
  if (trials === 0) return nothingKnown;
  const share = successes / trials;
  const z = jStat.normal.inv((1 + level) / 2, 0, 1);
  const shrink = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / shrink;
  const reach = (z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))) / shrink;
  return {
    mean: share,
    // The bounds are exactly 0 and 1 at the ends; rounding must not move them past the share.
    low: successes === 0 ? 0 : centre - reach,
    high: successes === trials ? 1 : centre + reach,
  };
}

/** Sum with the rounding of each step made good at the end (Neumaier 1974). */
function compensatedSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

const meanOf = (values: readonly number[]): number => compensatedSum(values) / values.length;

function sampleVariance(values: readonly number[]): number {
  const centre = meanOf(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

function requireFinite(name: string, values: readonly number[]): void {
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new RangeError(`${name}: expected finite numbers, found ${odd}`);
}

function requireLevel(name: string, level: number): void {
  if (!(level > 0 && level < 1)) throw new RangeError(`${name}: expected a level in (0, 1), found ${level}`);
}

function requireInRange(values: readonly number[], range: ValueRange): void {
  const odd = values.find((value) => value < range.low || value > range.high);
  if (odd !== undefined) {
    throw new RangeError(`meanInterval: expected values in ${range.low}..${range.high}, found ${odd}`);
  }
}
