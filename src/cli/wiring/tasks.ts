import { resolve } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import type { GraderSpec, Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import { createGrader, graderNeedsGold, withGradeCache } from '../../grading/index.ts';
import { createPythonSandbox } from '../../grading/sandbox/index.ts';
import type { ChatModel } from '../../models/index.ts';
import type { Manifest } from '../../run/index.ts';
import { judgeOf } from '../../run/rehearse/index.ts';
import { limitTuning, loadTask } from '../../tasks/index.ts';
import type { CliContext } from '../context.ts';
import { isPath, libraryFolders } from './library.ts';

export interface OpenTask {
  readonly task: Task;
  /** Folder that holds the task's files. */
  readonly folder: string;
}

/** How a run changes a task; kept in its manifest, so that whoever opens the task again gets the same one. */
export interface TaskChanges {
  /** Most tuning instances; the holdout stays whole. */
  readonly tuningInstances?: number;
  /** The model that judges in place of the task's own. */
  readonly judge?: string;
}

/** A task by name (from the libraries) or by folder. */
export async function openTask(
  context: CliContext,
  nameOrFolder: string,
  changes: TaskChanges = {},
): Promise<OpenTask> {
  const wanted = isPath(nameOrFolder) ? resolve(context.cwd, nameOrFolder) : nameOrFolder;
  const loaded = await loadTask(wanted, {
    tasksFolders: libraryFolders(context, 'tasks'),
    needsGold: graderNeedsGold,
  });
  const { folder, ...whole } = unwrap(loaded);
  const { tuningInstances, judge } = changes;
  const task = tuningInstances === undefined ? whole : limitTuning(whole, tuningInstances);
  return { task: judge === undefined ? task : judgedBy(task, judge), folder };
}

/** The task of a run as the run saw it. */
export function openTaskOfRun(context: CliContext, task: Manifest['task']): Promise<OpenTask> {
  return openTask(context, task.folder ?? task.name, task);
}

/** The models given and, where a task has one, the judge's. */
export function withJudge(models: readonly string[], task: Pick<Task, 'grader'>): string[] {
  const judge = judgeOf(task)?.model;
  return [...new Set([...models, ...(judge === undefined ? [] : [judge])])];
}

function judgedBy(task: Task, model: string): Task {
  if (task.grader.name === 'judge') return { ...task, grader: { ...task.grader, model } };
  throw new InputError('--judge', {
    path: '',
    expected: 'a task that is graded by a judge',
    found: `${task.name}, graded by ${task.grader.name}`,
  });
}

/** A grader ready to judge; `close` ends the sandbox's processes. */
export interface OpenGrader {
  readonly grader: Grader;
  close(): Promise<void>;
}

/** Builds a task's grader with its sandbox. */
export async function openGrader(spec: GraderSpec, folder: string, model?: ChatModel): Promise<OpenGrader> {
  const python = await createPythonSandbox({});
  try {
    const grader = unwrap(
      createGrader(spec, { python, taskFolder: folder, ...(model === undefined ? {} : { model }) }),
    );
    return {
      // Answers of simulated and cached calls recur; grading them again would only cost time.
      grader: withGradeCache(grader),
      close: async () => {
        await grader.close?.();
        await python.close();
      },
    };
  } catch (error) {
    await python.close();
    throw error;
  }
}
