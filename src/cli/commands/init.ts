import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { keysOf } from '../../core/records.ts';
import { ceilingFlags } from '../ceiling-flags.ts';
import { defineCommand } from '../command.ts';
import { argumentOr, type OptionsOf, on, text, value } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { boundFlags, encodingFlags, jsonFlags, modelFlags, modelsFlags } from '../flags.ts';
import { parseCountFrom, parseDuration, parseList, parseUsd } from '../option-values.ts';
import { canAsk, createPrompter, type Prompter } from '../prompter.ts';
import { answerLimit } from '../wiring/jobs/answer-length.ts';
import { type NewProject, projectPaths, takenPaths, writeProject } from '../wiring/jobs/new-project.ts';
import { settleModels } from '../wiring/models/ask-models.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import { fullNames } from '../wiring/models/model-names.ts';
import type { ModelStack } from '../wiring/models/model-stack.ts';
import { cardsOf } from '../wiring/models/models.ts';
import { pricesFor } from '../wiring/models/prices.ts';
import { settleTask } from '../wiring/tasks/ask-task.ts';

const flags = {
  data: text('<file>', 'the data file: JSON Lines, JSON, YAML, CSV, TSV or Parquet'),
  input: text('<field>', 'field that holds the question (default: guessed)'),
  gold: text('<field>', 'field that holds the gold answer (default: guessed)'),
  ...encodingFlags,
  grader: text('<name>', 'how answers are graded (default: by the gold answers)'),
  name: text('<name>', "the task's name (default: that of the file)"),
  description: text('<text>', 'what the task asks (for people and prompt writers)'),
  ...modelsFlags('models to choose from, as provider/model; sim/* for the simulated ones'),
  ...modelFlags,
  ...boundFlags('what you can accept'),
  ...ceilingFlags,
  // There is no default: without a terminal a ceiling is asked of whoever types the line.
  maxEvaluations: value('<n>', 'configurations', parseCountFrom(1)),
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
  const full = fullNames(endpoint.models, endpoint.baseUrl);
  const { prices } = await pricesFor(context, options, { models: full });
  const card = cardsOf(context, full, { ...defined({ baseUrl: endpoint.baseUrl }), prices });
  const ceilings = ceilingsOf(options) ?? (await askCeilings(context, prompter, full, card));
  const bounds = options.bound;
  refuseUnpriced(ceilings.maxUsd as number | undefined, full, card, bounds);
  const folder = resolve(context.cwd, folderName);
  const priceFile = options.prices && inFolder(folder, resolve(context.cwd, options.prices));
  const project: NewProject = {
    ...{ task, ...endpoint, ceilings },
    ...defined({ bounds, prices: priceFile }),
  };
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
      ? [['', '--max-evaluations, --max-usd, --max-time or another ceiling']]
      : []),
  ];
  if (missing.length === 0) return;
  throw new InputError(
    'init without a terminal',
    missing.map(([path = '', expected = '']) => ({ path, expected, found: 'nothing' })),
  );
}

/** The price file as the job names it, which names no file outside its folder. */
function inFolder(folder: string, file: string): string {
  const path = relative(folder, file);
  if (!isAbsolute(path) && path.split(sep)[0] !== '..') return path;
  throw new InputError('--prices', { expected: `a file inside the project's folder ${folder}`, found: file });
}

type Ceilings = NewProject['ceilings'];

function ceilingsOf(options: InitOptions): Ceilings | undefined {
  const given = keysOf(ceilingFlags).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, name === 'maxTime' ? `${value}s` : value]];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

async function askCeilings(
  context: CliContext,
  prompter: Prompter | undefined,
  full: readonly string[],
  card: ModelStack['card'],
): Promise<Ceilings> {
  if (prompter === undefined) throw new Error('init: no ceiling, and nobody to ask');
  const unpriced = full.filter((name) => (card(name)?.price ?? null) === null);
  const usual = unpriced.length > 0 || full.every((name) => name.startsWith('sim/')) ? '200' : '$5';
  const ways =
    unpriced.length > 0
      ? 'A number of configurations (200), a time (8h), or both with a comma.'
      : 'A number of configurations (200), dollars ($5), a time (8h), or several with commas.';
  context.stderr.paragraph(`How much may it spend? ${ways}`);
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
  if (!/^\d/.test(said))
    throw new InvalidArgumentError(
      'Expected a number of configurations such as 200, dollars such as $5, or a time such as 8h.',
    );
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
  const answers = answerLimit(task);
  if (answers !== undefined)
    context.stdout.paragraph(
      `Answers are ${answers.what}, so they may have ${answers.maxTokens} tokens (maxTokens in ${written.space}; models that think at length need more).`,
    );
  context.stdout.line(`Check the task:  mixtune task check ./${written.task}`);
  context.stdout.line(`See the cost:    mixtune rehearse ${line}`);
  context.stdout.line(`Tune it:         mixtune tune ${line}`);
}
