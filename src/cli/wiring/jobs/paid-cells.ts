import { configsById } from '../../../domain/moa-config.ts';
import type { Task } from '../../../domain/task.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import type { Grader } from '../../../grading/grader.ts';
import type { SqliteCallStore } from '../../../models/call-store/sqlite-call-store.ts';
import type { ChatModel } from '../../../models/chat-model.ts';
import { paidCells } from '../../../run/calls/unpaid-calls.ts';
import { cellPlan } from '../../../run/cells/cell-plan.ts';
import type { TuneSettings } from '../../../run/types.ts';
import { gradingCallsOf } from '../tasks/tasks.ts';

export interface PaidCellsParts {
  readonly task: Task;
  readonly model: ChatModel;
  readonly grader: Grader;
  /** Absent: the run knows no answers of others. */
  readonly answers: Pick<SqliteCallStore, 'peek'> | undefined;
}

/**
 * The settings of a run that begins its seeds on all cells that earlier runs paid for, and what to say of that: a good
 * config is not to lose by bad luck on few cells while answers to more of them are there for nothing.
 */
export async function withPaidCells(
  settings: TuneSettings,
  { task, model, grader, answers }: PaidCellsParts,
): Promise<{ readonly settings: TuneSettings; readonly note?: string }> {
  const configs = [...configsById([...(settings.own ?? []), ...(settings.seeds ?? [])]).values()];
  if (answers === undefined || configs.length === 0) return { settings };
  const { schedule, finishCells } = cellPlan(task, settings);
  const paid = await paidCells(configs, finishCells, {
    ...{ task, model, grader, extractAnswer: createAnswerExtractor(task) },
    gradingCalls: gradingCallsOf(task, 'tuning'),
    shared: { get: (key) => answers.peek(key) },
  });
  const more = [...paid].filter(([, cells]) => cells > schedule.startingCells);
  if (more.length === 0) return { settings };
  const counts = more.map(([, cells]) => cells);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const range = least === most ? `${most}` : `${least} to ${most}`;
  return {
    settings: { ...settings, paidCells: Object.fromEntries(more) },
    note: `${more.length} of ${configs.length} configs that it starts from begin with ${range} tuning answers each, which earlier runs paid for`,
  };
}
