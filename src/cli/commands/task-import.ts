import { join, relative, resolve } from 'node:path';
import { InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { graderKind } from '../../grading/registry.ts';
import type { ShownGrade } from '../../grading/task-check/sample.ts';
import { formatCommand, formatCounted } from '../../report/format.ts';
import type { Look } from '../../report/look.ts';
import { guessFields } from '../../tasks/import/guess-fields.ts';
import type { ImportedTask } from '../../tasks/import/import-task.ts';
import type { DataTable } from '../../tasks/import/read-table.ts';
import { fieldsOf } from '../../tasks/import/values.ts';
import { writeTask } from '../../tasks/import/write-task.ts';
import { splitTask } from '../../tasks/split-task.ts';
import { defineCommand } from '../command.ts';
import { argument, type OptionsOf, on, text, textOr, value } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { encodingFlags, jsonFlags } from '../flags.ts';
import { parseCountFrom, parseList } from '../option-values.ts';
import {
  type DataFile,
  type DataOptions,
  gradedGolds,
  importData,
  oneLineOf,
  readDataTable,
  shownGradeText,
} from '../wiring/tasks/task-data.ts';

const flags = {
  name: text('<name>', "needed: the task's name, lower-case words joined by hyphens"),
  input: text(
    '<field>',
    'needed: field that holds the question; several with commas (messages.0.content reaches inside)',
  ),
  gold: text('<field>', 'needed: field that holds the gold answer, or the tests'),
  grader: text('<name>', 'how answers are graded (default: by the gold answers)'),
  label: text('<field>', 'field that the split keeps in proportion'),
  reference: text('<field>', 'field with an answer that deserves full marks (where gold holds tests)'),
  id: text('<field>', 'field that holds ids (default: id where every row has one, else numbers)'),
  prompt: text('<text>', 'the question asked, with {{input}} in it (default: by the grader)'),
  template: text('<text>', 'the question from several fields, with {{field}} in it'),
  rows: text('<path>', 'where the rows stand in a JSON or YAML document (if there are several lists)'),
  columns: value('<names>', 'columns of a CSV file without a line of names', parseList),
  ...encodingFlags,
  description: text('<text>', 'what the task asks (for people and prompt writers)'),
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
  run: async ([file], options, context) => {
    const say = (line: string): void => context.stderr.line(line);
    const data = { path: resolve(context.cwd, file), shown: file, say };
    const { table, task } = await importData(data, await neededOptions(data, options));
    const tasksFolder = resolve(context.cwd, options.out);
    const folder =
      options.preview === true
        ? null
        : unwrap(await writeTask(tasksFolder, task, { force: options.force === true }));
    const example = graderKind(task.file.grader.name)?.example;
    const missing = example === undefined ? null : `grader: ${example}`;
    const preview = { ...previewOf(table, task), missing, shown: await gradedGolds(task) };
    tell(context, options, { ...preview, folder }, (look) =>
      [...previewLines(preview, look), '', ...writtenLines(context, preview, folder, options)].join('\n'),
    );
  },
});

/** Name and fields must be given; the file comes first, since what it holds says what they may be. */
async function neededOptions(data: DataFile, options: TaskImportOptions): Promise<DataOptions> {
  const { name, input, gold } = options;
  if (name !== undefined && input !== undefined && gold !== undefined)
    return { ...options, name, input, gold };
  const { rows } = await readDataTable(data, options);
  const missing = Object.entries({ name, input, gold }).flatMap(([option, given]) =>
    given === undefined ? [`--${option}`] : [],
  );
  const fields = fieldsOf(rows);
  const guess = Object.entries(guessFields(rows)).flatMap(([option, { field }]) =>
    missing.includes(`--${option}`) ? [`--${option}`, field] : [],
  );
  const probably = guess.length === 0 ? '' : `; probably ${formatCommand(guess)}`;
  const told = `its fields: ${fields.slice(0, 30).join(', ')}${probably}`;
  throw new InputError(data.shown, {
    expected: `${missing.join(', ')} on the command line (${told})`,
  });
}

const shownInstances = 3;
const shownLabels = 10;

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
  /** A line like the one that task.yaml is to have in place of its grader's, where a name alone is no grader. */
  readonly missing: string | null;
  /** Gold answers as the grader sees them. */
  readonly shown: readonly ShownGrade[];
}

function previewOf(table: DataTable, task: ImportedTask): Omit<Preview, 'shown' | 'missing'> {
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

function previewLines(preview: Preview, { colors }: Look): string[] {
  const { name, instances, tuning, holdout } = preview;
  const labels = Object.entries(preview.labels).map(([label, count]) => `${label} ${count}`);
  const rest = labels.length > shownLabels ? `, and ${labels.length - shownLabels} more` : '';
  return [
    colors.bold(
      `${name}: ${formatCounted(instances, 'instance')} (${tuning} tuning, ${holdout} holdout) from ${preview.format}`,
    ),
    `Grader: ${preview.guess ?? preview.grader}`,
    ...preview.shown.map((grade) => `  ${shownGradeText(grade)}`),
    ...preview.notes.map((note) => `Note: ${note}.`),
    ...(labels.length === 0 ? [] : [`Labels: ${labels.slice(0, shownLabels).join(', ')}${rest}`]),
    ...preview.first.flatMap(({ id, input, gold }) => [
      ...['', colors.bold(id)],
      `  input: ${oneLineOf(input)}`,
      `  gold:  ${oneLineOf(JSON.stringify(gold))}`,
    ]),
  ];
}

function writtenLines(
  { cwd }: CliContext,
  { name, missing }: Pick<Preview, 'name' | 'missing'>,
  folder: string | null,
  options: TaskImportOptions,
): string[] {
  if (folder === null) return ['Nothing was written (--preview).'];
  const shown = relative(cwd, folder).startsWith('..') ? folder : relative(cwd, folder);
  const known =
    resolve(cwd, options.out) === join(cwd, 'tasks') ? name : `./${shown}`.replace(/^\.\/\//, '/');
  return [
    `Written to ${shown}; prompt and description can be edited in its task.yaml.`,
    ...(missing === null
      ? []
      : ['First say there, in place of its grader, what grades (docs/graders.md), such as', `  ${missing}`]),
    `Check it:  mixtune task check ${known}`,
    `Tune it:   mixtune tune ${known}`,
  ];
}
