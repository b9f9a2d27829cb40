import { join, resolve } from 'node:path';
import type { TaskFiles } from './task-files.ts';

/** Every folder that holds a task.yaml, in the order of the folders given. */
export async function listTaskFolders(tasksFolders: readonly string[], files: TaskFiles): Promise<string[]> {
  const found: string[] = [];
  for (const parent of tasksFolders) {
    for (const name of await files.folders(parent)) {
      const folder = resolve(parent, name);
      if ((await files.realPath(join(folder, 'task.yaml'))) !== undefined) found.push(folder);
    }
  }
  return found;
}
