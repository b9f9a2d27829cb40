import { defined } from '../core/defined.ts';
import { remembered } from '../core/remembered.ts';
import { mean } from '../core/statistics.ts';
import { type Cell, cellOfKey } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import type { Grade } from '../domain/grade.ts';
import type { Instance, Task } from '../domain/task.ts';
import type { Trial } from '../search/trial.ts';

/** One answer to a question that a config lost points on. */
interface LostAnswer {
  readonly repeat: number;
  /** As it was given, without what stands around it where that is known, else whole; `null`: none was written. */
  readonly answer: string | null;
  /** The whole text of the model, where it holds more than {@link answer}. */
  readonly written?: string;
  /** 0 to 1; `null`: unscored. */
  readonly score: number | null;
  /** What the grader found wrong, or why there is no answer or no score; absent where nobody says. */
  readonly why?: string;
}

/** A question that a config lost points on. */
export interface LostQuestion {
  readonly instance: string;
  /** The instance's input; absent with {@link expected} where the task does not hold it. */
  readonly question?: string;
  /** The reference answer as text; absent where the grader has none. */
  readonly expected?: string;
  /** Mean over its scored answers, 0 to 1; `null`: none was scored. */
  readonly score: number | null;
  /** The worst first; those with full marks are left out. */
  readonly answers: readonly LostAnswer[];
}

export interface WorstAnswers {
  /** Questions of the split that it answered at all. */
  readonly answered: number;
  /** Those that lost points, the worst first, unscored ones last; of equals in the task's order. */
  readonly lost: readonly LostQuestion[];
}

/**
 * Where a config loses points.
 * @param task that has the questions; absent: it is gone
 * @param readAnswer the answer in a text; `null`: it holds none
 * @param split whose questions. Whoever mends prompts by looking at holdout answers has no holdout any more.
 */
export function worstAnswers(
  trial: Pick<Trial, 'results'>,
  task: Pick<Task, 'tuning' | 'holdout'> | undefined,
  readAnswer: (text: string) => string | null,
  split: Cell['split'] = 'tuning',
): WorstAnswers {
  const questions = task?.[split] ?? [];
  const byQuestion = new Map(questions.map(({ id }): [string, LostAnswer[]] => [id, []]));
  for (const [key, result] of trial.results) {
    const { instance, repeat, ...cell } = cellOfKey(key);
    if (cell.split !== split) continue;
    remembered(byQuestion, instance, () => []).push(answerOf(repeat, result, readAnswer));
  }
  const instances = new Map(questions.map((instance) => [instance.id, instance]));
  const answered = [...byQuestion].filter(([, answers]) => answers.length > 0);
  const lost = answered.flatMap(([id, answers]): LostQuestion[] => {
    const wrong = answers.filter(({ score }) => score !== 1);
    if (wrong.length === 0) return [];
    const instance = instances.get(id);
    const told = instance && { question: instance.input, expected: expectedOf(instance) };
    const scores = answers.flatMap(({ score }) => (score === null ? [] : [score]));
    return [{ instance: id, ...defined({ ...told }), score: mean(scores), answers: wrong.toSorted(byScore) }];
  });
  return { answered: answered.length, lost: lost.sort(byScore) };
}

const rank = ({ score }: { readonly score: number | null }): number => score ?? 2;
const byScore = (a: { readonly score: number | null }, b: { readonly score: number | null }): number =>
  rank(a) - rank(b);

function answerOf(
  repeat: number,
  { answer, grade, reason }: CellResult,
  readAnswer: (text: string) => string | null,
): LostAnswer {
  const score = grade.kind === 'scored' ? grade.value : null;
  const given = answer === null ? null : (readAnswer(answer) ?? answer);
  const written = answer === null || given === null || isSameText(answer, given) ? undefined : answer;
  return {
    repeat,
    answer: given,
    ...defined({ written }),
    score,
    ...defined({ why: reason ?? whyOf(grade) }),
  };
}

function isSameText(first: string, second: string): boolean {
  const [one, other] = [first, second].map((text) => text.replace(/\s+/g, ''));
  return one === other;
}

function whyOf(grade: Grade): string | undefined {
  if (grade.kind === 'unscored') return grade.reason;
  const failed = (grade.checks ?? []).filter(({ passed }) => !passed);
  const isTold = failed.length > 0 && failed.every(({ note }) => note !== '');
  if (failed.length === 0 || (grade.feedback !== undefined && !isTold)) return grade.feedback;
  // Names tell what a good answer does ("names the order"): alone they would say that it did.
  return `failed: ${failed.map(({ name, note }) => (note === '' ? name : `${name} (${note})`)).join('; ')}`;
}

const expectedOf = ({ gold, reference }: Instance): string | undefined =>
  reference ?? (gold === undefined ? undefined : typeof gold === 'string' ? gold : JSON.stringify(gold));
