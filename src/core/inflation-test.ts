import jStat from 'jstat';
import { bisect } from './bisect.ts';
import { numberAt } from './element-at.ts';
import type { Rng } from './rng.ts';
import { variance } from './statistics.ts';

/** One stratum (an instance): the cells of a claim and fresh ones, each a value per quantity. */
export interface Stratum {
  readonly claimed: readonly (readonly number[])[];
  readonly fresh: readonly (readonly number[])[];
}

/** Quantities (by index) that share a level: the chance of any false alarm among them is at most that. */
export interface Family {
  readonly quantities: readonly number[];
  readonly level: number;
}

export interface InflationVerdict {
  /** Claimed less fresh mean, the fresh one weighted to the claim's mix of strata. */
  readonly excess: number;
  /** Standard error of `excess` were claim and fresh cells of one distribution; 0 where all values are equal. */
  readonly standardError: number;
  /** Chance of an excess as large, adjusted for the family. */
  readonly p: number;
  readonly rejected: boolean;
  /** `excess / standardError` from which on the claim is rejected. */
  readonly critical: number;
  /**
   * Chance to reject a claim that lies two of its own standard errors (deviation of its cells over the
   * root of their number) above the truth, by the normal approximation; `null` without any spread.
   */
  readonly power: number | null;
  /** How far above the truth a claim must lie to be rejected in 80% of cases, by the same approximation. */
  readonly detectable: number | null;
}

/** Rearrangements drawn; with the observed one they are 10,000, so that levels come out even. */
const draws = 9_999;

/**
 * Whether claimed means are higher than fresh ones by more than chance: a one-sided permutation test,
 * stratified, with the maximum of the standardised excesses within each family (Westfall & Young 1993,
 * single step). If claimed and fresh cells of a stratum are draws of one distribution, whatever its
 * form, every assignment of the values to "claimed" is equally likely, so the level holds exactly for
 * small, skewed and discrete samples too, where a t test's does not. Turn quantities so that inflated
 * means larger.
 *
 * @throws RangeError when a stratum has claimed but no fresh cells.
 */
export function inflationTest(
  strata: readonly Stratum[],
  families: readonly Family[],
  rng: Rng,
): Map<number, InflationVerdict> {
  const quantities = families.flatMap((family) => family.quantities);
  const pools = strata.filter(({ claimed }) => claimed.length > 0).map(poolOf);
  const count = pools.reduce((sum, pool) => sum + pool.claimed, 0);
  const observed = new Map(quantities.map((q) => [q, excessOf(pools, q, count, identity)]));
  const errors = new Map(quantities.map((q) => [q, standardErrorOf(pools, q, count)]));
  const scaled = (quantity: number, excess: number): number => {
    const error = errors.get(quantity) ?? 0;
    return error === 0 ? 0 : excess / error;
  };
  const maxima = families.map((): number[] => []);
  for (let draw = 0; draw < draws; draw++) {
    for (const pool of pools) drawClaimed(pool, rng);
    families.forEach((family, index) => {
      const values = family.quantities.map((q) => scaled(q, excessOf(pools, q, count, drawn)));
      maxima[index]?.push(Math.max(...values));
    });
  }
  const verdicts = new Map<number, InflationVerdict>();
  families.forEach((family, index) => {
    const sorted = (maxima[index] ?? []).sort((a, b) => a - b);
    const critical = criticalValue(sorted, family.level);
    for (const quantity of family.quantities) {
      const excess = observed.get(quantity) ?? 0;
      const p = (1 + countFrom(sorted, scaled(quantity, excess))) / (draws + 1);
      const standardError = errors.get(quantity) ?? 0;
      const { power, detectable } =
        standardError === 0 ? nothingSpread : powerOf(pools, quantity, count, critical);
      verdicts.set(quantity, {
        excess,
        standardError,
        p,
        rejected: p <= family.level,
        critical,
        power,
        detectable,
      });
    }
  });
  return verdicts;
}

interface Pool {
  /** Claimed cells first, then fresh ones. */
  readonly values: readonly (readonly number[])[];
  readonly claimed: number;
  readonly fresh: number;
  readonly totals: readonly number[];
  /** A permutation of the values' indices; the first `claimed` of it are taken for the claim's. */
  readonly order: number[];
}

function poolOf({ claimed, fresh }: Stratum): Pool {
  if (fresh.length === 0) throw new RangeError('inflationTest: expected fresh cells in every stratum');
  const values = [...claimed, ...fresh];
  const totals = (values[0] ?? []).map((_, q) => values.reduce((sum, cell) => sum + numberAt(cell, q), 0));
  return {
    values,
    totals,
    claimed: claimed.length,
    fresh: fresh.length,
    order: values.map((_, index) => index),
  };
}

/** Shuffles the front of the order (Fisher–Yates); any earlier shuffle is as good a start as another. */
function drawClaimed(pool: Pool, rng: Rng): void {
  const { order, claimed } = pool;
  for (let index = 0; index < claimed; index++) {
    const other = index + rng.integer(order.length - index);
    const kept = numberAt(order, index);
    order[index] = numberAt(order, other);
    order[other] = kept;
  }
}

const identity = (_pool: Pool, index: number): number => index;
const drawn = (pool: Pool, index: number): number => numberAt(pool.order, index);

function excessOf(
  pools: readonly Pool[],
  quantity: number,
  count: number,
  pick: (pool: Pool, index: number) => number,
): number {
  let sum = 0;
  for (const pool of pools) {
    let claimed = 0;
    for (let index = 0; index < pool.claimed; index++) {
      claimed += numberAt(pool.values[pick(pool, index)] ?? [], quantity);
    }
    sum += claimed - (pool.claimed * (numberAt(pool.totals, quantity) - claimed)) / pool.fresh;
  }
  return sum / count;
}

/** Of the excess over all rearrangements: that of means drawn without replacement (Cochran 1977, ch. 2). */
function standardErrorOf(pools: readonly Pool[], quantity: number, count: number): number {
  return Math.sqrt(
    pools.reduce((sum, pool) => {
      const weight = pool.claimed / count;
      return sum + weight ** 2 * varianceOf(pool, quantity) * (1 / pool.claimed + 1 / pool.fresh);
    }, 0),
  );
}

const nothingSpread = { power: null, detectable: null };

function powerOf(
  pools: readonly Pool[],
  quantity: number,
  count: number,
  critical: number,
): { power: number; detectable: number } {
  const part = (share: (pool: Pool) => number): number =>
    pools.reduce((sum, pool) => {
      return sum + (pool.claimed / count) ** 2 * varianceOf(pool, quantity) * share(pool);
    }, 0);
  const ofClaim = part((pool) => 1 / pool.claimed);
  const ofFresh = part((pool) => 1 / pool.fresh);
  const claimed = pools.flatMap((pool) =>
    pool.values.slice(0, pool.claimed).map((cell) => numberAt(cell, quantity)),
  );
  // Claimed cells that are all equal show no spread; fresh ones do.
  const stated = Math.sqrt((variance(claimed) ?? 0) / count) || Math.sqrt(ofClaim);
  const least = critical * Math.sqrt(ofClaim + ofFresh);
  return {
    power: jStat.normal.cdf((2 * stated - least) / Math.sqrt(ofFresh), 0, 1),
    detectable: least + jStat.normal.inv(0.8, 0, 1) * Math.sqrt(ofFresh),
  };
}

function varianceOf({ values, totals }: Pool, quantity: number): number {
  const first = numberAt(values[0] ?? [], quantity);
  if (values.length < 2 || values.every((cell) => numberAt(cell, quantity) === first)) return 0;
  const mean = numberAt(totals, quantity) / values.length;
  return values.reduce((sum, cell) => sum + (numberAt(cell, quantity) - mean) ** 2, 0) / (values.length - 1);
}

/** Smallest drawn value whose p-value is within the level. */
function criticalValue(sorted: readonly number[], level: number): number {
  const allowed = Math.floor(level * (draws + 1)) - 1;
  return sorted[sorted.length - 1 - Math.max(0, allowed)] ?? 0;
}

/** How many values reach `least`, up to rounding. */
function countFrom(sorted: readonly number[], least: number): number {
  const bound = least - 1e-9;
  return sorted.length - bisect(sorted.length, (index) => numberAt(sorted, index) >= bound);
}
