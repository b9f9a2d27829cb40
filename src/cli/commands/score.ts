import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { mean } from '../../core/statistics.ts';
import { configId, configsById, modelsOf } from '../../domain/moa-config.ts';
import type { Measurement } from '../../domain/objective.ts';
import { memberOfFile } from '../../domain/run-result.ts';
import type { Instance, Task } from '../../domain/task.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import type { Grader } from '../../grading/grader.ts';
import { cutOffCauses } from '../../report/measuring-text.ts';
import {
  type MeasuredOn,
  type ScoreboardRow,
  scoreboard,
  scoreboardJson,
  scoreboardText,
} from '../../report/scoreboard.ts';
import { plannedCalls } from '../../run/calls/planned-calls.ts';
import { unpaidCalls } from '../../run/calls/unpaid-calls.ts';
import { type EvaluateSettings, evaluateConfigs, evaluationCells } from '../../run/evaluate.ts';
import { createMemoryJournal } from '../../run/journal/journal.ts';
import { foldEvents, spentOf } from '../../run/run-state.ts';
import type { Manifest, ScoredConfig } from '../../run/types.ts';
import { budgetOf, callCeilingFlags } from '../ceiling-flags.ts';
import { defineCommand } from '../command.ts';
import { choiceOr, type OptionsOf, on, severalArguments, text, value } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import {
  answerFlags,
  concurrencyFlags,
  jsonFlags,
  modelFlags,
  modelsFlags,
  runsFlags,
  trustFlags,
  workersFlags,
} from '../flags.ts';
import { limitFlags, limitsOf } from '../limit-flags.ts';
import { parseRepeatsFrom, parseSeed } from '../option-values.ts';
import { type NamedConfig, refuseIdleModels, resolveConfigs } from '../wiring/configs/configs.ts';
import { lockGiven } from '../wiring/configs/lock-files.ts';
import { type Provenance, provenanceOfRun } from '../wiring/configs/own-runs.ts';
import { keepScored, openLeaderboard } from '../wiring/keep-scored.ts';
import { whileShown } from '../wiring/measuring.ts';
import { openCallers } from '../wiring/models/callers.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import { pricesFor } from '../wiring/models/prices.ts';
import { refuseMissing, withRecording } from '../wiring/models/recorded.ts';
import { tellOddities } from '../wiring/models/server-notes.ts';
import { scaleOf } from '../wiring/scale.ts';
import { gradingCallsOf, type OpenTask, openTask, openTaskOfRun, withJudge } from '../wiring/tasks/tasks.ts';

const flags = {
  task: text('<task>', "a name from `mixtune tasks`, or a folder (default: the run's)"),
  split: choiceOr(
    '<split>',
    'which questions; tuning ones chose the points of runs',
    ['tuning', 'holdout'],
    'tuning',
  ),
  repeats: value(
    '<n>',
    "answers per config and instance (default: the run's or task's)",
    parseRepeatsFrom(1),
  ),
  seed: value('<n>', "seed of all randomness (default: the run's, else 1)", parseSeed),
  save: on("keep each config on the task's leaderboard"),
  ...concurrencyFlags,
  ...limitFlags,
  ...callCeilingFlags,
  ...modelFlags,
  ...modelsFlags('models of presets, the main one first, as provider/model'),
  ...trustFlags,
  ...answerFlags,
  ...workersFlags,
  ...jsonFlags,
  ...runsFlags,
};
type ScoreOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Measures configs on the tuning questions of a task (or with --split holdout on the others) and prints a scoreboard with 95% intervals, and how much each scores above the first, paired by question. A config is a file, a run with a point of it (my-run:best), or a preset with --models (preset:router). With runs only, task, seed, repeats and models are those of the first run.',
  arguments: [severalArguments('config', 'config files, run:which, or preset:name')],
  flags,
  examples: [
    'mixtune score a.yaml b.yaml --task code-challenge --repeats 8 --max-usd 2',
    'mixtune score my-run:best --split holdout',
  ],
  run: ([configs], options, context) => score(configs, options, context),
});

async function score(
  references: readonly string[],
  given: ScoreOptions,
  context: CliContext,
): Promise<number> {
  refuseIdleModels(references, given);
  const options = await withRecording(context, given);
  const named = await resolveConfigs(context, references, options);
  const ofRun = named.find((each) => each.run !== null);
  const manifest = ofRun?.run?.manifest;
  const provenance = manifest === undefined ? undefined : provenanceOfRun(ofRun?.label ?? '', manifest);
  const opened = await taskOf(context, options, provenance, manifest);
  const { task } = opened;
  const seed = options.seed ?? manifest?.settings.seed ?? 1;
  const { split } = options;
  refuseSplit(options, task);
  const repeats = options.repeats ?? (manifest === undefined ? task.repeats : finalRepeats(manifest, split));
  const models = [...new Set(named.flatMap(({ config }) => modelsOf(config)))];
  const called = withJudge(models, task);
  const { prices } = await pricesFor(context, options, {
    models: called,
    made: await madeBy(context, named),
  });
  const needed = { models: called, seed, taskFolder: opened.folder, provenance, prices };
  await using callers = await openCallers(context, options, needed);
  tellOddities(context, callers);
  if (callers.guesses !== undefined) context.stderr.paragraph(`${callers.guesses}.`);
  refuseUnpriced(options.maxUsd, called, callers.card);
  const store = options.save === true ? openLeaderboard(context, options.runsDir) : undefined;
  const grader = await callers.grader(opened);
  const answers = callers.sharedAnswers();
  const signal = callers.interruptible();
  const limits = limitsOf(options, manifest?.settings.limits);
  const configs = named.map(({ config }) => config);
  const distinct = [...configsById(configs).values()];
  const budget = budgetOf(options);
  const settings: EvaluateSettings = {
    ...{ split, repeats, seed, concurrency: options.concurrency, budget },
    ...defined({ limits }),
  };
  const { clock, model, card, simulated } = callers;
  const cells = evaluationCells(task, settings);
  const extractAnswer = createAnswerExtractor(task);
  const answering = cells.length * distinct.reduce((sum, config) => sum + plannedCalls(config), 0);
  const gradingCalls = gradingCallsOf(task, split);
  const unpaid =
    answers &&
    (await unpaidCalls(distinct, cells, {
      ...{ task, model, extractAnswer, signal, grader, gradingCalls },
      shared: { get: (key) => answers.peek(key) },
    }));
  const planned = cells.length * distinct.length;
  const plan = {
    answers: planned,
    calls: unpaid?.calls ?? answering + planned * gradingCalls,
    grading: unpaid?.grading ?? planned * gradingCalls,
    ...defined({
      each: meanOfKnown(named),
      known: unpaid && {
        answers: planned - unpaid.cells,
        unpaid: (unpaid.calls - unpaid.grading) / Math.max(1, answering),
      },
    }),
    ...{ simulated, budget },
  };
  const journal = createMemoryJournal();
  const scored = await whileShown(context, `Measuring ${task.name}`, plan, (onCell) =>
    evaluateConfigs(
      configs,
      settings,
      {
        ...{ clock, model, card, task, grader, signal, onCell, onNotice: context.notice },
        extractAnswer,
        ...defined({ sharedAnswers: answers }),
      },
      journal,
    ),
  );
  refuseMissing(callers);
  const instances = new Map(task[split].map((instance) => [instance.id, instance]));
  const rows = scored.map((each, index): ScoreboardRow => {
    const label = named[index]?.label ?? '';
    return { ...each, label, ...defined({ aggregate: aggregateOf(each, grader, instances) }) };
  });
  const board = scoreboard(rows);
  const isChosenHere = ({ run }: NamedConfig): boolean =>
    split === 'tuning' && run?.manifest.task.hash === task.hash;
  const chosen = named.filter(isChosenHere).map(({ label }) => label);
  const measuredOn: MeasuredOn = {
    ...{ task: task.name, simulated, split, questions: task[split].length, chosen },
    spent: spentOf(foldEvents(journal.written)),
  };
  tell(context, options, scoreboardJson(board, measuredOn), (look) =>
    scoreboardText(board, measuredOn, { scale: scaleOf(task.grader), objectives: task.objectives }, look),
  );
  const [cutOff] = rows.flatMap((row) => row.cutOff ?? []);
  if (cutOff !== undefined)
    context.notice(`${cutOffCauses[cutOff]}: the figures are of the answers there are, not of all`);
  // After what was paid for is shown: the disk may be full.
  if (store !== undefined) await keepScored(context, store, rows, { task, grader, simulated, split });
  if (signal.aborted) return exitCodes.interrupted;
  return rows.every((row) => row.cells === 0) ? exitCodes.failed : exitCodes.done;
}

/** The grader's score of all answers of a config together, where it has one. */
function aggregateOf(
  { results }: ScoredConfig,
  { aggregate }: Grader,
  instances: ReadonlyMap<string, Instance>,
): ScoreboardRow['aggregate'] {
  if (aggregate === undefined) return undefined;
  const graded = results.flatMap(({ cell, result: { answer, grade } }) => {
    const instance = instances.get(cell.instance);
    return instance === undefined ? [] : [{ instance, grade, answer: answer ?? '' }];
  });
  return { name: aggregate.name, value: aggregate.of(graded) };
}

/** The runs and locks that configs come from. */
async function madeBy(context: CliContext, named: readonly NamedConfig[]): Promise<Provenance[]> {
  const made: Provenance[] = [];
  for (const { run, label } of named) {
    const provenance =
      run === null ? (await lockGiven(context, label))?.provenance : provenanceOfRun(label, run.manifest);
    if (provenance !== undefined) made.push(provenance);
  }
  return made;
}

/** What an answer took on average where all configs were measured in runs before; nothing where one was not. */
function meanOfKnown(named: readonly NamedConfig[]): Pick<Measurement, 'tokens' | 'usd'> | undefined {
  const known = named.flatMap(({ run, config }) => {
    const member = run?.front == null ? undefined : memberOfFile(run.front, configId(config));
    return member === undefined ? [] : [member.objectives];
  });
  if (known.length < named.length || known.length === 0) return undefined;
  const meanOf = (name: 'tokens' | 'usd'): number | null => {
    const values = known.flatMap((objectives) => objectives[name].mean ?? []);
    return values.length < known.length ? null : mean(values);
  };
  return { tokens: meanOf('tokens'), usd: meanOf('usd') };
}

/** As many cells as the run measured its front members on, so that its figures come out again. */
function finalRepeats({ settings }: Manifest, split: ScoreOptions['split']): number {
  const { repeats, finishRepeats, holdoutRepeats } = settings;
  return split === 'holdout' && holdoutRepeats > 0 ? holdoutRepeats : Math.max(repeats, finishRepeats);
}

function refuseSplit({ split }: ScoreOptions, task: Task): void {
  if (split === 'holdout' && task.holdout.length === 0)
    throw new InputError('--split', {
      expected: 'a task with a holdout',
      found: `${task.name}, which has none`,
    });
}

/** The task given; else that of the first run named. */
async function taskOf(
  context: CliContext,
  options: ScoreOptions,
  provenance: Provenance | undefined,
  manifest: Manifest | undefined,
): Promise<OpenTask> {
  if (options.task !== undefined) return openTask(context, options.task);
  if (provenance !== undefined && manifest !== undefined) {
    return openTaskOfRun(context, manifest.task, provenance);
  }
  throw new InputError('--task', { expected: 'a task to measure the configs on', found: 'none' });
}
