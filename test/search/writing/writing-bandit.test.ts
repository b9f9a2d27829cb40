import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import type { Estimate } from '../../../src/domain/objective.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import { WritingBandit } from '../../../src/search/writing/writing-bandit.ts';
import { thorough } from '../../support/thorough.ts';

const exactly = (mean: number | null): Estimate => ({ mean, low: mean, high: mean });

/** A trial of ten cells: each better score is a further gain, the same or a worse one is none. */
function reportOf(id: string, score: number, operator = 'random'): TrialReport {
  const measurement = { score, latency: 1, tokens: 100, usd: null };
  return {
    id,
    config: { version: 1, name: id, stages: [] },
    origin: { operator, parents: [] },
    status: 'finished',
    estimates: { score: exactly(score), latency: exactly(1), tokens: exactly(100), usd: exactly(null) },
    cells: Array.from({ length: 10 }, (_, at) => ({ key: `tuning/0/q${at}`, measurement })),
  };
}

interface Kind {
  /** Chance that a trial is better than all before. */
  readonly search: number;
  readonly written: number;
  readonly rejected?: number;
  readonly tokens?: number;
}

/** Shares of asks that were answered with a draft, in turns of a hundred. */
function sharesOf({ search, written, rejected = 0, tokens = 10 }: Kind, asks = 600): number[] {
  const bandit = new WritingBandit({ objectives: ['score', 'tokens'] }, 0.35);
  const shares = Array.from({ length: asks / 100 }, () => 0);
  let best = 0.1;
  const next = (gains: boolean): number => {
    if (gains) best += (1 - best) * 0.02;
    return gains ? best : best / 2;
  };
  for (let ask = 0; ask < asks; ask++) {
    const rng = createRng(`bandit/${ask}`);
    const wants = ask >= 12 && bandit.wantsPrompt(rng.derive('wants'));
    const [operator] = bandit.rank(rng.derive('rank'));
    if (!wants || operator === undefined) bandit.take(reportOf(`s${ask}`, next(rng.next() < search)));
    else {
      const turn = Math.floor(ask / 100);
      shares[turn] = (shares[turn] ?? 0) + 0.01;
      if (rng.next() < rejected) bandit.rejected(operator, tokens);
      else
        bandit.take(reportOf(`w${ask}`, next(rng.next() < written), operator), undefined, {
          operator,
          tokens,
        });
    }
  }
  return shares;
}

describe('WritingBandit', () => {
  const early = ([first = 0]: readonly number[]): number => first;
  const late = (shares: readonly number[]): number =>
    shares.slice(3).reduce((sum, share) => sum + share, 0) / 3;

  it('begins with a small share, which grows where writing pays and all but ends where it does not', () => {
    const pays = sharesOf({ search: 0.1, written: 0.5 });
    const idle = sharesOf({ search: 0.15, written: 0 });
    expect(late(pays)).toBeGreaterThan(0.6);
    expect(early(idle)).toBeGreaterThan(0.02);
    expect(early(idle)).toBeLessThan(0.15);
    expect(late(idle)).toBeGreaterThan(0);
    expect(late(idle)).toBeLessThan(0.05);
  });

  it.skipIf(!thorough)(
    'counts a rejected draft as an ask that gained nothing, however little its writer took',
    () => {
      const half = sharesOf({ search: 0.1, written: 0.4, rejected: 0.9 });
      expect(late(half)).toBeLessThan(late(sharesOf({ search: 0.1, written: 0.4 })) / 2);
      expect(late(sharesOf({ search: 0.15, written: 0.4, rejected: 1, tokens: 1 }))).toBeLessThan(0.05);
    },
  );

  it.skipIf(!thorough)(
    'counts what the writer takes: the same gain for many times the tokens has a smaller share',
    () => {
      const dear = sharesOf({ search: 0.3, written: 0.3, tokens: 6_000 });
      const cheap = sharesOf({ search: 0.3, written: 0.3 });
      expect(late(dear)).toBeLessThan(late(cheap) / 2);
    },
  );

  it('lets writers that have shown nothing take a hundredth of the tokens, however dear they are', () => {
    for (const tokens of [300, 1_000, 5_000]) {
      const shares = sharesOf({ search: 0.15, written: 0, rejected: 0.5, tokens });
      const drafts = shares.reduce((sum, share) => sum + 100 * share, 0);
      // Each trial takes 1,000 tokens; one draft may be under way before its price is known.
      expect((drafts - 1) * tokens).toBeLessThanOrEqual(0.01 * 600 * 1_000);
      expect(drafts).toBeGreaterThan(0);
    }
  });

  it('takes no gain for one that the strategy does not believe in', () => {
    const draws = (believed: (id: string) => readonly string[] | undefined): number => {
      const bandit = new WritingBandit({ objectives: ['score', 'tokens'] }, 0.35);
      const draft = { operator: 'reflect-prompt', tokens: 1 } as const;
      for (let at = 0; at < 20; at++) {
        bandit.take(reportOf(`s${at}`, 0.1));
        bandit.take(reportOf(`w${at}`, 0.2 + at / 50, draft.operator), () => believed(`w${at}`), draft);
      }
      return Array.from({ length: 200 }, (_, draw) => bandit.wantsPrompt(createRng(draw))).filter(Boolean)
        .length;
    };
    expect(draws(() => undefined)).toBeGreaterThan(150);
    expect(draws((id) => [id])).toBe(draws(() => undefined));
    expect(draws(() => ['another'])).toBeLessThan(50);
  });

  it('has three prompts written first, and one more for each that gained, within what they may take', () => {
    const plain = (): WritingBandit => new WritingBandit({ objectives: ['score', 'tokens'] }, 0.35);
    /** Prompts of 900 tokens that are written as long as they are staked. */
    const written = (stake: number, gains: number): number => {
      const bandit = plain();
      bandit.take(reportOf('first', 0.1));
      let prompts = 0;
      for (; prompts < 50 && bandit.isStaked(stake); prompts++) {
        const draft = { operator: 'reflect-prompt', tokens: 900 } as const;
        const score = prompts < gains ? 0.2 + prompts / 20 : 0.05;
        bandit.take(reportOf(`w${prompts}`, score, draft.operator), undefined, draft);
      }
      return prompts;
    };
    expect([0, 1, 3, 6].map((gains) => written(1e6, gains))).toEqual([3, 4, 6, 9]);
    expect([0, 999, 1_000, 1_799, 1_800, 2_700].map((stake) => written(stake, 3))).toEqual([
      0, 0, 1, 1, 2, 3,
    ]);
    const silent = plain();
    for (let at = 0; at < 3; at++) silent.rejected('reflect-prompt', 0);
    expect(silent.isStaked(1e6)).toBe(false);
  });

  it('learns nothing from baselines, from trials told again, and from what never scored', () => {
    const plain = (): WritingBandit => new WritingBandit({ objectives: ['score', 'tokens'] }, 0.35);
    const draws = (bandit: WritingBandit): boolean[] =>
      Array.from({ length: 200 }, (_, draw) => bandit.wantsPrompt(createRng(`draw/${draw}`)));
    const told = plain();
    const untold = plain();
    for (let at = 0; at < 20; at++) told.take(reportOf(`b${at}`, 0.1 + at / 100, 'baseline'));
    const draft = { operator: 'reflect-prompt', tokens: 0 } as const;
    for (let at = 0; at < 20; at++)
      told.take({ ...reportOf(`f${at}`, 0.9, 'reflect-prompt'), status: 'failed' }, undefined, draft);
    expect(draws(told)).toEqual(draws(untold));
    const once = plain();
    const again = plain();
    for (const bandit of [once, again]) bandit.take(reportOf('a', 0.5));
    again.take(reportOf('a', 0.6));
    expect(draws(again)).toEqual(draws(once));
  });
});
