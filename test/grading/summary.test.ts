import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import { type RougeMetric, rouge, rougeMetrics } from '../../src/grading/text-graders/summary.ts';
import { graderConformance } from './grader-conformance.ts';

const dependencies = {
  python: { tier: 'none', run: () => Promise.reject(new Error('unused')), close: async () => undefined },
  taskFolder: '.',
};
const make = (metric: RougeMetric) => unwrap(createGrader({ name: 'summary', metric }, dependencies));

/** What the tests and the README of Google's rouge-score 0.1.2 give, without stemming. */
const published: readonly (readonly [RougeMetric, string, string, number])[] = [
  ['rouge-1', 'testing one two', 'testing', 0.5],
  ['rouge-1', 'testing', 'testing one two', 0.5],
  ['rouge-2', 'testing one two', 'testing one', 2 / 3],
  ['rouge-l', 'testing one two', 'testing one', 4 / 5],
  ['rouge-1', 'testing one two', '', 0],
  ['rouge-l', '', 'testing one two', 0],
  ['rouge-lsum', 'w1 w2 w3 w4 w5', 'w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5', (2 * 0.8 * 0.4) / 1.2],
  [
    'rouge-1',
    'The quick brown fox jumps over the lazy dog',
    'The quick brown dog jumps on the log.',
    (2 * 0.75 * (6 / 9)) / (0.75 + 6 / 9),
  ],
  [
    'rouge-l',
    'The quick brown fox jumps over the lazy dog',
    'The quick brown dog jumps on the log.',
    (2 * 0.625 * (5 / 9)) / (0.625 + 5 / 9),
  ],
];

describe('ROUGE', () => {
  it.each(published)('%s of %j and %j is as published', (metric, reference, candidate, f1) => {
    expect(rouge(metric, candidate, reference)).toBeCloseTo(f1, 10);
  });

  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 });
  it('agrees with the definition', () => {
    fc.assert(
      fc.property(words, words, (left, right) => {
        const given = left.join(' ');
        const wanted = right.join(' ');
        expect(rouge('rouge-1', given, wanted)).toBeCloseTo(overlap(left, right), 10);
        expect(rouge('rouge-2', given, wanted)).toBeCloseTo(overlap(pairs(left), pairs(right)), 10);
        expect(rouge('rouge-l', given, wanted)).toBeCloseTo(
          f1(longestCommon(left, right), left.length, right.length),
          10,
        );
        expect(rouge('rouge-lsum', given, wanted)).toBeCloseTo(rouge('rouge-l', given, wanted), 10);
      }),
    );
  });

  it('ignores case and punctuation, and nothing else', () => {
    expect(rouge('rouge-l', 'The cat; SAT.', 'the cat sat')).toBe(1);
    expect(rouge('rouge-l', 'cats', 'cat')).toBe(0);
  });
});

function f1(matches: number, given: number, wanted: number): number {
  return matches === 0 ? 0 : (2 * matches) / (given + wanted);
}

function pairs(words: readonly string[]): string[] {
  return words.slice(1).map((word, index) => `${words[index]} ${word}`);
}

function overlap(given: readonly string[], wanted: readonly string[]): number {
  const rest = [...wanted];
  const matches = given.filter((gram) => {
    const at = rest.indexOf(gram);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
  return f1(matches.length, given.length, wanted.length);
}

/** By the recursive definition. */
function longestCommon(left: readonly string[], right: readonly string[]): number {
  const memo = new Map<string, number>();
  const from = (i: number, j: number): number => {
    if (i === left.length || j === right.length) return 0;
    const key = `${i},${j}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const found = left[i] === right[j] ? 1 + from(i + 1, j + 1) : Math.max(from(i + 1, j), from(i, j + 1));
    memo.set(key, found);
    return found;
  };
  return from(0, 0);
}

describe('the best of several references counts', () => {
  it('whatever their order', async () => {
    const gold = ['Nothing alike at all', 'The cat sat on the mat', 'A cat sat'];
    for (const references of [gold, gold.toReversed()]) {
      const instance = { id: '1', input: '', gold: references };
      const grade = await make('rouge-l').grade({ answer: 'the cat sat on the mat', instance, question: '' });
      expect(grade).toEqual({ kind: 'scored', value: 1 });
    }
  });
});

describe.each(rougeMetrics)('summary by %s', (metric) => {
  graderConformance({
    spec: { name: 'summary', metric },
    make: () => make(metric),
    instance: { id: 'i', input: 'long text', gold: 'The bridge stays closed until May 3 for repairs.' },
    right: [
      'The bridge stays closed until May 3 for repairs.',
      '<think>hm</think>the bridge stays closed until may 3, for repairs',
    ],
    wrong: ['The bridge is open.', 'It rains', 'The bridge stays closed until May 3 for repairs. '.repeat(2)],
    needsGold: true,
  });
});
