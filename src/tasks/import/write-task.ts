import { mkdir, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { codeOf, InputError } from '../../core/errors.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { halfCharacter } from '../../domain/validation.ts';
import { isDraft, replaceFiles } from '../replace-file.ts';
import type { ImportedTask } from './import-task.ts';

/** Task names are folder names below the tasks folder, and nothing else. */
export const taskNamePattern = /^[a-z0-9][a-z0-9-]{0,99}$/;

/** A task's name by that of its data file: `Support tickets.csv.gz`, `support-tickets`. */
export function taskNameOf(file: string): string {
  const stem = basename(file)
    .replace(/\.gz$/i, '')
    .replace(/\.[^.]*$/, '');
  return (
    stem
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'data'
  );
}

/** The two files of an imported task. */
function taskTexts(task: ImportedTask): Readonly<Record<'task.yaml' | 'instances.jsonl', string>> {
  return {
    'task.yaml': stringify(task.file, { lineWidth: 110 }),
    'instances.jsonl': `${task.instances.map((instance) => JSON.stringify(instance)).join('\n')}\n`,
  };
}

/**
 * Writes a task below a folder of tasks, which is made where it is missing. A task that is there stays
 * untouched unless `force`; a link that leads out of the folder is not followed.
 */
export async function writeTask(
  tasksFolder: string,
  task: ImportedTask,
  options: { readonly force: boolean },
): Promise<Result<string, InputError>> {
  const { name } = task.file;
  if (!taskNamePattern.test(name)) {
    return err(
      new InputError('--name', {
        found: JSON.stringify(name),
        expected: 'lower-case words joined by hyphens',
      }),
    );
  }
  const half = halfCharacter(task.file, 'the task');
  if (half !== undefined) return err(half);
  await mkdir(tasksFolder, { recursive: true });
  const folder = join(tasksFolder, name);
  if (!options.force && (await isTaken(folder))) {
    return err(
      new InputError('--name', {
        found: folder,
        expected: 'a name that is not taken (or --force)',
      }),
    );
  }
  await mkdir(folder, { recursive: true });
  if ((await realpath(folder)) !== join(await realpath(tasksFolder), name)) {
    return err(
      new InputError('--name', {
        found: `${folder}, a link elsewhere`,
        expected: 'a folder of its own',
      }),
    );
  }
  const texts = Object.entries(taskTexts(task)).map(([file, text]) => [join(folder, file), text]);
  await replaceFiles(Object.fromEntries(texts));
  return ok(folder);
}

/** What an import leaves that was killed, or found the disk full, is in nobody's way. */
async function isTaken(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch((error: unknown) => codeOf(error) !== 'ENOENT');
  return typeof entries === 'boolean' ? entries : !entries.every(isDraft);
}
