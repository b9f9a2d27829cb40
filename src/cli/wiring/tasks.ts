import { resolve } from 'node:path';
import { unwrap } from '../../core/result.ts';
import type { GraderSpec, Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import { createGrader, graderNeedsGold, withGradeCache } from '../../grading/index.ts';
import { createPythonSandbox } from '../../grading/sandbox/index.ts';
import type { ChatModel } from '../../models/index.ts';
import { loadTask } from '../../tasks/index.ts';
import type { CliContext } from '../context.ts';
import { isPath, libraryFolders } from './library.ts';

export interface OpenTask {
  readonly task: Task;
  /** Folder that holds the task's files. */
  readonly folder: string;
}

/** A task by name (from the libraries) or by folder. */
export async function openTask(context: CliContext, nameOrFolder: string): Promise<OpenTask> {
  const wanted = isPath(nameOrFolder) ? resolve(context.cwd, nameOrFolder) : nameOrFolder;
  const loaded = await loadTask(wanted, {
    tasksFolders: libraryFolders(context, 'tasks'),
    needsGold: graderNeedsGold,
  });
  const { folder, ...task } = unwrap(loaded);
  return { task, folder };
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
