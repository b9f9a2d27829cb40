import { join } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { listBounds } from '../../../domain/bounds.ts';
import { type MoaConfig, systemOf } from '../../../domain/moa-config.ts';
import type { Task } from '../../../domain/task.ts';
import { defaultEndShare } from '../../../run/end/end-plan.ts';
import type { TuneSettings } from '../../../run/types.ts';
import type { SearchSpace, SearchSpaceFile } from '../../../search/space.ts';
import { settleSpace } from '../../../search/space-file.ts';
import { parseStrategyName, strategyRecord } from '../../../search/strategies.ts';
import { budgetOf } from '../../ceiling-flags.ts';
import type { CliContext } from '../../context.ts';
import type { JobOptions } from '../../flags.ts';
import { idleLimits, limitsOf } from '../../limit-flags.ts';
import { defaultSpace, exists, openSpace } from '../library.ts';
import { type ChosenModels, chooseModels } from '../models/model-names.ts';
import type { Endpoint } from '../models/models.ts';
import { changedTask, judgesOf, openTask, type TaskChanges, withJudge } from '../tasks/tasks.ts';
import { type Given, readGiven, startFrom } from './warm-start.ts';
import { reflectionOf, writesUnasked } from './writing.ts';

/** Evaluations where no ceiling is given. */
const defaultEvaluations = 200;
/** Answers that a front member is measured with at the end at least, over all instances of a split. */
const finalAnswers = 8;
/** And those that the result is about: fewer leave whatever they gain open. */
const headlineAnswers = 24;
/** Tuning instances where all models are simulated: they know nothing that more instances would show. */
const simulatedInstances = 24;

/** What `tune`'s options ask for, before any model is reached. */
export interface PlannedJob {
  readonly task: Task;
  readonly taskFolder: string;
  /** What is different from the task's files. */
  readonly taskChanges: TaskChanges;
  readonly space: SearchSpace;
  readonly endpoint: Endpoint;
  readonly settings: Omit<TuneSettings, 'simulated'>;
  /** What to know before it starts: why these models, where nobody named them; what became of what it starts from. */
  readonly note?: string;
}

/** Parts of a job that a program has as data, where a command line names them. */
export interface GivenParts {
  /** Full names that are taken as they are. */
  readonly models?: readonly string[] | undefined;
  readonly space?: SearchSpaceFile | undefined;
  readonly seeds?: readonly MoaConfig[] | undefined;
}

/** Reads a task, its space and `tune`'s options into a job. */
export async function planJob(
  taskName: string,
  options: JobOptions,
  context: CliContext,
  given: GivenParts = {},
): Promise<PlannedJob> {
  const strategy = unwrap(parseStrategyName(options.strategy));
  const { task: whole, folder: taskFolder } = await openTask(context, taskName);
  const { models: ofSpace, ...spaceFile } =
    given.space ?? (await openSpace(context, options.space ?? (await defaultSpace(context, whole.name))));
  const from =
    given.seeds === undefined
      ? await readGiven(context, options.from ?? [], options.runsDir)
      : [{ reference: '', isOwn: false, configs: given.seeds.map(systemOf), models: [] }];
  const own = from.filter(({ isOwn }) => isOwn).flatMap(({ configs }) => configs);
  const chosen: ChosenModels =
    given.models === undefined ? modelsFor(from, options, ofSpace, context) : { models: given.models };
  const { seeds, space, notes } = startFrom(from, settleSpace(spaceFile, chosen.models));
  const taskChanges = taskChangesOf(options, whole, chosen.models);
  const task = changedTask(whole, taskChanges);
  const { baseUrl, apiKeyEnv, recorded, seed } = options;
  const repeats = options.repeats ?? task.repeats;
  const budget = budgetOf(options);
  const limits = limitsOf(options);
  const objectives = options.objectives ?? task.objectives;
  const bounds = options.bound;
  const reflection = reflectionOf(
    context,
    options,
    space.models,
    // Functions of a program's own were made to answer its questions.
    given.models === undefined && writesUnasked(options, space.models),
  );
  const asked = withJudge([space.models, reflection.reflection?.writer ?? []].flat(), task);
  return {
    task,
    taskFolder,
    taskChanges,
    space,
    endpoint: defined({ baseUrl, apiKeyEnv, recorded }),
    settings: {
      strategy,
      ...(seeds.length === 0 ? {} : { seeds }),
      ...(own.length === 0 ? {} : { own }),
      ...reflection,
      // Or nothing that meets a bound might be on the front.
      objectives: [
        ...new Set([
          ...objectives,
          ...(bounds === undefined ? [] : listBounds(bounds).map(({ name }) => name)),
        ]),
      ],
      ...defined({ bounds }),
      seed,
      repeats,
      ...scheduleOf(options),
      finishRepeats: options.finishRepeats ?? Math.max(repeats, repeatsFor(finalAnswers, task.tuning)),
      ...(options.holdoutRepeats === undefined
        ? {
            holdoutRepeats: repeatsFor(finalAnswers, task.holdout),
            headlineRepeats: repeatsFor(headlineAnswers, task.holdout),
          }
        : { holdoutRepeats: options.holdoutRepeats }),
      // Who says how often gets it, whatever it takes.
      ...((options.finishRepeats ?? options.holdoutRepeats) === undefined
        ? { endShare: defaultEndShare }
        : {}),
      concurrency: options.concurrency,
      ...defined({ limits }),
      // With no ceiling at all a run would never end; with any, only those given bind.
      budget: Object.keys(budget).length === 0 ? { maxEvaluations: defaultEvaluations } : budget,
      models: space.models,
    },
    ...defined({ note: notesOf(chosen, options, [...notes, ...idleLimits(limits, asked)]) }),
  };
}

/** Where only the result goes by the bounds, that is said; and what became of what `--from` names. */
function notesOf(
  { note }: ChosenModels,
  { bound, strategy }: JobOptions,
  ofStart: readonly string[],
): string | undefined {
  const unsearched =
    bound === undefined || strategyRecord(strategy).ignoresBounds !== true
      ? []
      : [`The strategy ${strategy} does not search by bounds: they choose from what it finds`];
  const notes = [...(note === undefined ? [] : [note]), ...unsearched, ...ofStart];
  return notes.length === 0 ? undefined : notes.join('. ');
}

/** The models named; where nobody named any, those of what the search starts from before all defaults. */
function modelsFor(
  from: readonly Given[],
  options: JobOptions,
  ofSpace: readonly string[] | undefined,
  context: CliContext,
): ChosenModels {
  const onServer = from.find(({ baseUrl }) => baseUrl !== undefined);
  const models = [...new Set(from.flatMap((each) => each.models))];
  const isNamed = options.models !== undefined || ofSpace !== undefined;
  const isOpen = !isNamed && (options.baseUrl === undefined || onServer !== undefined);
  if (!isOpen || models.length === 0) return chooseModels(context, options, ofSpace);
  if (onServer !== undefined && options.baseUrl === undefined) {
    // The same names at their providers may be other models, with another bill.
    throw new InputError('--base-url', {
      expected: `the server of the models of ${onServer.reference}, which was ${onServer.baseUrl}`,
      found: 'neither it nor --models',
    });
  }
  const named = from.map(({ reference }) => reference).join(', ');
  return { models, note: `Models: those of ${named} (${models.join(', ')})` };
}

function taskChangesOf(options: JobOptions, task: Task, models: readonly string[]): TaskChanges {
  const isSimulated = (model: string): boolean => model.startsWith('sim/');
  const simulated = models.every(isSimulated);
  const judges = options.judge === undefined ? judgesOf(task) : [options.judge];
  const judge = judges.find(isSimulated);
  if (judge !== undefined && !simulated) {
    throw new InputError('--judge', {
      expected: 'a model that can judge real answers, as provider/model',
      found: `${judge}, a simulated one`,
    });
  }
  const most = options.instances ?? (simulated ? simulatedInstances : undefined);
  return {
    ...(most === undefined || most >= task.tuning.length ? {} : { tuningInstances: most }),
    ...defined({ judge: options.judge }),
  };
}

/** How fidelity grows; nothing where every trial gets all cells. */
function scheduleOf({ strategy, startCells, racing }: JobOptions): Pick<TuneSettings, 'schedule'> {
  if (startCells === 'all') return {};
  const given = defined({ startingCells: startCells, racing });
  return { schedule: { ...strategyRecord(strategy).schedule, ...given } };
}

function repeatsFor(answers: number, instances: Task['tuning']): number {
  return Math.max(1, Math.ceil(answers / Math.max(1, instances.length)));
}

/** `code-challenge-20260401-220000`, with a number behind it where that is taken. */
export async function freeRunId(context: CliContext, task: string, runsFolder: string): Promise<string> {
  const [day = '', time = ''] = context.today().toISOString().split('T');
  const stem = `${task}-${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
  return freeName(stem, runsFolder);
}

/** The name, with a number behind it where the folder has one of that name. */
export async function freeName(stem: string, folder: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    if (!(await exists(join(folder, name)))) return name;
  }
}
