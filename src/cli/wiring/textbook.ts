import { join } from 'node:path';
import { createTextbook, type Textbook } from '../../sim/index.ts';
import { listTasks, loadTask } from '../../tasks/index.ts';
import type { CliContext } from '../context.ts';

/**
 * What the simulated models know by heart: the tasks that mixtune ships, not the user's own. A shipped
 * task that cannot be read is not in the book; whoever uses it is told why where it is loaded.
 */
export async function openTextbook({ packageFolder }: Pick<CliContext, 'packageFolder'>): Promise<Textbook> {
  const tasksFolders = [join(packageFolder, 'tasks')];
  const tasks = await listTasks(tasksFolders);
  const loaded = await Promise.all(tasks.map(({ folder }) => loadTask(folder, { tasksFolders })));
  return createTextbook(loaded.flatMap((task) => (task.ok ? [task.value] : [])));
}
