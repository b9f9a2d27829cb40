import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import type { MoaConfig } from '../../../src/domain/moa-config.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import { betterOn, InstanceScores, meansByInstance } from '../../../src/search/writing/instance-scores.ts';
import { drawMerge } from '../../../src/search/writing/merge.ts';

const configOf = (prompt: string): MoaConfig => ({
  version: 1,
  name: prompt,
  stages: [{ kind: 'propose', agents: [{ name: 'proposer', model: 'sim/a', prompt }] }],
});

/** A finished trial by its scores on instances `a`, `b`, …; of several answers where a list is given. */
function trialOf(id: string, scores: readonly (number | readonly number[])[], prompt = id): TrialReport {
  const cells = scores.flatMap((given, at) =>
    [given].flat().map((score, repeat) => ({
      key: `tuning/${repeat}/${'abcdefgh'[at]}`,
      measurement: { score, latency: 1, tokens: 1, usd: null },
    })),
  );
  const mean = cells.reduce((sum, { measurement }) => sum + measurement.score, 0) / cells.length;
  const of = { mean, low: mean, high: mean };
  return {
    ...{
      id,
      config: configOf(prompt),
      origin: { operator: 'random', parents: [] },
      status: 'finished',
      cells,
    },
    estimates: { score: of, latency: of, tokens: of, usd: of },
  };
}

function scoresOf(...trials: readonly TrialReport[]): InstanceScores {
  const scores = new InstanceScores();
  for (const trial of trials) scores.tell(trial);
  return scores;
}

const winnersOf = (scores: InstanceScores): Record<string, number> =>
  Object.fromEntries(scores.winners().map(({ trial, best }) => [trial.id, best]));

describe('InstanceScores', () => {
  it('averages the answers to one instance and compares what both were asked', () => {
    const means = meansByInstance(trialOf('x', [[0, 1], 1]).cells);
    expect([...means]).toEqual([
      ['a', 0.5],
      ['b', 1],
    ]);
    const other = meansByInstance(trialOf('y', [0, 1, 1]).cells);
    expect([...betterOn(means, other)]).toEqual(['a']);
    expect([...betterOn(other, means)]).toEqual([]);
  });

  it('finds who is best on any instance, and leaves out who is so only beside others', () => {
    // p is best on a and b, q on c; r ties with p on b and with q on c, and is needed for nothing.
    expect(
      winnersOf(scoresOf(trialOf('p', [1, 1, 0]), trialOf('q', [0, 0, 1]), trialOf('r', [0, 1, 1]))),
    ).toEqual({
      p: 2,
      r: 2,
    });
    expect(
      winnersOf(scoresOf(trialOf('p', [1, 1, 0.5]), trialOf('q', [0, 0, 1]), trialOf('r', [0, 1, 0]))),
    ).toEqual({
      p: 2,
      q: 1,
    });
    expect(winnersOf(scoresOf(trialOf('p', [0, 0])))).toEqual({});
  });

  it('moves a trial that is told again', () => {
    const scores = scoresOf(trialOf('p', [1, 0]), trialOf('q', [0, 1]));
    expect(winnersOf(scores)).toEqual({ p: 1, q: 1 });
    scores.tell(
      trialOf('p', [
        [1, 0],
        [1, 1],
      ]),
    );
    expect(winnersOf(scores)).toEqual({ p: 2 });
  });

  it('covers every instance that anybody scored on with trials that are best there', () => {
    const table = fc.array(fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(table, (rows) => {
        const trials = rows.map((row, at) => trialOf(`t${at}`, row));
        const winners = scoresOf(...trials).winners();
        for (let instance = 0; instance < 4; instance++) {
          const most = Math.max(...rows.map((row) => row[instance] ?? 0));
          const best = winners.filter(({ trial }) => trial.means.get('abcd'[instance] ?? '') === most);
          if (most > 0) expect(best.length).toBeGreaterThan(0);
        }
        for (const { trial } of winners) {
          const others = winners.filter((each) => each.trial !== trial);
          const isNeeded = [...trial.means].some(
            ([name, score]) => score > 0 && others.every((each) => (each.trial.means.get(name) ?? 0) < score),
          );
          expect(isNeeded).toBe(true);
        }
      }),
    );
  });

  it('draws winners by how many instances they are best on', () => {
    const scores = scoresOf(trialOf('p', [1, 1, 1, 0]), trialOf('q', [0, 0, 0, 1]));
    const drawn = Array.from({ length: 400 }, (_, at) => scores.draw(createRng(at))?.id);
    const share = drawn.filter((id) => id === 'p').length / 400;
    expect(share).toBeGreaterThan(0.65);
    expect(share).toBeLessThan(0.85);
  });
});

describe('drawMerge', () => {
  const open = (): boolean => true;

  it('takes two prompts of configs that are each better somewhere, into the better one', () => {
    const scores = scoresOf(trialOf('p', [1, 1, 0], 'Look twice.'), trialOf('q', [0, 0, 1], 'Think hard.'));
    for (let seed = 0; seed < 20; seed++) {
      expect(drawMerge(scores, open, createRng(seed))).toEqual({
        kind: 'draft',
        operator: 'merge-prompts',
        parent: 'p',
        target: { stage: 'stages[0]', agent: 0 },
        other: { parent: 'q', target: { stage: 'stages[0]', agent: 0 } },
        origin: { operator: 'merge-prompts', parents: ['p', 'q'] },
      });
    }
  });

  it.each([
    ['one is better everywhere', [trialOf('p', [1, 1]), trialOf('q', [0, 1])]],
    ['both have the same prompt', [trialOf('p', [1, 0], 'Go.'), trialOf('q', [0, 1], 'go')]],
    ['there is one only', [trialOf('p', [1, 0])]],
    ['nobody scored', [trialOf('p', [0, 0]), trialOf('q', [0, 0])]],
  ])('finds nothing where %s', (_, trials) => {
    for (let seed = 0; seed < 20; seed++)
      expect(drawMerge(scoresOf(...trials), open, createRng(seed))).toBeUndefined();
  });

  it('leaves out what was merged already', () => {
    const scores = scoresOf(trialOf('p', [1, 1, 0]), trialOf('q', [0, 0, 1]));
    expect(drawMerge(scores, () => false, createRng(1))).toBeUndefined();
  });
});
