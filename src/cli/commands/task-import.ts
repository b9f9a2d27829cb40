import { readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { defined } from '../../core/defined.ts';
import { codeOf, exitCodes, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { suggest } from '../../core/suggest.ts';
import { type Task, taskFileSchema } from '../../domain/task.ts';
import { createGrader, graderNames } from '../../grading/create-grader.ts';
import { graderKind } from '../../grading/registry.ts';
import { createPythonSandbox } from '../../grading/sandbox/index.ts';
import { type ShownGrade, showGrader } from '../../grading/task-check/sample.ts';
import { createColors } from '../../report/colors.ts';
import { isEncoding, mostBytes } from '../../tasks/import/decode-text.ts';
import { wantedFields } from '../../tasks/import/import-options.ts';
import { type ImportedTask, importTask } from '../../tasks/import/import-task.ts';
import { type DataTable, readTable } from '../../tasks/import/read-table.ts';
import { taskNamePattern, writeTask } from '../../tasks/import/write-task.ts';
import { splitTask } from '../../tasks/split-task.ts';
import {
  argument,
  defineCommand,
  type OptionsOf,
  on,
  requiredText,
  text,
  textOr,
  value,
} from '../command.ts';
import { type CliContext, wantsColor, writeJson, writeLine } from '../context.ts';
import { jsonFlags } from '../flags.ts';
import { parseCountFrom, parseList } from '../option-values.ts';

const flags = {
  name: requiredText('<name>', "the task's name: lower-case words joined by hyphens"),
  input: requiredText(
    '<field>',
    'field that holds the question; several with commas (messages.0.content reaches inside)',
  ),
  gold: requiredText('<field>', 'field that holds the gold answer, or the tests'),
  grader: text('<name>', 'how answers are graded (default: by the gold answers)'),
  label: text('<field>', 'field to keep in proportion on both sides of the split'),
  reference: text('<field>', 'field with an answer that deserves full marks, where gold holds tests'),
  id: text('<field>', 'field that holds ids (default: id where every row has one, else numbers)'),
  prompt: text('<text>', 'the question asked, with {{input}} in it (default: by the grader)'),
  template: text('<text>', 'the question from several fields, with {{field}} in it'),
  rows: text('<path>', 'where the rows stand in a JSON or YAML document, if there are several lists'),
  columns: value('<names>', 'names of the columns of a CSV file without a line of names', parseList),
  encoding: text('<name>', 'encoding of the text (default: UTF-8, or UTF-16 by its mark)'),
  description: text('<text>', 'what the task asks, for people and prompt writers'),
  limit: value('<n>', 'take only the first so many rows', parseCountFrom(1)),
  out: textOr('<folder>', 'folder of tasks to write to', 'tasks'),
  preview: on('show what would be written, and write nothing'),
  force: on('replace the task of that name'),
  ...jsonFlags,
};
type TaskImportOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Makes a task of a data file (JSON Lines, JSON, YAML, CSV, TSV or Parquet; plain or gzip). Every row is checked first; faulty ones are listed and nothing is written. Without --grader one is chosen by the form of the gold answers.',
  arguments: [argument('file', 'the data file')],
  flags,
  examples: [
    'mixtune task import faq.csv --name faq --input question --gold answer --preview',
    'mixtune task import mbpp.jsonl.gz --name mbpp --input input --gold tests --reference reference_code',
    'mixtune task import mmlu-pro.parquet --name mmlu-pro --input question,options --gold answer',
  ],
  run: ([file], options, context) => taskImport(file, options, context),
});

const shownInstances = 3;
const shownLabels = 10;

async function taskImport(file: string, options: TaskImportOptions, context: CliContext): Promise<number> {
  checkOptions(options);
  const { rows, columns, encoding } = options;
  const table = unwrap(
    await readTable(await readData(resolve(context.cwd, file), file), file, {
      wanted: wantedFields(options),
      ...defined({ rows, columns, encoding }),
    }),
  );
  const task = unwrap(importTask(table, file, options));
  const tasksFolder = resolve(context.cwd, options.out);
  const folder =
    options.preview === true
      ? null
      : unwrap(await writeTask(tasksFolder, task, { force: options.force === true }));
  const preview = { ...previewOf(table, task), shown: await gradedGolds(task) };
  if (options.json === true) writeJson(context.stdout, { ...preview, folder });
  else print(context, preview, folder, options);
  return exitCodes.done;
}

/** What the grader makes of three of the file's own gold answers; where it needs more than texts, `task check` takes the time. */
async function gradedGolds({ file, instances }: ImportedTask): Promise<readonly ShownGrade[]> {
  if (graderKind(file.grader.name)?.judgesText !== true) return [];
  const python = await createPythonSandbox({});
  try {
    const grader = unwrap(createGrader(file.grader, { python, taskFolder: '' }));
    const task: Task = { ...taskFileSchema.parse(file), hash: '', tuning: instances, holdout: [] };
    return await showGrader(task, instances, grader);
  } finally {
    await python.close();
  }
}

function checkOptions({ name, grader, prompt, encoding }: TaskImportOptions): void {
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
      ...defined({ suggestion }),
    });
  }
  if (encoding !== undefined && !isEncoding(encoding)) {
    throw new InputError('--encoding', {
      path: '',
      expected: 'an encoding such as windows-1252, utf-16le, shift_jis or gb18030',
      found: JSON.stringify(encoding),
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
    throw fault(codeOf(error) === 'ENOENT' ? 'no such file' : messageOf(error));
  });
  if (!status.isFile()) throw fault('something that is no regular file');
  if (status.size > mostBytes) throw fault(`${status.size} bytes, more than ${mostBytes}`);
  return readFile(path).catch((error: unknown) => {
    throw fault(messageOf(error));
  });
}

interface Preview {
  readonly name: string;
  readonly format: DataTable['format'];
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
  /** What was read otherwise than it stands in the file, and what people should know. */
  readonly notes: readonly string[];
  /** Gold answers as the grader sees them. */
  readonly shown: readonly ShownGrade[];
}

function previewOf(table: DataTable, task: ImportedTask): Omit<Preview, 'shown'> {
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
    notes: task.notes,
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
  for (const line of preview.shown.map(shownText)) writeLine(stdout, `  ${line}`);
  for (const note of preview.notes) writeLine(stdout, `Note: ${note}.`);
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

function shownText({ row, answer, value, note, other }: ShownGrade): string {
  const quote = (text: string): string => JSON.stringify(text.length > 40 ? `…${text.slice(-39)}` : text);
  if (value === null)
    return `the gold answer of row ${row} cannot be graded (${oneLine(note)}): this is the wrong grader`;
  if (value < 1)
    return `the gold answer of row ${row} would score ${value.toFixed(2)}: this is the wrong grader (${quote(answer)})`;
  const others =
    other === undefined
      ? ''
      : `; that of row ${other.row}, ${quote(other.answer)}, gets ${(other.value ?? 0).toFixed(2)}`;
  return `the gold answer of row ${row}, ${quote(answer)}, gets 1.00${others}`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
