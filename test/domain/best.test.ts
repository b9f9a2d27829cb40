import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedDifference } from '../../src/core/paired-difference.ts';
import { bestOf } from '../../src/domain/best.ts';
import { firstByTuning, type MeasuredCell, type MeasuredConfig } from '../../src/domain/headliners.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import { singleConfig } from '../support/front-sample.ts';

const cells = (split: string, scores: readonly number[]): MeasuredCell[] =>
  scores.map((score, at) => ({ cell: `${split}/0/q${at}`, instance: `q${at}`, score }));

function measured(
  id: string,
  tuning: readonly number[],
  holdout: readonly number[] = [],
  costs: { readonly latency?: number | null; readonly tokens?: number | null } = {},
): MeasuredConfig {
  const score = tuning.reduce((sum, each) => sum + each, 0) / tuning.length;
  return {
    ...{ id, config: singleConfig(`sim/${id}`), operator: 'random' },
    means: { score, latency: 1, tokens: 1, usd: null, ...costs },
    tuning: cells('tuning', tuning),
    holdout: cells('holdout', holdout),
    hasEqualCells: true,
    holdoutBegun: holdout.length,
  };
}

function voteOf(model: string): MoaConfig {
  const { stages, ...rest } = singleConfig(model);
  return { ...rest, stages: [...stages, { kind: 'vote' }] };
}

const objectives = ['score', 'latency', 'tokens'] as const;
const many = (score: number, count = 40): number[] => Array.from({ length: count }, () => score);
const mixed = (right: number, count = 40): number[] =>
  Array.from({ length: count }, (_, at) => (at < right ? 1 : 0));

describe('the best of a run', () => {
  test('is the highest mean score on tuning cells', () => {
    const all = [measured('a', [1, 0, 0]), measured('b', [1, 1, 0]), measured('c', [0, 0, 0])];
    expect(bestOf(all, objectives)).toEqual({ best: all[1] });
    expect(bestOf([], objectives)).toBeUndefined();
  });

  test('is one with a holdout where a ceiling left others without, and one with equal cells in the same way', () => {
    const lucky = { ...measured('lucky', [1, 1]), hasEqualCells: false };
    const equal = measured('equal', [1, 1, 0, 1]);
    const held = { ...measured('held', [1, 0, 0, 1], mixed(10, 20)), hasEqualCells: false };
    const both = measured('both', [1, 0, 0, 0], mixed(10, 20));
    expect(bestOf([lucky, equal], objectives)?.best).toBe(equal);
    expect(bestOf([lucky, equal, held], objectives)?.best).toBe(held);
    expect(bestOf([lucky, equal, held, both], objectives)?.best).toBe(both);
    expect(bestOf([lucky, held], objectives)?.best).toBe(held);
    // A dear one may have no room for more; the holdout does not choose.
    const few = measured('few', [1, 1, 1, 1], mixed(1, 1));
    expect(bestOf([few, both], objectives)?.best).toBe(few);
    // Its grader failed there.
    const unscored = { ...measured('unscored', [1, 1, 1, 1]), holdoutBegun: 20 };
    expect(bestOf([unscored, both], objectives)?.best).toBe(unscored);
    expect(bestOf([measured('half', [1, 1, 1, 1], mixed(10, 10)), both], objectives)?.best.id).toBe('half');
    expect(bestOf([few, equal], objectives)?.best).toBe(few);
  });

  test('of equals is the one that takes least of the other objectives together; unknown is never better', () => {
    const slow = measured('slow', [1, 0], [], { latency: 2.2, tokens: 3 });
    const quick = measured('quick', [1, 0], [], { latency: 2, tokens: 9 });
    const blind = measured('blind', [1, 0], [], { latency: null, tokens: 1 });
    for (const all of [
      [slow, blind, quick],
      [quick, blind, slow],
    ])
      expect(bestOf(all, objectives)?.best).toBe(slow);
    expect(bestOf([blind, measured('other', [1, 0], [], { latency: null })], objectives)?.best).toBe(blind);
  });

  test('of equals that take as much together is the better one by the other objectives in their order', () => {
    const slow = measured('slow', [1, 0], [], { latency: 4, tokens: 2 });
    const quick = measured('quick', [1, 0], [], { latency: 2, tokens: 4 });
    expect(bestOf([slow, quick], objectives)?.best).toBe(quick);
    expect(bestOf([slow, quick], ['score', 'tokens', 'latency'])?.best).toBe(slow);
  });

  test('is not the luckiest on the holdout', () => {
    const first = measured('first', [1, 1, 1, 0], mixed(30));
    const lucky = measured('lucky', [1, 1, 0, 0], mixed(33));
    expect(bestOf([first, lucky], objectives)).toEqual({ best: first });
  });

  test('gives way to one that beats it on the holdout by more than the noise', () => {
    const first = measured('first', [1, 1, 1, 1], mixed(10));
    const better = measured('better', [1, 1, 0, 0], mixed(30));
    const [worse, unmeasured] = [measured('worse', [0, 0, 0, 0], mixed(4)), measured('none', [0, 0, 0, 0])];
    expect(bestOf([first, worse, unmeasured, better], objectives)).toEqual({
      best: better,
      overruled: first,
    });
  });

  test('of the headline each rival stands for itself, all others are looked at together', () => {
    const answers = (wins: number): number[] => [...mixed(wins, 8), ...many(0, 32)];
    const mixture = { ...measured('mix', many(1), many(0)), config: voteOf('sim/mix') };
    const rest = Array.from({ length: 12 }, (_, at) => ({
      ...measured(`rest${at}`, many(0.5 - at / 100), many(0)),
      config: voteOf(`sim/rest${at}`),
    }));
    const lucky = { ...measured('lucky', many(0.2), answers(6)), config: voteOf('sim/lucky') };
    const single = measured('single', many(0.2), answers(6));
    expect(bestOf([mixture, ...rest, lucky], objectives)).toEqual({ best: mixture });
    expect(bestOf([mixture, ...rest, single], objectives)).toEqual({ best: single, overruled: mixture });
  });

  test('nothing that was measured on the holdout beats it by more than the noise', () => {
    const contender = fc.record({
      tuning: fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 1, maxLength: 12 }),
      skill: fc.double({ min: 0, max: 1, noNaN: true }),
      luck: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 0, maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(contender, { minLength: 1, maxLength: 8 }), (drawn) => {
        const all = drawn.map(({ tuning, skill, luck }, at) =>
          measured(
            `c${at}`,
            tuning,
            luck.map((each) => (each < skill ? 1 : 0)),
          ),
        );
        const choice = bestOf(all, objectives);
        if (choice === undefined) throw new Error('one of them is the best');
        const { best, overruled } = choice;
        const rivals = all.filter((other) => other !== best && other.holdout.length > 0);
        for (const rival of rivals) {
          const gain = pairedDifference(rival.holdout, best.holdout, 1 - 0.05 / (rivals.length + 1));
          expect(gain?.low ?? 0).toBeLessThanOrEqual(0);
        }
        const first = firstByTuning(all, objectives);
        expect(overruled ?? best).toBe(first);
        // Without a reason on the holdout it is the one that tuning put first.
        if (all.every((other) => other.holdout.length === 0)) expect(best).toBe(first);
      }),
    );
  });

  test('is a member of the front: of few cells another may have measured higher', () => {
    const member = measured('member', many(0.8));
    const lucky = measured('lucky', many(1, 3));
    const isOnFront = (one: MeasuredConfig): boolean => one === member;
    expect(bestOf([member, lucky], objectives, undefined, isOnFront)).toEqual({ best: member });
    // Bounds may be met by none of the front.
    expect(bestOf([lucky], objectives, undefined, isOnFront)).toEqual({ best: lucky });
  });

  test('order does not matter where nothing is equal', () => {
    const all = [
      measured('a', many(0.4), mixed(20)),
      measured('b', many(0.5), mixed(5)),
      measured('c', many(0.3), mixed(38)),
    ];
    const ids = new Set([all, [...all].reverse()].map((order) => bestOf(order, objectives)?.best.id));
    expect([...ids]).toEqual(['c']);
  });
});
