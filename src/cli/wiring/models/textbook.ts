import { join } from 'node:path';
import { remembered } from '../../../core/remembered.ts';
import { chapterOf, createTextbook, knownShare, type Textbook } from '../../../sim/index.ts';
import { type LoadedTask, loadTask } from '../../../tasks/load-task.ts';
import { nodeTaskFiles } from '../../../tasks/task-files.ts';
import { listTaskFolders } from '../../../tasks/task-folders.ts';
import type { CliContext } from '../../context.ts';

/** A package's own tasks, and the book of them alone. */
interface Shipped {
  /** By folder. */
  readonly tasks: ReadonlyMap<string, LoadedTask>;
  readonly textbook: Textbook;
}

/** By package folder: a package stays as it is while a process runs, and reading it takes longer than most commands. */
const shippedIn = new Map<string, Promise<Shipped>>();

/**
 * What the simulated models know by heart: the tasks that mixtune ships and those given, whole. A shipped
 * task that cannot be read is not in the book; whoever uses it is told why where it is loaded. The shipped
 * tasks are read once in a process.
 */
export async function openTextbook(
  { packageFolder }: Pick<CliContext, 'packageFolder'>,
  taskFolders: readonly string[] = [],
  load = loadAll,
): Promise<Textbook> {
  const { tasks, textbook } = await shippedWith(packageFolder);
  if (taskFolders.length === 0) return textbook;
  const known = taskFolders.flatMap((folder) => tasks.get(folder) ?? []);
  const areShipped = known.length === taskFolders.length;
  const given = areShipped ? known : await load(taskFolders);
  const names = given.map(({ name }) => name);
  const others = [...tasks.values()].filter(({ name }) => !names.includes(name));
  const whole = areShipped ? textbook : createTextbook([...others, ...given]);
  // What a task asks is found in it, whatever other tasks ask the same.
  const own = createTextbook(given);
  return {
    hash: whole.hash,
    chapters: () => whole.chapters(),
    find: (text) => own.find(text) ?? whole.find(text),
  };
}

function shippedWith(packageFolder: string): Promise<Shipped> {
  return remembered(shippedIn, packageFolder, () => readShipped(packageFolder));
}

async function readShipped(packageFolder: string): Promise<Shipped> {
  const shipped = await loadAll(await listTaskFolders([join(packageFolder, 'tasks')], nodeTaskFiles));
  return {
    tasks: new Map(shipped.map((task) => [task.folder, task])),
    textbook: createTextbook(shipped),
  };
}

/** As tasks are read for {@link openTextbook} and {@link guessNotice}, each once. */
export function readOnce(): typeof loadAll {
  const read = new Map<string, Promise<LoadedTask[]>>();
  return (folders) => remembered(read, JSON.stringify(folders), () => loadAll(folders));
}

async function loadAll(folders: readonly string[]): Promise<LoadedTask[]> {
  const loaded = await Promise.all(
    [...new Set(folders)].map((folder) => loadTask(folder, { tasksFolders: [] })),
  );
  return loaded.flatMap((task) => (task.ok ? [task.value] : []));
}

/**
 * What people must be told of simulated models that do not know a task: nothing where they know it all.
 * @param server what the textbook of simulated models behind an endpoint holds; those in this process have the task
 */
export async function guessNotice(
  { packageFolder }: Pick<CliContext, 'packageFolder'>,
  taskFolder: string,
  server: readonly string[] | undefined,
  load = loadAll,
): Promise<string | undefined> {
  const shipped = (await shippedWith(packageFolder)).tasks.get(taskFolder);
  const [task] = shipped === undefined ? await load([taskFolder]) : [shipped];
  if (task === undefined) return undefined;
  const why = 'scores say nothing of any model, or of which config is better';
  const share = knownShare(task);
  if (share === 0) {
    return `The simulated models GUESS: they have no way to know what answers the grader ${task.grader.name} takes as right, so ${why}`;
  }
  const chapter = server === undefined ? null : chapterOf(task);
  // What is known without a book, such as the code challenge, every server knows.
  if (server !== undefined && chapter !== null && !server.includes(chapter)) {
    return `The simulated models GUESS: their server does not know ${task.name} (start it with --task ${task.name}), so ${why}`;
  }
  if (share === 1) return undefined;
  return `The simulated models GUESS at ${Math.round(100 * (1 - share))}% of the questions, whose gold answers they cannot learn`;
}
