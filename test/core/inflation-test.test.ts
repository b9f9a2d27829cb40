import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflationTest, type Stratum } from '../../src/core/inflation-test.ts';
import { createRng } from '../../src/core/rng.ts';
import { thorough } from '../support/thorough.ts';

const one = (claimed: readonly number[], fresh: readonly number[]): Stratum => ({
  claimed: claimed.map((value) => [value]),
  fresh: fresh.map((value) => [value]),
});
const family = [{ quantities: [0], level: 0.05 }];

/** Share of all ways to choose the claimed cells that are at least as high, by counting them. */
function exactP({ claimed, fresh }: Stratum): number {
  const pool = [...claimed, ...fresh].map(([value]) => value as number);
  const observed = claimed.reduce((sum, [value]) => sum + (value as number), 0);
  let [ways, high] = [0, 0];
  const choose = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      ways++;
      if (sum >= observed - 1e-9) high++;
      return;
    }
    for (let index = from; index <= pool.length - left; index++) {
      choose(index + 1, left - 1, sum + (pool[index] as number));
    }
  };
  choose(0, claimed.length, 0);
  return high / ways;
}

describe('inflationTest', () => {
  test.skipIf(!thorough)('agrees with counting every rearrangement', () => {
    const values = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(values, values, (claimed, fresh) => {
        const stratum = one(claimed, fresh);
        const verdict = inflationTest([stratum], family, createRng('exact')).get(0);
        // Four standard errors of a share of 9,999 draws.
        expect(Math.abs((verdict?.p ?? Number.NaN) - exactP(stratum))).toBeLessThan(0.021);
      }),
      { numRuns: 25 },
    );
  });

  test('its standard error is that of the excess over rearrangements', () => {
    const rng = createRng('error');
    const values = Array.from({ length: 30 }, () => rng.normal());
    const excesses = Array.from({ length: 4000 }, () => {
      const shuffled = rng.shuffle(values);
      const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
      return mean(shuffled.slice(0, 6)) - mean(shuffled.slice(6));
    });
    const spread = Math.sqrt(excesses.reduce((sum, value) => sum + value ** 2, 0) / excesses.length);
    const verdict = inflationTest([one(values.slice(0, 6), values.slice(6))], family, rng).get(0);
    expect((verdict?.standardError ?? 0) / spread).toBeCloseTo(1, 1);
  });

  test('differences between strata do not hide an excess, nor make one', () => {
    const rng = createRng('strata');
    const around = (centre: number, count: number): number[] =>
      Array.from({ length: count }, () => centre + 0.01 * rng.normal());
    const strata = (excess: number): Stratum[] =>
      [0, 10, 50].map((centre) => one(around(centre + excess, 3), around(centre, 40)));
    expect(inflationTest(strata(0.05), family, createRng(1)).get(0)?.rejected).toBe(true);
    expect(inflationTest(strata(-0.05), family, createRng(1)).get(0)?.p).toBeGreaterThan(0.9);
    // The claim has most cells where values are high: a plain mean of fresh cells would look inflated.
    const uneven = [one(around(0, 1), around(0, 40)), one(around(10, 9), around(10, 40))];
    expect(Math.abs(inflationTest(uneven, family, createRng(1)).get(0)?.excess ?? 9)).toBeLessThan(0.02);
  });

  test('values that are all equal speak for the claim', () => {
    const verdict = inflationTest([one([1, 1, 1], [1, 1, 1, 1])], family, createRng(1)).get(0);
    expect(verdict).toMatchObject({ rejected: false, p: 1, excess: 0, power: null, detectable: null });
  });

  test.skipIf(!thorough)('the level holds for skewed, discrete and related quantities together', () => {
    const rng = createRng('level');
    const draw = (): number[] => {
      const rare = rng.next() < 0.1 ? 1 : 0;
      const time = Math.exp(rng.normal());
      return [rare, time, time * 2 + 0.1 * rng.next()];
    };
    const families = [
      { quantities: [0], level: 0.04 },
      { quantities: [1, 2], level: 0.01 },
    ];
    let alarms = 0;
    const runs = 100;
    for (let run = 0; run < runs; run++) {
      const claimed = Array.from({ length: 5 }, draw);
      const fresh = Array.from({ length: 60 }, draw);
      const verdicts = inflationTest([{ claimed, fresh }], families, rng.derive(run));
      if ([...verdicts.values()].some((verdict) => verdict.rejected)) alarms++;
    }
    // Binomial(100, 0.05) exceeds 12 in about one seed of 1,000.
    expect(alarms).toBeLessThanOrEqual(12);
  });

  test.skipIf(!thorough)('its power is what happens', () => {
    const rng = createRng('power');
    const draws = (count: number, centre: number): number[] =>
      Array.from({ length: count }, () => centre + rng.normal());
    let found = 0;
    const [runs, count] = [60, 20];
    for (let run = 0; run < runs; run++) {
      const claimed = draws(count, 0);
      const fresh = draws(15 * count, 0);
      const probe = inflationTest([one(claimed, fresh)], family, createRng(run)).get(0);
      const mean = claimed.reduce((sum, value) => sum + value, 0) / count;
      // The claim is moved to lie as far above the truth, 0, as is said to be found out in 80% of cases.
      const moved = claimed.map((value) => value - mean + (probe?.detectable ?? Number.NaN));
      if (inflationTest([one(moved, fresh)], family, createRng(run)).get(0)?.rejected) found++;
    }
    // Three standard errors of 80% of 60 runs are 15%.
    expect(found / runs).toBeGreaterThan(0.65);
    expect(found / runs).toBeLessThan(0.95);
  });

  test('a stratum without fresh cells is refused', () => {
    expect(() => inflationTest([one([1], [])], family, createRng(1))).toThrow(RangeError);
  });
});
