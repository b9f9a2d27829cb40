import { groupBy } from '../../core/group-by.ts';
import { differenceRange, enoughQuestions } from '../../core/paired-difference.ts';
import { mean, meanInterval } from '../../core/statistics.ts';
import type { MatrixView, RunHead } from './schema.ts';

/** A config of a run, with the run's cells. */
export interface Compared {
  readonly head: Pick<RunHead, 'run' | 'task' | 'taskHash' | 'grader'>;
  readonly matrix: MatrixView;
  readonly trial: number;
}

/** Two configs on the cells that both have, by question and repeat. */
export interface PairedDifference {
  readonly pairs: number;
  readonly questions: readonly QuestionPair[];
  /** First less second, in score; `null` without pairs. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What the interval speaks of: further questions of the kind, or further answers to these few. */
  readonly over: 'questions' | 'answers';
  /** Pairs in which the first scored more, less, the same. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
}

interface QuestionPair {
  readonly id: string;
  readonly pairs: number;
  /** Mean scores over the pairs. */
  readonly first: number;
  readonly second: number;
}

/** Why two configs cannot be compared; `null` where they can. */
export function incomparable(first: Compared['head'], second: Compared['head']): string | null {
  if (first.taskHash !== second.taskHash) {
    return `${first.run} and ${second.run} are not of the same task (${first.task} ${first.taskHash.slice(0, 8)}, ${second.task} ${second.taskHash.slice(0, 8)}), so their scores are not compared`;
  }
  if (first.grader.revision !== second.grader.revision) {
    return `${first.run} and ${second.run} were graded differently (${first.grader.revision}; ${second.grader.revision}), so their scores are not compared`;
  }
  return null;
}

export function compareConfigs(
  first: Compared,
  second: Compared,
  split: 'tuning' | 'holdout',
): PairedDifference {
  const scores = scoresOf(second, split);
  const pairs = [...scoresOf(first, split)].flatMap(([key, a]) => {
    const b = scores.get(key);
    return b === undefined ? [] : [{ id: a.id, first: a.score, second: b.score }];
  });
  const questions = [...groupBy(pairs, ({ id }) => id)].map(([id, own]) => ({
    id,
    pairs: own.length,
    first: mean(own.map((pair) => pair.first)) ?? 0,
    second: mean(own.map((pair) => pair.second)) ?? 0,
  }));
  const over = questions.length >= enoughQuestions ? 'questions' : 'answers';
  const differences = (over === 'questions' ? questions : pairs).map((pair) => pair.first - pair.second);
  const count = (test: (difference: number) => boolean): number =>
    pairs.filter((pair) => test(pair.first - pair.second)).length;
  return {
    pairs: pairs.length,
    questions,
    ...meanInterval(differences, 0.95, differenceRange),
    over,
    wins: count((difference) => difference > 0),
    losses: count((difference) => difference < 0),
    ties: count((difference) => difference === 0),
  };
}

function scoresOf(
  { matrix, trial }: Compared,
  split: 'tuning' | 'holdout',
): Map<string, { id: string; score: number }> {
  const scores = new Map<string, { id: string; score: number }>();
  for (let cell = matrix.offsets[trial] ?? 0; cell < (matrix.offsets[trial + 1] ?? 0); cell++) {
    const question = matrix.question[cell] ?? 0;
    const score = matrix.score[cell] ?? null;
    if (score === null || matrix.questions.split[question] !== split) continue;
    const id = matrix.questions.id[question] ?? '';
    scores.set(`${matrix.repeat[cell]} ${id}`, { id, score });
  }
  return scores;
}
