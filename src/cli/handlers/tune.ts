import { join, resolve } from 'node:path';
import { unwrap } from '../../core/result.ts';
import type { Budget } from '../../domain/run-result.ts';
import type { Task } from '../../domain/task.ts';
import { createRunFolder, type TuneSettings } from '../../run/index.ts';
import { parseStrategyName, settleSpace } from '../../search/index.ts';
import { type CliContext, writeLine } from '../context.ts';
import type { TuneOptions } from '../options.ts';
import { defaultSpace, exists, isPath, openSpace } from '../wiring/library.ts';
import { createManifest } from '../wiring/manifest.ts';
import { chooseModels, createModelStack, refuseUnpriced } from '../wiring/models.ts';
import { openGrader, openTask } from '../wiring/tasks.ts';
import { noteStream, runTuning } from '../wiring/tuning.ts';

/** Evaluations where no ceiling is given. */
const defaultEvaluations = 200;
/** Answers that a front member is measured with at the end, over all instances of a split. */
const finalAnswers = 8;

export async function tune(taskName: string, options: TuneOptions, context: CliContext): Promise<number> {
  const strategy = unwrap(parseStrategyName(options.strategy));
  const { task, folder: taskFolder } = await openTask(context, taskName);
  const { models: ofSpace, ...spaceFile } = await openSpace(
    context,
    options.space ?? (await defaultSpace(context, task.name)),
  );
  const chosen = chooseModels(context, options, ofSpace);
  const space = settleSpace(spaceFile, chosen.models);
  const { baseUrl, apiKeyEnv, seed } = options;
  const endpoint = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
  };
  const stack = await createModelStack(context, space.models, { ...endpoint, seed });
  const budget = budgetOf(options);
  refuseUnpriced(budget.maxUsd, space.models, stack.card);
  const repeats = options.repeats ?? task.repeats;
  const settings: TuneSettings = {
    strategy,
    objectives: options.objectives ?? task.objectives,
    seed,
    repeats,
    finishRepeats: options.finishRepeats ?? Math.max(repeats, finalRepeats(task.tuning)),
    holdoutRepeats: options.holdoutRepeats ?? finalRepeats(task.holdout),
    concurrency: options.concurrency,
    budget,
    models: space.models,
    simulated: stack.simulated,
  };
  const opened = await openGrader(task.grader, taskFolder, stack.model);
  try {
    const runsFolder = resolve(context.cwd, options.runsDir);
    const run = options.run ?? (await freeRunId(context, task.name, runsFolder));
    const folderOfTask = isPath(taskName) ? { folder: taskFolder } : {};
    const manifest = await createManifest(context, {
      run,
      settings,
      space,
      endpoint,
      task: { name: task.name, hash: task.hash, ...folderOfTask },
      grader: { name: opened.grader.name, revision: opened.grader.revision },
    });
    const folder = await createRunFolder(runsFolder, run, manifest);
    if (chosen.note !== undefined) writeLine(noteStream(context, options), `${chosen.note}.`);
    return await runTuning(context, options, { folder, manifest, task, stack, grader: opened.grader });
  } finally {
    await opened.close();
  }
}

/** With no ceiling at all a run would never end; with any, only those given bind. */
function budgetOf(options: TuneOptions): Budget {
  const { maxEvaluations, maxCalls, maxTokens, maxUsd, maxTime } = options;
  const given = {
    ...(maxEvaluations === undefined ? {} : { maxEvaluations }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(maxUsd === undefined ? {} : { maxUsd }),
    ...(maxTime === undefined ? {} : { maxSeconds: maxTime }),
  };
  return Object.keys(given).length === 0 ? { maxEvaluations: defaultEvaluations } : given;
}

function finalRepeats(instances: Task['tuning']): number {
  return Math.max(1, Math.ceil(finalAnswers / Math.max(1, instances.length)));
}

/** `code-challenge-20260401-220000`, with a number behind it where that is taken. */
async function freeRunId(context: CliContext, task: string, runsFolder: string): Promise<string> {
  const [day = '', time = ''] = context.today().toISOString().split('T');
  const stem = `${task}-${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
  for (let number = 1; ; number++) {
    const id = number === 1 ? stem : `${stem}-${number}`;
    if (!(await exists(join(runsFolder, id)))) return id;
  }
}
