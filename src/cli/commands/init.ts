import { join, relative, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unknownName } from '../../core/unknown-name.ts';
import { graderNames } from '../../grading/create-grader.ts';
import { graderKind } from '../../grading/registry.ts';
import { guessFields } from '../../tasks/import/guess-fields.ts';
import type { ImportedTask } from '../../tasks/import/import-task.ts';
import { pathsIn } from '../../tasks/import/values.ts';
import { taskNameOf, taskNamePattern } from '../../tasks/import/write-task.ts';
import { ceilingFlags } from '../ceiling-flags.ts';
import { argumentOr, defineCommand, type OptionsOf, on, text } from '../command.ts';
import type { CliContext } from '../context.ts';
import { boundFlags, encodingFlags, endpointFlags, jsonFlags, modelsFlags } from '../flags.ts';
import { parseCountFrom, parseDuration, parseList, parseUsd } from '../option-values.ts';
import { canAsk, createPrompter, type Prompter } from '../prompter.ts';
import { type ChosenEndpoint, settleModels } from '../wiring/ask-models.ts';
import { fullNames } from '../wiring/model-names.ts';
import { cardOf } from '../wiring/models.ts';
import { type NewProject, projectPaths, takenPaths, writeProject } from '../wiring/new-project.ts';
import { gradedGolds, importData, readDataTable, shownGradeText } from '../wiring/task-data.ts';

/** Fields, and paths inside them, that are listed before it asks. */
const mostFieldsShown = 60;

const flags = {
  data: text('<file>', 'the data file: JSON Lines, JSON, YAML, CSV, TSV or Parquet'),
  input: text('<field>', 'field that holds the question (default: by its usual names)'),
  gold: text('<field>', 'field that holds the gold answer (default: by its usual names)'),
  ...encodingFlags,
  grader: text('<name>', 'how answers are graded (default: by the gold answers)'),
  name: text('<name>', "the task's name (default: that of the file)"),
  ...modelsFlags('models to choose from, as provider/model; sim/* for the simulated ones'),
  ...endpointFlags,
  ...boundFlags('what you can accept'),
  ...ceilingFlags,
  force: on('replace what is there'),
  ...jsonFlags,
};
type InitOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Makes a task, a search space and a job file of your data, and prints the command that tunes it. On a terminal it asks for what the options do not say. Nothing is replaced without being asked.',
  arguments: [argumentOr('folder', 'folder to write to', '.')],
  flags,
  examples: [
    'mixtune init',
    'mixtune init --data tickets.csv --input text --gold label --models sim/* --max-evaluations 50',
  ],
  run: async ([folder], options, context) => {
    const prompter = canAsk(context) ? createPrompter(context) : undefined;
    try {
      return await init(folder, options, context, prompter);
    } finally {
      prompter?.close();
    }
  },
});

async function init(
  folderName: string,
  options: InitOptions,
  context: CliContext,
  prompter: Prompter | undefined,
): Promise<number> {
  if (prompter === undefined) refuseMissing(options);
  const task = await settleTask(options, context, prompter);
  const endpoint = await settleModels(options, context, prompter);
  const ceilings = ceilingsOf(options) ?? (await askCeilings(context, prompter, endpoint));
  const bounds = options.bound;
  const project: NewProject = { task, ...endpoint, ...defined({ bounds }), ceilings };
  const folder = resolve(context.cwd, folderName);
  const { name } = task.file;
  if (!(await mayWrite(folder, name, options, prompter))) {
    context.stderr.line('Nothing was written.');
    return exitCodes.done;
  }
  await writeProject(folder, project);
  tell(context, options, folder, project);
  return exitCodes.done;
}

/** Without a terminal all that nobody can guess has to be said; all of it is told at once. */
function refuseMissing(options: InitOptions): void {
  const missing = [
    ...(options.data === undefined ? [['--data', 'the data file']] : []),
    ...(options.models === undefined
      ? [['--models', 'models such as openai/gpt-4o-mini, or sim/* for the simulated ones']]
      : []),
    ...(ceilingsOf(options) === undefined
      ? [['a ceiling', '--max-evaluations, --max-usd, --max-time or another']]
      : []),
  ];
  if (missing.length === 0) return;
  throw new InputError(
    'init without a terminal',
    missing.map(([path = '', expected = '']) => ({ path, expected, found: 'nothing' })),
  );
}

async function settleTask(
  options: InitOptions,
  context: CliContext,
  prompter: Prompter | undefined,
): Promise<ImportedTask> {
  const say = (line: string): void => context.stderr.paragraph(line);
  const { encoding } = options;
  /** The value of an option; else what is answered; without a terminal the guess. */
  const settle = async <Value>(
    option: 'data' | 'input' | 'gold' | 'name',
    question: { readonly text: string; readonly guess?: string | undefined; readonly expected: string },
    read: (said: string) => Value | Promise<Value>,
  ): Promise<Value> => {
    const given = options[option];
    if (given !== undefined) return read(given);
    if (prompter !== undefined) return prompter.ask(question.text, question.guess, read);
    if (question.guess !== undefined) return read(question.guess);
    throw new InputError(`--${option}`, { expected: question.expected, found: 'nothing' });
  };
  const { file, table, fields, shown } = await settle(
    'data',
    { text: 'Data file (CSV, JSON Lines, Parquet, …)', expected: 'the data file' },
    async (shown) => {
      const file = { path: resolve(context.cwd, shown), shown, say };
      const table = await readDataTable(file, defined({ encoding }));
      const values = table.rows[0]?.values ?? {};
      return { file, table, fields: Object.keys(values), shown: pathsIn(values, mostFieldsShown) };
    },
  );
  say(`Fields of ${file.shown}: ${shown.join(', ')}`);
  const guess = guessFields(fields);
  const expected = `one of the fields ${shown.join(', ')}`;
  const field = (option: string) => (said: string) => {
    // Several fields and paths inside one are the import's to check.
    if (fields.includes(said) || /[,.]/.test(said)) return said;
    throw unknownName(option, expected, said, [...fields, ...shown]);
  };
  const asked = { text: 'Field of the question', guess: guess.input, expected };
  const input = await settle('input', asked, field('--input'));
  const answered = { text: 'Field of the right answer', guess: guess.gold, expected };
  const gold = await settle('gold', answered, field('--gold'));
  if (prompter === undefined) say(`Question: ${input}; right answer: ${gold}`);
  const named = {
    text: "The task's name",
    guess: taskNameOf(file.shown),
    expected: 'lower-case words joined by hyphens',
  };
  const name = await settle('name', named, (said) => {
    if (taskNamePattern.test(said)) return said;
    throw new InputError('--name', { expected: named.expected, found: JSON.stringify(said) });
  });
  const made = async (grader: string | undefined): Promise<ImportedTask> => {
    refuseGrader(grader);
    const { task } = await importData(file, { name, input, gold, ...defined({ grader, encoding }) }, table);
    say(`Grader: ${task.guess ?? task.file.grader.name}. On three of your answers:`);
    for (const shown of await gradedGolds(task)) say(`  ${shownGradeText(shown)}`);
    for (const note of task.notes) say(`Note: ${note}.`);
    return task;
  };
  const guessed = await made(options.grader);
  if (prompter === undefined || options.grader !== undefined) return guessed;
  return prompter.ask('Grader', guessed.file.grader.name, (said) =>
    said === guessed.file.grader.name ? guessed : made(said),
  );
}

/** One that is made of its name alone, or one too many. */
function refuseGrader(grader: string | undefined): void {
  if (grader === undefined) return;
  const kind = graderKind(grader);
  if (kind !== undefined && kind.judge === undefined && !kind.runsTaskCode) return;
  const alone = graderNames.filter(
    (name) => graderKind(name)?.judge === undefined && graderKind(name)?.runsTaskCode !== true,
  );
  const expected =
    kind === undefined
      ? `one of ${alone.join(', ')}`
      : 'a grader that needs no options; take exact, and write this one into the task.yaml that is made';
  throw unknownName('--grader', expected, grader, alone);
}

type Ceilings = NewProject['ceilings'];

function ceilingsOf(options: InitOptions): Ceilings | undefined {
  const given = Object.keys(ceilingFlags).flatMap((name) => {
    const value = options[name as keyof typeof ceilingFlags];
    return value === undefined ? [] : [[name, name === 'maxTime' ? `${value}s` : value]];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

async function askCeilings(
  context: CliContext,
  prompter: Prompter | undefined,
  { models, baseUrl }: ChosenEndpoint,
): Promise<Ceilings> {
  if (prompter === undefined) throw new Error('init: no ceiling, and nobody to ask');
  const full = fullNames(models, baseUrl);
  const unpriced = full.filter((name) => (cardOf(name, baseUrl)?.price ?? null) === null);
  const usual = unpriced.length > 0 || full.every((name) => name.startsWith('sim/')) ? '200' : '$5';
  context.stderr.paragraph(
    'How much may it spend? A number of configurations (200), dollars ($5), a time (8h), or several with commas.',
  );
  return prompter.ask('Budget', usual, (said) => {
    const ceilings = Object.assign({}, ...parseList(said).map(ceilingOf)) as Ceilings;
    if (ceilings.maxUsd === undefined || unpriced.length === 0) return ceilings;
    throw new InvalidArgumentError(
      `No price is known for ${unpriced.join(', ')}: expected configurations or a time.`,
    );
  });
}

/** `$5`, `8h`, `200` */
function ceilingOf(said: string): Ceilings {
  if (said.startsWith('$')) return { maxUsd: parseUsd(said) };
  if (/^[\d_.]+[kmgb]?$/i.test(said) && !/^\d+m$/.test(said))
    return { maxEvaluations: parseCountFrom(1)(said) };
  parseDuration(said);
  return { maxTime: said };
}

async function mayWrite(
  folder: string,
  name: string,
  { force }: InitOptions,
  prompter: Prompter | undefined,
): Promise<boolean> {
  const taken = force === true ? [] : await takenPaths(folder, name);
  if (taken.length === 0) return true;
  if (prompter !== undefined)
    return prompter.confirm(
      `${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} there already. Replace?`,
    );
  throw new InputError('init', {
    expected: 'another --name, another folder, or --force to replace',
    found: `${taken.join(', ')} in ${folder}`,
  });
}

function tell(
  context: CliContext,
  options: InitOptions,
  folder: string,
  { task, baseUrl, apiKeyEnv }: NewProject,
): void {
  const paths = projectPaths(task.file.name);
  const shown = (path: string): string => relative(context.cwd, join(folder, path));
  const line = [
    shown(paths.job),
    ...(baseUrl === undefined ? [] : ['--base-url', baseUrl]),
    ...(apiKeyEnv === undefined ? [] : ['--api-key-env', apiKeyEnv]),
  ].join(' ');
  const written = { task: shown(paths.task), space: shown(paths.space), job: shown(paths.job) };
  if (options.json === true) {
    context.stdout.json({ ...written, command: `mixtune tune ${line}` });
    return;
  }
  context.stdout.paragraph(`Wrote ${written.task}, ${written.space} and ${written.job}.`);
  context.stdout.line(`Check the task:  mixtune task check ./${written.task}`);
  context.stdout.line(`See the cost:    mixtune rehearse ${line}`);
  context.stdout.line(`Tune it:         mixtune tune ${line}`);
}
