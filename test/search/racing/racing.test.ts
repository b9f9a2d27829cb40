import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import { createRacingRule, type RacingRuleName, racingRuleNames } from '../../../src/search/racing/index.ts';
import type { RacingOptions } from '../../../src/search/racing/options.ts';
import type { Duel, RacingRule } from '../../../src/search/racing/rule.ts';
import { runs, thorough } from '../../support/thorough.ts';

const look = { index: 1, of: 4 };
const deciding = racingRuleNames.filter((name) => name !== 'none');

/** Rows of right-or-wrong score, skewed latency and tokens, all turned so that larger is better. */
function rows(count: number, right: number, cost: number, rng: Rng): number[][] {
  return Array.from({ length: count }, () => [
    rng.next() < right ? 1 : 0,
    -cost * Math.exp(0.5 * rng.normal()),
    -Math.round(100 * cost * Math.exp(0.3 * rng.normal())),
  ]);
}

const duelOf = (count: number, candidate: [number, number], rival: [number, number], rng: Rng): Duel => ({
  candidate: rows(count, ...candidate, rng.derive('candidate')),
  rival: rows(count, ...rival, rng.derive('rival')),
});

const cell = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: -100, max: 0, noNaN: true }),
  fc.integer({ min: -5000, max: 0 }),
);
const anyDuel = fc
  .array(fc.tuple(cell, cell), { maxLength: 40 })
  .map((pairs): Duel => ({ candidate: pairs.map(([own]) => own), rival: pairs.map(([, rival]) => rival) }));

describe.each(deciding)('racing rule %s', (name) => {
  const rule = createRacingRule(name);

  it('says its name', () => {
    expect(rule.name).toBe(name);
  });

  it('drops a trial that a rival beats clearly in everything, and names that rival', () => {
    const rng = createRng('clear');
    const weak = duelOf(32, [0.2, 5], [0.1, 1], rng.derive('weak'));
    const strong = { candidate: weak.candidate, rival: rows(32, 0.95, 1, rng.derive('strong')) };
    expect(rule.drops([weak], look)).toBeUndefined();
    expect(rule.drops([weak, strong], look)).toBe(1);
  });

  it.each([0, 1, 2])('keeps a trial that is clearly better in objective %i', (column) => {
    const candidate = rows(64, 0.5, 2, createRng('mixed')).map((row) => [...row]);
    const better = (row: readonly number[], index: number) => (index === 0 ? 1 : (row[index] as number) / 3);
    const worse = (row: readonly number[], index: number) => (index === 0 ? 0 : 3 * (row[index] as number));
    const rival = candidate.map((row) =>
      row.map((_, index) => (index === column ? worse : better)(row, index)),
    );
    expect(rule.drops([{ candidate, rival }], look)).toBeUndefined();
    const everywhere = candidate.map((row) => row.map((_, index) => better(row, index)));
    expect(rule.drops([{ candidate, rival: everywhere }], look)).toBe(0);
  });

  it('decides nothing without duels, without cells, and on fewer cells than it needs', () => {
    expect(rule.drops([], look)).toBeUndefined();
    expect(rule.drops([{ candidate: [], rival: [] }], look)).toBeUndefined();
    const few = duelOf(7, [0, 9], [1, 1], createRng('few'));
    expect(rule.drops([few], look)).toBeUndefined();
    const more = duelOf(40, [0, 9], [1, 1], createRng('few'));
    expect(rule.drops([more], look)).toBe(0);
    expect(createRacingRule(name, { minCells: 41 }).drops([more], look)).toBeUndefined();
  });

  it('does not take the same answers for proof that there will never be another', () => {
    const candidate = rows(32, 0.7, 3, createRng('same'));
    const rival = candidate.map(([score, latency, tokens]) => [
      score ?? 0,
      (latency ?? 0) / 4,
      (tokens ?? 0) / 4,
    ]);
    expect(rule.drops([{ candidate, rival }], look)).toBeUndefined();
    expect(rule.drops([{ candidate, rival: candidate }], look)).toBeUndefined();
  });

  it('lets exactly equal costs count as no worse', () => {
    const candidate = rows(40, 0.3, 3, createRng('ties'));
    const rival = candidate.map(([, latency, tokens]) => [1, latency ?? 0, tokens ?? 0]);
    expect(rule.drops([{ candidate, rival }], look)).toBe(0);
    const exact = createRacingRule(name, { costTolerance: 0 });
    expect(exact.drops([{ candidate, rival }], look)).toBe(0);
    const free = (row: readonly number[]): number[] => [row[0] ?? 0, 0, 0];
    expect(exact.drops([{ candidate: candidate.map(free), rival: rival.map(free) }], look)).toBe(0);
  });

  it('decides nothing on a missing or impossible value', () => {
    const duel = duelOf(32, [0.1, 5], [1, 1], createRng('hole'));
    expect(rule.drops([duel], look)).toBe(0);
    for (const hole of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const rival = duel.rival.map((row, index) => (index === 3 ? [row[0] ?? 0, hole, row[2] ?? 0] : row));
      expect(rule.drops([{ candidate: duel.candidate, rival }], look)).toBeUndefined();
    }
  });

  it('names sides and columns that do not match', () => {
    const duel = duelOf(9, [0.5, 1], [0.5, 1], createRng('shape'));
    expect(() => rule.drops([{ ...duel, rival: duel.rival.slice(1) }], look)).toThrow(/8 and 9/);
    const twoColumns = createRacingRule(name, { objectives: ['score', 'usd'] });
    expect(() => twoColumns.drops([duel], look)).toThrow(/score, usd/);
  });

  it('works for any choice and order of objectives', () => {
    const duel = duelOf(32, [0.1, 5], [0.95, 1], createRng('order'));
    const pick = (columns: readonly number[]): Duel => ({
      candidate: duel.candidate.map((row) => columns.map((column) => row[column] ?? 0)),
      rival: duel.rival.map((row) => columns.map((column) => row[column] ?? 0)),
    });
    const turned = createRacingRule(name, { objectives: ['tokens', 'score'] });
    expect(turned.drops([pick([2, 0])], look)).toBe(0);
    expect(createRacingRule(name, { objectives: ['score'] }).drops([pick([0])], look)).toBe(0);
    expect(createRacingRule(name, { objectives: ['usd'] }).drops([pick([1])], look)).toBe(0);
  });

  it('is a function of its arguments', () => {
    fc.assert(
      fc.property(fc.array(anyDuel, { maxLength: 4 }), (duels) => {
        expect(createRacingRule(name).drops(duels, look)).toBe(rule.drops(duels, look));
      }),
      { numRuns: runs(50) },
    );
  });

  it('keeps what it drops dropped when the rival gets better or the tolerance wider', () => {
    fc.assert(
      fc.property(anyDuel, fc.double({ min: 0, max: 0.5, noNaN: true }), ({ candidate, rival }, lift) => {
        const low = rival.map(([score = 0, ...costs], index) => [
          Math.min(1, (score + 1) / 2 + (candidate[index]?.[0] ?? 0) / 2),
          ...costs.map((cost) => cost / 50),
        ]);
        if (rule.drops([{ candidate, rival: low }], look) === undefined) return;
        const wider = createRacingRule(name, { scoreTolerance: 0.01 + lift, costTolerance: 0.02 + lift });
        expect(wider.drops([{ candidate, rival: low }], look)).toBe(0);
        const cheaper = low.map(([score = 0, ...costs]) => [
          score,
          ...costs.map((cost) => cost * (1 - lift)),
        ]);
        expect(rule.drops([{ candidate, rival: cheaper }], look)).toBe(0);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('false drops of an equal trial over repeated looks', () => {
  const looks = [16, 24, 32, 48, 64];
  // The trial costs four times as much and answers exactly as often: with no tolerance, the edge of the null.
  const everDrops = (rule: RacingRule, rivals: number, rng: Rng): boolean => {
    const candidate = rows(64, 0.7, 4, rng.derive('candidate'));
    const others = Array.from({ length: rivals }, (_, each) => rows(64, 0.7, 1, rng.derive(each)));
    return looks.some((cells, index) => {
      const duels = others.map((rival) => ({
        candidate: candidate.slice(0, cells),
        rival: rival.slice(0, cells),
      }));
      return rule.drops(duels, { index, of: looks.length }) !== undefined;
    });
  };
  const share = (name: RacingRuleName, rivals: number, runs: number, options?: RacingOptions): number => {
    const rule = createRacingRule(name, { scoreTolerance: 0, ...options });
    let dropped = 0;
    for (let run = 0; run < runs; run++) {
      if (everDrops(rule, rivals, createRng(`edge/${rivals}/${run}`))) dropped++;
    }
    return dropped / runs;
  };
  // Of 400 runs at a true 5%, more than 8% happens once in 200 times.
  it.skipIf(!thorough).each([1, 5])('stays within alpha for the e-process against %i rivals', (rivals) => {
    expect(share('e-process', rivals, 400)).toBeLessThanOrEqual(0.08);
  });

  it.skipIf(!thorough)('is larger than alpha where the looks are not accounted for', () => {
    expect(share('bayesian-bootstrap', 5, 150)).toBeGreaterThan(share('e-process', 5, 150));
  });
});

describe('no racing', () => {
  it('drops nothing', () => {
    const duel = duelOf(64, [0, 9], [1, 1], createRng('none'));
    expect(createRacingRule('none').drops([duel], look)).toBeUndefined();
  });
});

describe('options', () => {
  it.each<[RacingOptions, RegExp]>([
    [{ alpha: 0 }, /alpha to be in \(0, 1\), found 0/],
    [{ alpha: 1 }, /alpha/],
    [{ scoreTolerance: -0.1 }, /scoreTolerance/],
    [{ costTolerance: Number.NaN }, /costTolerance/],
    [{ minCells: 1 }, /minCells/],
    [{ objectives: [] }, /objectives/],
  ])('refuses %j', (options, message) => {
    for (const name of deciding) expect(() => createRacingRule(name, options)).toThrow(message);
  });
});
