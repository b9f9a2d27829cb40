import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestOf } from '../../src/domain/best.ts';
import type { Bounds } from '../../src/domain/bounds.ts';
import { headlineOf } from '../../src/domain/headline.ts';
import {
  equalSpend,
  headliners,
  isSingle,
  type MeasuredCell,
  type MeasuredConfig,
} from '../../src/domain/headliners.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import { fusedConfig, singleConfig } from '../support/front-sample.ts';
import { runs } from '../support/thorough.ts';

const objectives = ['score', 'tokens'] as const;

function cells(split: string, right: number, of: number): MeasuredCell[] {
  return Array.from({ length: of }, (_, at) => ({
    cell: `${split}/0/q${at}`,
    instance: `q${at}`,
    score: at < right ? 1 : 0,
  }));
}

function measured(
  id: string,
  config: MoaConfig,
  scores: { readonly tuning: number; readonly holdout?: number; readonly of?: number },
  operator = 'random',
): MeasuredConfig {
  const { tuning, holdout, of = 20 } = scores;
  return {
    ...{ id, config, operator },
    means: { score: tuning / 20, latency: 1, tokens: 100, usd: null },
    tuning: cells('tuning', tuning, 20),
    holdout: holdout === undefined ? [] : cells('holdout', holdout, of),
    hasEqualCells: true,
    holdoutBegun: holdout === undefined ? 0 : of,
  };
}

const meansOf = (right: number, latency: number) => ({ score: right / 20, latency, tokens: 100, usd: null });

const mix = fusedConfig(['a/x', 'a/y'], 'a/x');
const all = [
  measured('weak', singleConfig('a/weak'), { tuning: 8, holdout: 17 }, 'baseline'),
  measured('plain', singleConfig('a/strong'), { tuning: 12, holdout: 10 }, 'baseline'),
  measured('tuned', singleConfig('a/strong', 0.9), { tuning: 14, holdout: 12 }),
  measured('mix', mix, { tuning: 16, holdout: 14 }),
  measured('other-mix', fusedConfig(['a/x'], 'a/y'), { tuning: 15, holdout: 20 }),
];
const votes = (model: string): MoaConfig => {
  const { stages, ...config } = singleConfig(model, 0.9);
  return { ...config, stages: [...stages, { kind: 'vote' }] };
};
const vote = measured('vote', votes('a/strong'), { tuning: 19, holdout: 15 }, equalSpend);

describe('the headline', () => {
  test('names those that tuning put first, not the luckiest on the holdout', () => {
    expect(headliners(all, objectives).map(({ kind, of }) => [kind, of.id])).toEqual([
      ['single', 'plain'],
      ['tuned-single', 'tuned'],
      ['mixture', 'mix'],
    ]);
  });

  test('what is there for comparison is no mixture that the search found', () => {
    expect(headliners([...all, vote], objectives).at(-1)?.of.id).toBe('mix');
  });

  test('what answers as one agent does is no mixture, and no single model, and may be the best all the same', () => {
    const alone = all.map((of) => (of.id === 'mix' ? { ...of, answersAlone: true } : of));
    const lines = headlineOf(alone, [], { objectives, best: 'mix' })?.lines.map(({ kind, id }) => [kind, id]);
    expect(lines).toEqual([
      ['single', 'plain'],
      ['tuned-single', 'tuned'],
      ['mixture', 'other-mix'],
      ['best', 'mix'],
    ]);
  });

  test('compares on the holdout, paired, each with its interval', () => {
    const headline = headlineOf([...all, vote], [{ kind: 'vote', of: vote }], { objectives });
    expect(headline).toMatchObject({ split: 'holdout', questions: 20, cells: 20 });
    const lines = new Map(headline?.lines.map((line) => [line.kind, line]));
    expect(lines.get('single')?.over).toEqual([]);
    expect(lines.get('mixture')?.score.mean).toBe(0.7);
    const [tuned, single, plain] = lines.get('mixture')?.over ?? [];
    expect([tuned?.kind, single?.kind, plain?.kind]).toEqual(['tuned-single', 'single', 'vote']);
    expect(tuned?.mean).toBeCloseTo(0.1, 12);
    expect(single?.mean).toBeCloseTo(0.2, 12);
    expect(plain?.mean).toBeCloseTo(-0.05, 12);
    for (const { low, high, mean } of lines.get('mixture')?.over ?? []) {
      expect(low).toBeLessThan(mean);
      expect(high).toBeGreaterThan(mean);
    }
  });

  test('says nothing of a vote of another single model than the tuned one', () => {
    const other = { ...vote, config: votes('a/weak') };
    const lines = headlineOf([...all, other], [{ kind: 'vote', of: other }], { objectives })?.lines;
    expect(lines?.map(({ kind }) => kind)).toEqual(['single', 'tuned-single', 'mixture']);
  });

  describe('of a single model as asked first that a limit left fewer answers', () => {
    /** So many right of its cells: the first of them, or the last. */
    const limited = (right: number, of: number, held: number, late = false): MeasuredConfig => {
      const tuning = cells('tuning', 20, 20).slice(0, of);
      return {
        ...measured('limited', singleConfig('a/limited'), { tuning: 0, holdout: held, of: held }, 'baseline'),
        means: { score: right / of, latency: 1, tokens: 100, usd: null },
        tuning: tuning.map((cell, at) => ({
          ...cell,
          score: (late ? at >= of - right : at < right) ? 1 : 0,
        })),
        hasEqualCells: false,
      };
    };
    // The others are wrong on the first questions, those that it was asked.
    const wrongFirst = (of: MeasuredConfig): MeasuredConfig => ({
      ...of,
      tuning: of.tuning.map((cell, at) => ({
        ...cell,
        score: of.tuning[of.tuning.length - 1 - at]?.score ?? 0,
      })),
    });
    const rivals = all.map((of) => (of.id === 'plain' || of.id === 'tuned' ? wrongFirst(of) : of));
    const kindsOf = (one: MeasuredConfig): string[] =>
      headliners([...rivals, one], objectives).map(({ of }) => of.id);

    test('names it where it is ahead, as the tuned one too, with or without a holdout', () => {
      for (const held of [20, 2, 0])
        expect(kindsOf(limited(9, 10, held)), `${held} on the holdout`).toEqual([
          'limited',
          'limited',
          'mix',
        ]);
      // Ahead of the one as asked first alone.
      expect(kindsOf(limited(13, 20, 2))).toEqual(['limited', 'tuned', 'mix']);
    });

    test.each([
      ['its own mean is lower', limited(5, 10, 2)],
      ['it is behind on what both answered', limited(8, 12, 2, true), all],
      ['too few were answered to tell', limited(4, 4, 2)],
    ])('not where %s', (_, one, others = rivals) => {
      expect(headliners([...others, one], objectives).map(({ of }) => of.id)).toEqual([
        'plain',
        'tuned',
        'mix',
      ]);
    });

    test('compares the others on all that they have, and tells how few it has', () => {
      const headline = headlineOf([...rivals, limited(9, 10, 2)], [], { objectives });
      expect(headline).toMatchObject({ questions: 20, cells: 20 });
      const [single, tuned, mixture] = headline?.lines ?? [];
      expect([single?.id, single?.cells, tuned?.cells, mixture?.cells]).toEqual(['limited', 2, 2, undefined]);
      expect(mixture?.score.mean).toBe(0.7);
      expect(mixture?.over.find(({ kind }) => kind === 'tuned-single')).toMatchObject({ questions: 2 });
    });
  });

  test('says nothing of a vote that is no rival to the best', () => {
    const headline = headlineOf(all, [{ kind: 'vote', of: vote }], { objectives });
    expect(headline?.lines.map(({ kind }) => kind)).toEqual(['single', 'tuned-single', 'mixture']);
  });

  test('never calls a config better beyond luck than the one that the run calls the best', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const kinds = [
      (skill: number) => ({ config: singleConfig('a/x', skill), operator: 'baseline' }),
      (skill: number) => ({ config: singleConfig('a/x', skill), operator: 'random' }),
      () => ({ config: mix, operator: 'random' }),
      () => ({ config: mix, operator: equalSpend }),
    ];
    const contender = fc.record({
      kind: fc.nat(kinds.length - 1),
      tuning: fc.integer({ min: 0, max: 20 }),
      skill: share,
      luck: fc.array(share, { minLength: 12, maxLength: 80 }),
    });
    fc.assert(
      fc.property(fc.array(contender, { minLength: 2, maxLength: 9 }), (drawn) => {
        const contenders = drawn.map(({ kind, tuning, skill, luck }, at): MeasuredConfig => {
          const { config, operator } = kinds[kind]?.(skill) ?? { config: mix, operator: 'random' };
          const score = (each: number): number => (each < skill ? 1 : 0);
          return {
            ...measured(`c${at}`, config, { tuning }, operator),
            holdout: luck.map((each, q) => ({
              cell: `holdout/0/q${q}`,
              instance: `q${q}`,
              score: score(each),
            })),
          };
        });
        const vote = contenders.find(({ operator }) => operator === equalSpend);
        const plain = vote === undefined ? [] : [{ kind: 'vote' as const, of: vote }];
        const best = bestOf(contenders, objectives)?.best.id;
        for (const { id, over } of headlineOf(contenders, plain, { objectives })?.lines ?? []) {
          for (const gain of over) {
            if (gain.id === best) expect(gain.low ?? 0).toBeLessThanOrEqual(0);
            if (id === best) expect(gain.high ?? 0).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test('under bounds names those that meet them on tuning questions, and of a kind where none does the nearest', () => {
    const slow = { ...measured('slow', mix, { tuning: 19, holdout: 20 }), means: meansOf(19, 2) };
    const worse = {
      ...measured('worse', singleConfig('a/strong', 0.5), { tuning: 18 }),
      means: meansOf(18, 3),
    };
    const none = {
      ...measured('near', singleConfig('a/plain'), { tuning: 9 }, 'baseline'),
      means: meansOf(9, 1.1),
    };
    const slower = { ...all[1], means: meansOf(12, 1.4) } as MeasuredConfig;
    const contenders = [...all.slice(2), slow, worse, none, slower];
    const kinds = (bounds: Bounds) =>
      headliners(contenders, objectives, bounds).map(({ kind, of }) => [kind, of.id]);
    expect(kinds({ latency: 1 })).toEqual([
      ['single', 'near'],
      ['tuned-single', 'tuned'],
      ['mixture', 'mix'],
    ]);
    // A single model of lower score can be used, one that is too slow cannot.
    expect(kinds({ latency: 1.2, score: 0.65 })).toEqual([
      ['single', 'near'],
      ['tuned-single', 'tuned'],
      ['mixture', 'mix'],
    ]);
    // Where nothing at all meets them, they choose nothing.
    expect(kinds({ latency: 0.5 })).toEqual(kinds({}));
    expect(kinds({}).at(-1)).toEqual(['mixture', 'slow']);
  });

  test('has a line for the one to use, whatever chose it', () => {
    const lines = headlineOf(all, [], { objectives, best: 'other-mix' })?.lines ?? [];
    const own = lines.at(-1);
    expect([own?.kind, own?.id, own?.score.mean]).toEqual(['best', 'other-mix', 1]);
    expect(own?.over.map(({ id }) => id)).toEqual(['tuned', 'plain']);
    expect(headlineOf(all, [], { objectives, best: 'mix' })?.lines).toHaveLength(3);
  });

  test('shows scores on the cells that all lines have', () => {
    const more = measured('mix', mix, { tuning: 16, holdout: 10, of: 40 });
    const headline = headlineOf([...all.slice(0, 3), more], [], { objectives });
    expect(headline?.cells).toBe(20);
    expect(headline?.lines.at(-1)?.score.mean).toBe(0.5);
  });

  test('says what was not measured on the holdout, and goes by tuning where nothing was', () => {
    const missing = [...all.slice(0, 3), measured('mix', mix, { tuning: 16 })];
    const headline = headlineOf(missing, [], { objectives });
    expect(headline?.lines.at(-1)).toMatchObject({ score: { mean: null }, over: [] });
    expect(headline?.lines[0]?.score.mean).toBe(0.5);
    const none = missing.map((each) => ({ ...each, holdout: [] }));
    expect(headlineOf(none, [], { objectives })).toMatchObject({ split: 'tuning', questions: 20 });
    expect(headlineOf([measured('mix', mix, { tuning: 3 })], [], { objectives })).toBeUndefined();
  });
});

describe('a single model asked once', () => {
  const [propose] = singleConfig('a/x').stages;
  if (propose?.kind !== 'propose') throw new Error('a single proposes');
  const [agent] = propose.agents;
  if (agent === undefined) throw new Error('a single has an agent');
  const config = (stages: MoaConfig['stages']): MoaConfig => ({ version: 1, name: 'n', stages });
  test.each<[string, MoaConfig, boolean]>([
    ['one agent', singleConfig('a/x'), true],
    ['one agent with another temperature', singleConfig('a/x', 1), true],
    ['two samples', config([{ ...propose, agents: [{ ...agent, samples: 2 }] }]), false],
    ['two rounds', config([{ ...propose, rounds: 2 }]), false],
    ['two agents', config([{ ...propose, agents: [agent, { ...agent, name: 'other' }] }]), false],
    ['a stage behind it', config([propose, { kind: 'vote' }]), false],
    ['a fused mixture', mix, false],
  ])('%s', (_, given, single) => expect(isSingle(given)).toBe(single));
});
