import { join } from 'node:path';
import { RunRecord } from '../../../analysis/run-record.ts';
import type { AgentsWorth } from '../../../analysis/worth/schema.ts';
import { readWorth } from '../../../analysis/worth/worth-file.ts';
import { InputError } from '../../../core/errors.ts';
import type { Task } from '../../../domain/task.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import { createRunViews, type RunViews } from '../../../report/view-model/run-views.ts';
import { readManifest } from '../../../run/folder/manifest-file.ts';
import { journalName } from '../../../run/journal/look-into-journal.ts';
import { openSqliteJournal } from '../../../run/journal/sqlite-journal.ts';
import type { Manifest } from '../../../run/types.ts';
import type { RunPlace } from '../../../ui/followed-run.ts';
import type { CliContext } from '../../context.ts';
import { provenanceOfRun } from '../configs/own-runs.ts';
import { scaleOf } from '../scale.ts';
import { findTaskOfRun } from '../tasks/tasks.ts';

/** A run opened to be looked at, also while another process works on it. */
export interface OpenRunViews {
  readonly manifest: Manifest;
  readonly place: RunPlace;
  /** The task as it is now, perhaps changed since; absent: it is gone. */
  readonly taskNow: Task | undefined;
  readonly record: RunRecord;
  readonly views: RunViews;
  close(): void;
}

/** Finds what a run was made with; nothing in its folder is changed or locked. @throws InputError when it holds no run */
export async function placeOfRun(
  context: CliContext,
  folder: string,
): Promise<RunPlace & Pick<OpenRunViews, 'taskNow'>> {
  const manifest = await readManifest(folder);
  const opened = await findTaskOfRun(context, manifest.task, provenanceOfRun(manifest.run, manifest));
  const task = opened?.task.hash === manifest.task.hash ? opened.task : undefined;
  return {
    manifest,
    task,
    taskNow: opened?.task,
    scale: opened === undefined ? undefined : scaleOf(opened.task.grader),
    extractAnswer: createAnswerExtractor(task ?? { answer: 'text' }),
    worth: () => worthIn(folder),
  };
}

/** A damaged file keeps nobody from looking at the run; `mixtune show --pruned` says what is wrong with it. */
function worthIn(folder: string): AgentsWorth | 'unreadable' | null {
  try {
    return readWorth(folder);
  } catch (error) {
    if (error instanceof InputError) return 'unreadable';
    throw error;
  }
}

/**
 * Opens a run's folder and reads its journal once; nothing in it is changed or locked.
 * @throws InputError when the folder holds no run.
 */
export async function openRunViews(context: CliContext, folder: string): Promise<OpenRunViews> {
  const { taskNow, ...place } = await placeOfRun(context, folder);
  const { manifest } = place;
  const journal = openSqliteJournal(join(folder, journalName), { flush: 'never', readOnly: true });
  try {
    const record = new RunRecord(manifest.settings);
    for (const event of journal.events()) record.apply(event);
    const views = createRunViews({ ...place, record, journal });
    return { manifest, place, taskNow, record, views, close: () => journal.close() };
  } catch (error) {
    journal.close();
    throw error;
  }
}
