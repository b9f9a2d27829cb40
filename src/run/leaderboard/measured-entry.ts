import { meanInterval, unitRange } from '../../core/statistics.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import { estimatesOf } from '../../domain/estimates.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import type { Estimate } from '../../domain/objective.ts';
import { questionOf, type Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import type { LeaderboardEntry } from './entry.ts';

/** An answer to a question, as it was graded. */
export interface GradedAnswer extends Pick<CellResult, 'answer' | 'grade' | 'measurement'> {
  /** The question's id. */
  readonly instance: string;
}

export interface MeasuredSystem
  extends Pick<LeaderboardEntry, 'name' | 'source' | 'addedAt' | 'mixtune' | 'simulated'> {
  readonly task: Task;
  readonly grader: Grader;
  readonly config: MoaConfig;
  /** Whose questions were answered. @defaultValue `tuning` */
  readonly split?: 'tuning' | 'holdout';
  readonly answers: readonly GradedAnswer[];
}

/**
 * The entry of a system. Answers to tuning questions are graded strictly, too; of one that was measured on the holdout
 * the score on tuning questions is unknown.
 */
export async function measuredEntry(system: MeasuredSystem): Promise<LeaderboardEntry> {
  const { task, grader, answers, config, name, source, addedAt, mixtune, simulated } = system;
  const scored = answers.filter(({ grade }) => grade.kind === 'scored');
  const objectives = estimatesOf(scored.map(({ measurement }) => measurement));
  const isHeldOut = system.split === 'holdout';
  const holdout = isHeldOut ? objectives.score : null;
  return {
    ...{ version: 1, name, source, run: null, addedAt, mixtune, simulated, config },
    task: task.name,
    taskHash: task.hash,
    grader: { name: grader.name, revision: grader.revision },
    answers: scored.length,
    questions: new Set(scored.map(({ instance }) => instance)).size,
    objectives: isHeldOut ? { ...objectives, score: unknown } : objectives,
    strict: isHeldOut
      ? task.holdoutGrader === undefined
        ? null
        : holdout
      : await strictEstimate(task, grader, scored),
    holdout,
  };
}

const unknown: Estimate = { mean: null, low: null, high: null };

/** `null` where the task grades its holdout no otherwise, or a judge would have to be asked. */
async function strictEstimate(
  task: Task,
  grader: Grader,
  answers: readonly GradedAnswer[],
): Promise<Estimate | null> {
  const overrides = task.holdoutGrader;
  if (overrides === undefined || grader.callsModels === true || answers.length === 0) return null;
  const values: number[] = [];
  for (const { instance: id, answer } of answers) {
    const instance = task.tuning.find((each) => each.id === id);
    if (instance === undefined || answer === null) {
      values.push(0);
      continue;
    }
    const grade = await grader.grade({ answer, instance, question: questionOf(task, instance), overrides });
    // Unscored is not wrong: a mean without it would speak of other answers.
    if (grade.kind === 'unscored') return null;
    values.push(grade.value);
  }
  return meanInterval(values, 0.95, unitRange);
}
