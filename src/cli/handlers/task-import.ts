import { readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { exitCodes, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { suggest } from '../../core/suggest.ts';
import { graderNames } from '../../grading/index.ts';
import { createColors } from '../../report/colors.ts';
import {
  type ImportedTask,
  importTask,
  readTable,
  type Table,
  taskNamePattern,
  writeTask,
} from '../../tasks/import/index.ts';
import { splitTask } from '../../tasks/index.ts';
import { type CliContext, wantsColor, writeJson, writeLine } from '../context.ts';
import type { TaskImportOptions } from '../options.ts';

/** Largest data file read, packed (256 MiB). */
const mostBytes = 256 * 1024 * 1024;
const shownInstances = 3;
const shownLabels = 10;

export async function taskImport(
  file: string,
  options: TaskImportOptions,
  context: CliContext,
): Promise<number> {
  checkOptions(options);
  const table = unwrap(readTable(await readData(resolve(context.cwd, file), file), file));
  const task = unwrap(importTask(table, file, options));
  const tasksFolder = resolve(context.cwd, options.out);
  const folder =
    options.preview === true
      ? null
      : unwrap(await writeTask(tasksFolder, task, { force: options.force === true }));
  const preview = previewOf(table, task);
  if (options.json === true) writeJson(context.stdout, { ...preview, folder });
  else print(context, preview, folder, options);
  return exitCodes.done;
}

function checkOptions({ name, grader, prompt }: TaskImportOptions): void {
  if (!taskNamePattern.test(name)) {
    throw new InputError('--name', {
      path: '',
      expected: 'lower-case words joined by hyphens, such as support-intent',
      found: JSON.stringify(name),
    });
  }
  if (grader !== undefined && !graderNames.includes(grader)) {
    const suggestion = suggest(grader, graderNames);
    throw new InputError('--grader', {
      path: '',
      expected: `one of ${graderNames.join(', ')}`,
      found: JSON.stringify(grader),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  if (prompt !== undefined && !prompt.includes('{{input}}')) {
    throw new InputError('--prompt', {
      path: '',
      expected: 'a text with {{input}} where the question goes',
      found: JSON.stringify(prompt.slice(0, 60)),
    });
  }
}

async function readData(path: string, shown: string): Promise<Uint8Array> {
  const fault = (found: string): InputError =>
    new InputError(shown, { path: '', expected: 'a data file that can be read', found });
  const status = await stat(path).catch((error: unknown) => {
    throw fault((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : messageOf(error));
  });
  if (!status.isFile()) throw fault('something that is no regular file');
  if (status.size > mostBytes) throw fault(`${status.size} bytes, more than ${mostBytes}`);
  return readFile(path).catch((error: unknown) => {
    throw fault(messageOf(error));
  });
}

interface Preview {
  readonly name: string;
  readonly format: Table['format'];
  readonly grader: string;
  /** Why this grader, where none was named. */
  readonly guess: string | null;
  readonly prompt: string | null;
  readonly instances: number;
  readonly tuning: number;
  readonly holdout: number;
  /** Instances by label, most frequent first. */
  readonly labels: Readonly<Record<string, number>>;
  readonly first: ImportedTask['instances'];
}

function previewOf(table: Table, task: ImportedTask): Preview {
  const split = splitTask(task.instances, task.file.split);
  const counts = new Map<string, number>();
  for (const { label } of task.instances) {
    if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return {
    name: task.file.name,
    format: table.format,
    grader: task.file.grader.name,
    guess: task.guess ?? null,
    prompt: task.file.prompt ?? null,
    instances: task.instances.length,
    tuning: split.tuning.length,
    holdout: split.holdout.length,
    labels: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1])),
    first: task.instances.slice(0, shownInstances),
  };
}

function print(
  context: CliContext,
  preview: Preview,
  folder: string | null,
  options: TaskImportOptions,
): void {
  const { stdout, env, cwd } = context;
  const colors = createColors(wantsColor(stdout, env));
  const { name, instances, tuning, holdout } = preview;
  writeLine(
    stdout,
    colors.bold(
      `${name}: ${instances} instances (${tuning} tuning, ${holdout} holdout) from ${preview.format}`,
    ),
  );
  writeLine(stdout, `Grader: ${preview.guess ?? preview.grader}`);
  const labels = Object.entries(preview.labels);
  if (labels.length > 0) {
    const shown = labels.slice(0, shownLabels).map(([label, count]) => `${label} ${count}`);
    const rest = labels.length > shownLabels ? `, and ${labels.length - shownLabels} more` : '';
    writeLine(stdout, `Labels: ${shown.join(', ')}${rest}`);
  }
  for (const { id, input, gold } of preview.first) {
    writeLine(
      stdout,
      `\n${colors.bold(id)}\n  input: ${oneLine(input)}\n  gold:  ${oneLine(JSON.stringify(gold))}`,
    );
  }
  writeLine(stdout);
  if (folder === null) {
    writeLine(stdout, 'Nothing was written (--preview).');
    return;
  }
  const shown = relative(cwd, folder).startsWith('..') ? folder : relative(cwd, folder);
  const known =
    resolve(cwd, options.out) === join(cwd, 'tasks') ? name : `./${shown}`.replace(/^\.\/\//, '/');
  writeLine(stdout, `Written to ${shown}; prompt and description can be edited in its task.yaml.`);
  writeLine(stdout, `Check it:  mixtune task check ${known}\nTune it:   mixtune tune ${known}`);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
