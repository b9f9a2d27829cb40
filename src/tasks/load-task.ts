import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { sha256 } from '../core/canonical-json.ts';
import { InputError } from '../core/errors.ts';
import { isInside } from '../core/inside.ts';
import { err, ok, type Result } from '../core/result.ts';
import { unknownName } from '../core/unknown-name.ts';
import { parseYaml } from '../core/yaml.ts';
import { type GraderSpec, type Task, type TaskFile, taskFileSchema } from '../domain/task.ts';
import { halfCharacter, parseWith } from '../domain/validation.ts';
import { readInstances } from './read-instances.ts';
import { splitTask } from './split-task.ts';
import { nodeTaskFiles, type TaskFiles } from './task-files.ts';
import { listTaskFolders } from './task-folders.ts';

export interface LoadTaskOptions {
  /** Folders that hold task folders, searched in order. */
  readonly tasksFolders: readonly string[];
  /** Default: this machine's files. */
  readonly files?: TaskFiles;
  /** Whether a grader needs a gold answer in every instance (`graderNeedsGold`). Default: none does. */
  readonly needsGold?: (grader: GraderSpec) => boolean;
  /** Told of the file of instances, and its length in UTF-16 units, before its rows are looked at. */
  readonly onRead?: (path: string, length: number) => void;
}

/** A task with the folder it was read from. */
export type LoadedTask = Task & { readonly folder: string };

const taskFileName = 'task.yaml';

/**
 * Loads a task by its name in one of the tasks folders, or by the path of its folder or task.yaml.
 * Faults name file, line, path, what was found and what was expected.
 */
export async function loadTask(
  nameOrFolder: string,
  options: LoadTaskOptions,
): Promise<Result<LoadedTask, InputError>> {
  const files = options.files ?? nodeTaskFiles;
  const folder = await findFolder(nameOrFolder, options.tasksFolders, files);
  if (!folder.ok) return folder;
  const path = join(folder.value, taskFileName);
  const text = await readInside(folder.value, taskFileName, files, path);
  if (!text.ok) return text;
  const file = parseTaskFile(text.value, path);
  if (!file.ok) return file;
  const instancesPath = join(folder.value, file.value.instances);
  const instancesText = await readInside(folder.value, file.value.instances, files, path);
  if (!instancesText.ok) return instancesText;
  options.onRead?.(instancesPath, instancesText.value.length);
  const needsGold = options.needsGold?.(file.value.grader) ?? false;
  const instances = readInstances(instancesText.value, instancesPath, needsGold);
  if (!instances.ok) return instances;
  return ok({
    ...file.value,
    ...splitTask(instances.value, file.value.split),
    hash: sha256([text.value, instancesText.value]),
    folder: folder.value,
  });
}

function parseTaskFile(text: string, path: string): Result<TaskFile, InputError> {
  const yaml = parseYaml(text, path);
  if (!yaml.ok) return yaml;
  const file = parseWith(taskFileSchema, yaml.value.value, path, yaml.value.lineOf);
  const half = file.ok ? halfCharacter(file.value, path) : undefined;
  return half === undefined ? file : err(half);
}

async function findFolder(
  nameOrFolder: string,
  tasksFolders: readonly string[],
  files: TaskFiles,
): Promise<Result<string, InputError>> {
  const isPath = nameOrFolder.includes('/') || nameOrFolder.includes(sep) || nameOrFolder.startsWith('.');
  if (isPath) {
    const folder = resolve(basename(nameOrFolder) === taskFileName ? join(nameOrFolder, '..') : nameOrFolder);
    if (await files.isFolder(folder)) return ok(folder);
    const isThere = (await files.realPath(folder)) !== undefined;
    return err(
      new InputError('task', {
        found: `${nameOrFolder}, which ${isThere ? 'is no folder' : 'does not exist'}`,
        expected: `a folder with ${taskFileName}${wayOut(nameOrFolder)}`,
      }),
    );
  }
  const known = await listTaskFolders(tasksFolders, files);
  const match = known.find((folder) => basename(folder) === nameOrFolder);
  return match === undefined ? err(unknownTask(nameOrFolder, known)) : ok(match);
}

/** What a data file is taken for where a task is wanted. */
const dataFile = /\.(csv|tsv|jsonl|ndjson|parquet|xlsx)(\.gz)?$/i;

/** The way out where a data file was named. */
const wayOut = (name: string): string =>
  dataFile.test(name) ? ' (mixtune init --data FILE makes one of a data file)' : '';

function unknownTask(name: string, known: readonly string[]): InputError {
  const names = [...new Set(known.map((folder) => basename(folder)))];
  const expected =
    names.length === 0 ? 'the path of a task folder' : `one of ${names.join(', ')}, or a task folder's path`;
  return unknownName('task', `${expected}${wayOut(name)}`, name, names);
}

/**
 * Text of a file of the task. What a task names must lie in its folder, also after symbolic links: a
 * task taken from elsewhere cannot have other files of this machine sent to a model.
 */
async function readInside(
  folder: string,
  name: string,
  files: TaskFiles,
  namedIn: string,
): Promise<Result<string, InputError>> {
  const path = join(folder, name);
  const [realFolder, realPath] = [await files.realPath(folder), await files.realPath(path)];
  if (isAbsolute(name) || !isInside(folder, path)) return err(outside(name, namedIn));
  if (realFolder === undefined || realPath === undefined) {
    return err(new InputError(path, { found: 'no such file', expected: 'a file of the task' }));
  }
  if (!isInside(realFolder, realPath)) return err(outside(name, namedIn));
  const content = await files.read(realPath);
  if (content?.kind === 'text') return ok(content.text);
  const found = content?.reason ?? 'no such file';
  return err(new InputError(path, { found, expected: 'a UTF-8 text file' }));
}

function outside(name: string, namedIn: string): InputError {
  const path = name === taskFileName ? '' : 'instances';
  return new InputError(namedIn, {
    path,
    found: JSON.stringify(name),
    expected: "a file inside the task's folder",
  });
}
