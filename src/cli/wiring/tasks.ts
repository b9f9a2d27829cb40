import { resolve } from 'node:path';
import { unwrap } from '../../core/result.ts';
import type { GraderSpec, Task } from '../../domain/task.ts';
import type { Grader } from '../../grading/grader.ts';
import type { ChatModel } from '../../models/index.ts';
import { loadTask } from '../../tasks/index.ts';
import type { CliContext } from '../context.ts';
import { isPath, libraryFolders, listNames, unknownName } from './library.ts';

export interface OpenTask {
  readonly task: Task;
  /** Folder that holds the task's files. */
  readonly folder: string;
}

/** A task by name (from the libraries) or by folder. */
export async function openTask(context: CliContext, nameOrFolder: string): Promise<OpenTask> {
  const folder = isPath(nameOrFolder)
    ? resolve(context.cwd, nameOrFolder)
    : await findTask(context, nameOrFolder);
  return { task: unwrap(await loadTask(folder, { tasksFolders: [] })), folder };
}

async function findTask(context: CliContext, name: string): Promise<string> {
  const tasks = await listNames(libraryFolders(context, 'tasks'), 'directory');
  const found = tasks.find((task) => task.name === name);
  if (found !== undefined) return found.path;
  throw unknownName(
    'task',
    'task',
    name,
    tasks.map((task) => task.name),
  );
}

/** A grader ready to judge; `close` ends the sandbox's processes. */
export interface OpenGrader {
  readonly grader: Grader;
  close(): Promise<void>;
}

/** Builds a task's grader with its sandbox. */
export async function openGrader(spec: GraderSpec, folder: string, model?: ChatModel): Promise<OpenGrader> {
  const [{ createGrader }, { createPythonSandbox }] = await Promise.all([
    import('../../grading/index.ts'),
    import('../../grading/sandbox/index.ts'),
  ]);
  const python = await createPythonSandbox({});
  try {
    const grader = unwrap(
      createGrader(spec, { python, taskFolder: folder, ...(model === undefined ? {} : { model }) }),
    );
    return {
      grader,
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
