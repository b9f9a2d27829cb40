import { basename, join, resolve } from 'node:path';
import { parseYaml } from '../core/yaml.ts';
import { taskFileSchema } from '../domain/task.ts';
import { nodeTaskFiles, type TaskFiles } from './task-files.ts';

/** A task as a list shows it; `problem` where its file cannot be read. */
export interface TaskSummary {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly grader?: string;
  readonly problem?: string;
}

/** The tasks in the given folders, by name; of equal names the first folder's. */
export async function listTasks(
  tasksFolders: readonly string[],
  files: TaskFiles = nodeTaskFiles,
): Promise<TaskSummary[]> {
  const folders = await listTaskFolders(tasksFolders, files);
  const byName = new Map(folders.toReversed().map((folder) => [basename(folder), folder]));
  const names = [...byName.keys()].sort();
  return Promise.all(names.map((name) => summarize(name, byName.get(name) ?? name, files)));
}

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

async function summarize(name: string, folder: string, files: TaskFiles): Promise<TaskSummary> {
  const path = join(folder, 'task.yaml');
  const content = await files.read(path);
  if (content?.kind !== 'text') return { name, folder, description: '', problem: `${path}: not readable` };
  const yaml = parseYaml(content.text, path);
  if (!yaml.ok) return { name, folder, description: '', problem: yaml.error.message };
  const parsed = taskFileSchema.safeParse(yaml.value.value);
  if (!parsed.success) return { name, folder, description: '', problem: `${path}: not a task file` };
  return { name, folder, description: parsed.data.description.trim(), grader: parsed.data.grader.name };
}
