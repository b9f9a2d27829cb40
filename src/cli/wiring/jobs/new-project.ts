import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { boundsText } from '../../../domain/bound-text.ts';
import type { Bounds } from '../../../domain/bounds.ts';
import { makeFolder } from '../../../models/make-folder.ts';
import type { ImportedTask } from '../../../tasks/import/import-task.ts';
import { writeTask } from '../../../tasks/import/write-task.ts';
import { replaceFile } from '../../../tasks/replace-file.ts';
import { type AnswerLimit, answerLimit } from './answer-length.ts';

/** What a new project tunes, with what, and for how much; ceilings as in a job file. */
export interface NewProject {
  readonly task: ImportedTask;
  readonly models: readonly string[];
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  /** The price file, seen from the project's folder. */
  readonly prices?: string;
  readonly bounds?: Bounds;
  readonly ceilings: Readonly<Record<string, string | number>>;
}

/** The project's files, relative to its folder. */
export function projectPaths(name: string) {
  return { task: join('tasks', name), space: join('search-spaces', `${name}.yaml`), job: `${name}.job.yaml` };
}

/** Those that are there already. */
export async function takenPaths(folder: string, name: string): Promise<string[]> {
  const found = await Promise.all(
    Object.values(projectPaths(name)).map(async (path) =>
      lstat(join(folder, path)).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return found.flat();
}

/**
 * Writes task, space and job; what is there is replaced. What stands in their way is found before the first is written.
 * @throws InputError
 */
export async function writeProject(folder: string, project: NewProject): Promise<void> {
  const { name } = project.task.file;
  const paths = projectPaths(name);
  const folders = [folder, join(folder, 'tasks'), join(folder, 'search-spaces'), join(folder, paths.task)];
  for (const path of folders) await refuseUnlessFolder(path);
  for (const path of [paths.space, paths.job]) await refuseFolder(join(folder, path));
  makeFolder(join(folder, 'search-spaces'));
  unwrap(await writeTask(join(folder, 'tasks'), project.task, { force: true }));
  await replaceFile(join(folder, paths.space), spaceText(name, answerLimit(project.task)));
  await replaceFile(join(folder, paths.job), jobText(project));
}

async function refuseUnlessFolder(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new InputError(path, {
    expected: 'a folder, or nothing yet (init takes another one as its argument)',
    found: found === undefined ? 'a link that leads nowhere' : 'a file',
  });
}

async function refuseFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return;
  throw new InputError(path, {
    expected: 'a file to replace, or nothing yet (take another --name)',
    found: 'a folder',
  });
}

function spaceText(name: string, answers: AnswerLimit | undefined): string {
  const maxTokens = answers?.maxTokens;
  const description = `What may vary for ${name}.`;
  const space = { version: 1, name, description, extends: 'default', ...defined({ maxTokens }) };
  const limit =
    answers === undefined
      ? ''
      : `# Answers are ${answers.what}; models that think at length need a larger maxTokens.\n`;
  return `# yaml-language-server: $schema=https://unpkg.com/mixtune/docs/search-space.schema.json
# What is not said here is as in the space "default" (mixtune spaces show ${name} prints all of it). For example:
# temperatures: [0, 0.7]
# prompts: { single: [Answer in one word.] }
${limit}${stringify(space)}`;
}

function jobText({ task, models, baseUrl, apiKeyEnv, prices, bounds, ceilings }: NewProject): string {
  const { name } = task.file;
  const job = {
    version: 1,
    task: `./tasks/${name}`,
    space: `./search-spaces/${name}.yaml`,
    models,
    ...defined({ baseUrl, apiKeyEnv, prices, bound: bounds && boundsText(bounds) }),
    ...ceilings,
    seed: 1,
  };
  return `# yaml-language-server: $schema=https://unpkg.com/mixtune/docs/job.schema.json
# Options of \`mixtune tune\` by their names; options on the line replace them (docs/job-files.md).
${stringify(job, { lineWidth: 100 })}`;
}
