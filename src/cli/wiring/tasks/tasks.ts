import { resolve } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import type { GraderSpec, Task } from '../../../domain/task.ts';
import {
  createGrader,
  graderNeedsGold,
  graderRunsTaskCode,
  judgeOf,
} from '../../../grading/create-grader.ts';
import { withGradeCache } from '../../../grading/grade-cache.ts';
import type { Grader, GraderDependencies, PythonSandbox } from '../../../grading/grader.ts';
import { graderKind } from '../../../grading/registry.ts';
import { createPythonSandbox } from '../../../grading/sandbox/index.ts';
import type { ChatModel } from '../../../models/chat-model.ts';
import { formatBytes } from '../../../report/format.ts';
import type { Manifest } from '../../../run/types.ts';
import { limitTuning } from '../../../tasks/limit-tuning.ts';
import { loadTask } from '../../../tasks/load-task.ts';
import type { CliContext } from '../../context.ts';
import { originOf, type Provenance } from '../configs/own-runs.ts';
import { isPath, libraryFolders, listNames } from '../library.ts';
import { largeBytes } from './task-data.ts';

export interface OpenTask {
  readonly task: Task;
  /** Folder that holds the task's files. */
  readonly folder: string;
  /** False where only a file named it: then programs in its folder do not run. */
  readonly named: boolean;
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
    onRead: (path, length) => {
      if (length > largeBytes) context.stderr.paragraph(`Reading ${path} (${formatBytes(length)}) …`);
    },
  });
  const { folder, ...whole } = unwrap(loaded);
  return { task: changedTask(whole, changes), folder, named: true };
}

/** @throws InputError where a judge is named for a task that none judges */
export function changedTask(whole: Task, { tuningInstances, judge }: TaskChanges): Task {
  const task = tuningInstances === undefined ? whole : limitTuning(whole, tuningInstances);
  return judge === undefined ? task : judgedBy(task, judge);
}

/** The task lies in a folder that only a file names: the command line has to say so. */
export class UnnamedFolderError extends InputError {}

/**
 * The task of a run, with the run's own changes to it: where the command line says, else where this user's
 * own run had it, else by name among the user's tasks, the one of the run's hash first. A folder that only
 * a file names is not opened. The caller looks whether the hash is the run's.
 */
export async function openTaskOfRun(
  context: CliContext,
  task: Manifest['task'],
  provenance: Provenance,
  place?: string,
): Promise<OpenTask> {
  if (place !== undefined) return openTask(context, place, task);
  const { own } = originOf(context, provenance);
  if (own && task.folder !== undefined) return openTask(context, task.folder, task);
  let other: OpenTask | undefined;
  for (const folder of libraryFolders(context, 'tasks')) {
    const found = (await listNames([folder], 'directory')).find(({ name }) => name === task.name);
    if (found === undefined) continue;
    const opened = await openTask(context, found.path, task);
    if (opened.task.hash === task.hash) return opened;
    other ??= { ...opened, named: own };
  }
  if (other !== undefined) return other;
  const expected = `--task with its folder, or task ${JSON.stringify(task.name)} among yours (./tasks, or those of mixtune)`;
  if (task.folder === undefined) throw new InputError('task', { expected, found: 'none' });
  throw new UnnamedFolderError('task', {
    path: 'folder',
    expected,
    found: `${JSON.stringify(task.folder)}, which is not opened on the word of a file that is not known to be yours`,
  });
}

/** The task of a run or lock, where it is still to be had. */
export function findTaskOfRun(
  context: CliContext,
  task: Manifest['task'],
  provenance: Provenance,
): Promise<OpenTask | undefined> {
  return openTaskOfRun(context, task, provenance).catch(() => undefined);
}

/** The models that judge a task's answers: none, one, or another on the holdout. */
export function judgesOf(task: GraderOfTask): string[] {
  const judges = [task.grader, holdoutSpec(task)].flatMap((grader) => judgeOf({ grader })?.model ?? []);
  return [...new Set(judges)];
}

/** Whether the grader asks models of which nothing but its own program knows the names. */
function asksUnnamedModels(task: GraderOfTask, grader: Pick<Grader, 'callsModels'>): boolean {
  return grader.callsModels === true && judgesOf(task).length === 0;
}

/**
 * The models whose prices a run keeps for its grader's calls, beside those that the task names: all that there are
 * where only the grader's program knows whom it asks.
 */
export function mayBeAsked(
  task: GraderOfTask,
  grader: Pick<Grader, 'callsModels'>,
  prices: ReadonlyMap<string, unknown> = new Map(),
): string[] {
  return asksUnnamedModels(task, grader) ? [...prices.keys()] : [];
}

/** Calls that grading an answer to a question of a split makes, where each brings a verdict. */
export function gradingCallsOf(task: GraderOfTask, split: 'tuning' | 'holdout'): number {
  const grader = split === 'holdout' ? holdoutSpec(task) : task.grader;
  return judgeOf({ grader })?.calls ?? 0;
}

/** The models given and, where a task has them, its judges. */
export function withJudge(models: readonly string[], task: GraderOfTask): string[] {
  return [...new Set([...models, ...judgesOf(task)])];
}

type GraderOfTask = Pick<Task, 'grader' | 'holdoutGrader'>;

function holdoutSpec({ grader, holdoutGrader }: GraderOfTask): GraderSpec {
  return { ...grader, ...holdoutGrader };
}

function judgedBy(task: Task, model: string): Task {
  if (graderKind(task.grader.name)?.judge !== undefined) {
    const { holdoutGrader } = task;
    return {
      ...task,
      grader: { ...task.grader, model },
      ...(holdoutGrader?.model === undefined ? {} : { holdoutGrader: { ...holdoutGrader, model } }),
    };
  }
  throw new InputError('--judge', {
    expected: 'a task that is graded by a judge',
    found: `${task.name}, graded by ${task.grader.name}`,
  });
}

/** A grader ready to judge; `close` ends the sandbox's processes. */
export interface OpenGrader {
  readonly grader: Grader;
  close(): Promise<void>;
}

/**
 * A task's grader. The options for the holdout are looked at too: there, at the end of a night, a mistake in
 * them would be found too late.
 * @throws InputError
 */
export function createTaskGrader(task: GraderOfTask, dependencies: GraderDependencies): Grader {
  const grader = unwrap(createGrader(task.grader, dependencies));
  if (task.holdoutGrader === undefined) return grader;
  const { name } = holdoutSpec(task);
  if (name !== task.grader.name) {
    throw new InputError('task.yaml', {
      path: 'holdoutGrader.name',
      expected: `the task's grader, ${task.grader.name}, with other options at most`,
      found: JSON.stringify(name),
    });
  }
  unwrap(createGrader(holdoutSpec(task), dependencies, 'task.yaml with the options of holdoutGrader'));
  return grader;
}

/**
 * Builds a task's grader with its sandbox.
 * @throws InputError where it would run programs of a task that the user did not name
 */
export async function openGrader(
  { task, folder, named }: Pick<OpenTask, 'folder' | 'named'> & { readonly task: GraderOfTask },
  model?: ChatModel,
  /** Default: this machine's. */
  sandbox?: PythonSandbox,
): Promise<OpenGrader> {
  if (!named && graderRunsTaskCode(task.grader)) {
    throw new InputError('task', {
      path: 'grader',
      expected: `--task ${folder}, if its program may run: nothing but the command line vouches for it here`,
      found: `grader ${task.grader.name}`,
    });
  }
  const python = sandbox ?? (await createPythonSandbox({}));
  try {
    const grader = createTaskGrader(task, {
      python,
      taskFolder: folder,
      ...defined({ model }),
    });
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
