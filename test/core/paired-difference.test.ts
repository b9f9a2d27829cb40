import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedDifference } from '../../src/core/paired-difference.ts';
import { createRng } from '../../src/core/rng.ts';

const answers = (scores: readonly number[]) => scores.map((score, at) => ({ instance: `q${at}`, score }));

describe('a paired difference', () => {
  test('is of the questions that both answered', () => {
    const first = [...answers([1, 1, 1, 0, 1]), { instance: 'own', score: 0 }];
    const found = pairedDifference(first, answers([0, 1, 0, 0, 1]));
    expect(found).toMatchObject({ mean: 0.4, questions: 5, about: 'questions' });
    expect(pairedDifference(answers([1]), [{ instance: 'other', score: 1 }])).toBeUndefined();
    expect(pairedDifference([], [])).toBeUndefined();
  });

  test('repeats of a question count as one', () => {
    const twice = [...answers([1, 1, 1, 0, 1, 0]), ...answers([0, 1, 1, 0, 1, 0])];
    expect(pairedDifference(twice, answers([0, 1, 1, 0, 1, 0]))?.mean).toBeCloseTo(0.5 / 6, 12);
  });

  test('equal answers leave an honest doubt', () => {
    const found = pairedDifference(answers(Array(20).fill(1)), answers(Array(20).fill(1)));
    expect(found?.mean).toBe(0);
    expect(found?.low).toBeLessThan(-0.1);
    expect(found?.high).toBeGreaterThan(0.1);
  });

  test('one part mark among equal answers takes no doubt away', () => {
    const found = pairedDifference(answers([...Array(19).fill(1), 0.9]), answers(Array(20).fill(1)));
    expect(found?.low).toBeLessThan(-0.1);
    expect(found?.high).toBeGreaterThan(0.1);
  });

  test('of fewer than five questions comes from the intervals of both means', () => {
    const many = (score: number) =>
      Array.from({ length: 8 }, (_, at) => ({ instance: 'q', score: at % 2 === 0 ? score : 1 }));
    expect(pairedDifference(many(0), many(0.5))).toMatchObject({
      mean: -0.25,
      about: 'answers',
      questions: 1,
    });
    expect(pairedDifference(answers([1]), answers([0]))).toMatchObject({ mean: 1, low: null, high: null });
  });

  test('turned around it is its negative, and a higher level is wider', () => {
    const scores = fc.array(fc.constantFrom(0, 0.25, 1), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const [there, back] = [
          pairedDifference(answers(a), answers(b)),
          pairedDifference(answers(b), answers(a)),
        ];
        expect(there?.mean).toBeCloseTo(-(back?.mean ?? 0), 12);
        if (there?.low != null) expect(there.low).toBeCloseTo(-(back?.high ?? 0), 12);
        const wide = pairedDifference(answers(a), answers(b), 0.999);
        if (there?.low != null) expect(wide?.low).toBeLessThanOrEqual(there.low + 1e-12);
      }),
    );
  });

  test('its interval holds the truth about as often as it says', () => {
    const rng = createRng('paired');
    const draw = (skill: number): number => (rng.next() < skill ? 1 : 0);
    let covered = 0;
    for (let run = 0; run < 400; run++) {
      const questions = Array.from({ length: 40 }, () => rng.next());
      const first = answers(questions.map((ease) => draw(0.3 + 0.6 * ease)));
      const second = answers(questions.map((ease) => draw(0.2 + 0.6 * ease)));
      const found = pairedDifference(first, second);
      if ((found?.low ?? 1) <= 0.1 && (found?.high ?? -1) >= 0.1) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.98);
  });
});
