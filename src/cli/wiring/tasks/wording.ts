import { defined } from '../../../core/defined.ts';
import { isWrapper, type TaskWording, wordingOf } from '../../../domain/task-wording.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import type { Manifest } from '../../../run/types.ts';
import type { OpenTask } from './tasks.ts';

/** How the questions of what is asked were worded while tuning. */
export interface FoundWording {
  /** Absent: nothing tells it, and questions go to the models as they are. */
  readonly wording?: TaskWording;
  /** What people must be told of it. */
  readonly note?: string;
}

/**
 * The wording that a run or lock has recorded; for one of an earlier version that of its task, where it is at hand.
 * @param source the run or lock as the command line names it
 */
export function findWording(
  source: string,
  task: Manifest['task'],
  opened: OpenTask | undefined,
): FoundWording {
  if (task.wording !== undefined) return { wording: task.wording };
  const old = `${source} is of an earlier mixtune and does not hold its task's prompt`;
  if (opened === undefined)
    return { note: `${old}, and its task ${task.name} is not here: questions go to the models as they are.` };
  const wording = wordingOf(opened.task);
  if (opened.task.hash === task.hash) return { wording };
  return { wording, note: `${old}: that of ${task.name} is taken, which has changed since.` };
}

/** How answers are read where the wording alone tells it. */
export function readingOf(wording: TaskWording | undefined): Parameters<typeof createAnswerExtractor>[0] {
  if (wording === undefined) return { answer: 'text' };
  const { answer, labels, statement } = wording;
  return { answer, grader: { name: answer, ...defined({ labels, statement }) } };
}

/** What votes compare. */
export function extractorOf(wording: TaskWording | undefined): (text: string) => string | null {
  return createAnswerExtractor(readingOf(wording));
}

/** The prompt that stands around questions; `null` where none does. */
export function wrapperOf(wording: TaskWording | undefined): string | null {
  return isWrapper(wording?.prompt) ? wording.prompt : null;
}
