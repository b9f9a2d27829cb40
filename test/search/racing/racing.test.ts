import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../../src/core/rng.ts';
import {
  createRacingRule,
  type RacingRule,
  type RacingRuleName,
  racingRuleNames,
} from '../../../src/search/racing/index.ts';
import type { Duel, RacingSettings } from '../../../src/search/racing/rule.ts';
import { runs, thorough } from '../../support/thorough.ts';

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

  it('drops a trial that a rival beats clearly in everything', () => {
    const rng = createRng('clear');
    const weak = duelOf(32, [0.2, 5], [0.1, 1], rng.derive('weak'));
    const strong = { candidate: weak.candidate, rival: rows(32, 0.95, 1, rng.derive('strong')) };
    expect(rule([weak])).toBe(false);
    expect(rule([weak, strong])).toBe(true);
  });

  it.each([0, 1, 2])('keeps a trial that is clearly better in objective %i', (column) => {
    const candidate = rows(64, 0.5, 2, createRng('mixed')).map((row) => [...row]);
    const better = (row: readonly number[], index: number) => (index === 0 ? 1 : (row[index] as number) / 3);
    const worse = (row: readonly number[], index: number) => (index === 0 ? 0 : 3 * (row[index] as number));
    const rival = candidate.map((row) =>
      row.map((_, index) => (index === column ? worse : better)(row, index)),
    );
    expect(rule([{ candidate, rival }])).toBe(false);
    const everywhere = candidate.map((row) => row.map((_, index) => better(row, index)));
    expect(rule([{ candidate, rival: everywhere }])).toBe(true);
  });

  it('decides nothing without duels, without cells, and on fewer cells than it needs', () => {
    expect(rule([])).toBe(false);
    expect(rule([{ candidate: [], rival: [] }])).toBe(false);
    const few = duelOf(7, [0, 9], [1, 1], createRng('few'));
    expect(rule([few])).toBe(false);
    const more = duelOf(40, [0, 9], [1, 1], createRng('few'));
    expect(rule([more])).toBe(true);
    expect(createRacingRule(name, { minCells: 41 })([more])).toBe(false);
  });

  it('does not take the same answers for proof that there will never be another', () => {
    const candidate = rows(32, 0.7, 3, createRng('same'));
    const rival = candidate.map(([score, latency, tokens]) => [
      score ?? 0,
      (latency ?? 0) / 4,
      (tokens ?? 0) / 4,
    ]);
    expect(rule([{ candidate, rival }])).toBe(false);
    expect(rule([{ candidate, rival: candidate }])).toBe(false);
  });

  it('lets exactly equal costs count as no worse', () => {
    const candidate = rows(40, 0.3, 3, createRng('ties'));
    const rival = candidate.map(([, latency, tokens]) => [1, latency ?? 0, tokens ?? 0]);
    expect(rule([{ candidate, rival }])).toBe(true);
    const exact = createRacingRule(name, { costTolerance: 0 });
    expect(exact([{ candidate, rival }])).toBe(true);
    const free = (row: readonly number[]): number[] => [row[0] ?? 0, 0, 0];
    expect(exact([{ candidate: candidate.map(free), rival: rival.map(free) }])).toBe(true);
  });

  it('decides nothing on a missing or impossible value', () => {
    const duel = duelOf(32, [0.1, 5], [1, 1], createRng('hole'));
    expect(rule([duel])).toBe(true);
    for (const hole of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const rival = duel.rival.map((row, index) => (index === 3 ? [row[0] ?? 0, hole, row[2] ?? 0] : row));
      expect(rule([{ candidate: duel.candidate, rival }])).toBe(false);
    }
  });

  it('works for any choice and order of objectives', () => {
    const duel = duelOf(32, [0.1, 5], [0.95, 1], createRng('order'));
    const pick = (columns: readonly number[]): Duel => ({
      candidate: duel.candidate.map((row) => columns.map((column) => row[column] ?? 0)),
      rival: duel.rival.map((row) => columns.map((column) => row[column] ?? 0)),
    });
    const turned = createRacingRule(name, { objectives: ['tokens', 'score'] });
    expect(turned([pick([2, 0])])).toBe(true);
    expect(createRacingRule(name, { objectives: ['score'] })([pick([0])])).toBe(true);
    expect(createRacingRule(name, { objectives: ['usd'] })([pick([1])])).toBe(true);
  });

  it('is a function of its arguments', () => {
    fc.assert(
      fc.property(fc.array(anyDuel, { maxLength: 4 }), (duels) => {
        expect(createRacingRule(name)(duels)).toBe(rule(duels));
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
        if (!rule([{ candidate, rival: low }])) return;
        const wider = createRacingRule(name, { scoreTolerance: 0.01 + lift, costTolerance: 0.02 + lift });
        expect(wider([{ candidate, rival: low }])).toBe(true);
        const cheaper = low.map(([score = 0, ...costs]) => [
          score,
          ...costs.map((cost) => cost * (1 - lift)),
        ]);
        expect(rule([{ candidate, rival: cheaper }])).toBe(true);
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
    return looks.some((cells) => {
      const duels = others.map((rival) => ({
        candidate: candidate.slice(0, cells),
        rival: rival.slice(0, cells),
      }));
      return rule(duels);
    });
  };
  const share = (
    name: RacingRuleName,
    rivals: number,
    runs: number,
    options?: Partial<RacingSettings>,
  ): number => {
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
    expect(createRacingRule('none')([duel])).toBe(false);
  });
});
