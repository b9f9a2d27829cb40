import { learnedOf } from '../../grading/create-grader.ts';
import { questionsIn, type TextbookTask } from './textbook.ts';
import { learn } from './textbook-subject.ts';

/** Questions looked at to tell how much of a task can be learned. */
const mostLookedAt = 200;

/** The share of a task's questions that simulated models can learn the answers of; they guess at the others. */
export function knownShare(task: TextbookTask): number {
  if (learnedOf(task) === 'challenge') return 1;
  const questions = questionsIn(task);
  if (questions.length === 0) return 0;
  const step = Math.max(1, Math.floor(questions.length / mostLookedAt));
  const seen = questions.filter((_, index) => index % step === 0);
  return seen.filter((question) => learn(question) !== null).length / seen.length;
}
