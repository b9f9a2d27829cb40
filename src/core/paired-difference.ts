import { groupBy } from './group-by.ts';
import { type Interval, mean, meanInterval, unitRange, type ValueRange } from './statistics.ts';

/** A score (0..1) of one answer to a question. */
export interface ScoredAnswer {
  /** The question's id. */
  readonly instance: string;
  readonly score: number;
}

/** How much better the first of two scored than the second. */
export interface Difference {
  /** First less second, -1..1. */
  readonly mean: number;
  /** `null` where nothing is known of the noise. */
  readonly low: number | null;
  readonly high: number | null;
  /** Questions that both answered. */
  readonly questions: number;
  /** `questions`: paired by question; `answers`: so few questions that it speaks of fresh answers to these only. */
  readonly about: 'questions' | 'answers';
}

/** From so many questions on, an interval speaks of further questions of the kind. */
export const enoughQuestions = 5;
/** The range of differences of scores. */
export const differenceRange: ValueRange = { low: -1, high: 1 };

/**
 * Difference of two mean scores on the questions that both answered, with an interval: Student's t over the
 * differences by question, or, of fewer than five questions, from the intervals of both means (MOVER: Zou &
 * Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27, 2008).
 * `undefined` where they share no question.
 *
 * @param level coverage, strictly between 0 and 1
 */
export function pairedDifference(
  first: readonly ScoredAnswer[],
  second: readonly ScoredAnswer[],
  level = 0.95,
): Difference | undefined {
  const [byFirst, bySecond] = [byQuestion(first), byQuestion(second)];
  const shared = [...byFirst.keys()].filter((question) => bySecond.has(question));
  if (shared.length === 0) return undefined;
  const scoresOf = (by: ReturnType<typeof byQuestion>, question: string): readonly number[] =>
    (by.get(question) ?? []).map(({ score }) => score);
  if (shared.length >= enoughQuestions) {
    const differences = shared.map(
      (question) => (mean(scoresOf(byFirst, question)) ?? 0) - (mean(scoresOf(bySecond, question)) ?? 0),
    );
    const { mean: centre, low, high } = meanInterval(differences, level, differenceRange);
    return { mean: centre ?? 0, low, high, questions: shared.length, about: 'questions' };
  }
  const answersOf = (by: ReturnType<typeof byQuestion>): Interval =>
    meanInterval(
      shared.flatMap((question) => scoresOf(by, question)),
      level,
      unitRange,
    );
  return {
    ...betweenMeans(answersOf(byFirst), answersOf(bySecond)),
    questions: shared.length,
    about: 'answers',
  };
}

function betweenMeans(a: Interval, b: Interval): Pick<Difference, 'mean' | 'low' | 'high'> {
  const centre = (a.mean ?? 0) - (b.mean ?? 0);
  if (a.mean === null || a.low === null || a.high === null) return { mean: centre, low: null, high: null };
  if (b.mean === null || b.low === null || b.high === null) return { mean: centre, low: null, high: null };
  return {
    mean: centre,
    low: Math.max(-1, centre - Math.hypot(a.mean - a.low, b.high - b.mean)),
    high: Math.min(1, centre + Math.hypot(a.high - a.mean, b.mean - b.low)),
  };
}

const byQuestion = (answers: readonly ScoredAnswer[]): ReadonlyMap<string, readonly ScoredAnswer[]> =>
  groupBy(answers, ({ instance }) => instance);
