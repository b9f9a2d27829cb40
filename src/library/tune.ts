import { resolve } from 'node:path';
import process from 'node:process';
import { Writable } from 'node:stream';
import { defaultsOf } from '../cli/command-line.ts';
import { type CliContext, createCliContext } from '../cli/context.ts';
import { answerFlags, jobFlags, runsFlags } from '../cli/flags.ts';
import { packageVersion } from '../cli/package-info.ts';
import { modelFacts } from '../cli/wiring/configs/claims.ts';
import { freeRunId, planJob } from '../cli/wiring/jobs/job.ts';
import { createManifest } from '../cli/wiring/jobs/manifest.ts';
import { strategyOf } from '../cli/wiring/jobs/strategy.ts';
import { modelsCalled } from '../cli/wiring/jobs/writing.ts';
import { openSharedAnswers } from '../cli/wiring/models/call-cache.ts';
import { openCallers } from '../cli/wiring/models/callers.ts';
import { checkDollars } from '../cli/wiring/models/dollars.ts';
import type { ModelStack } from '../cli/wiring/models/model-stack.ts';
import { pricedCard } from '../cli/wiring/models/models.ts';
import { notePrices } from '../cli/wiring/models/prices.ts';
import { mayBeAsked, openGrader } from '../cli/wiring/tasks/tasks.ts';
import { callBack } from '../core/call-back.ts';
import { type Clock, createRealClock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { InputError, MixtuneError } from '../core/errors.ts';
import { packageFolder } from '../core/package-files.ts';
import { unwrap } from '../core/result.ts';
import { boundsText, parseBounds } from '../domain/bound-text.ts';
import type { Bounds } from '../domain/bounds.ts';
import { ceilingKeys } from '../domain/budget.ts';
import { memberOfFile, type Progress } from '../domain/run-result.ts';
import { wordingOf } from '../domain/task-wording.ts';
import { parseWith } from '../domain/validation.ts';
import { functionGrader } from '../grading/create-grader.ts';
import { createAnswerExtractor } from '../grading/extract.ts';
import { withGradeCache } from '../grading/grade-cache.ts';
import type { Grader } from '../grading/grader.ts';
import { withProgramSilenceTold, withSilenceTold } from '../grading/silent-grader.ts';
import type { ModelPrice } from '../models/chat-model.ts';
import { pricesOf, pricesSchema } from '../models/price-file.ts';
import { modelCard } from '../models/prices.ts';
import { createRunFolder } from '../run/folder/run-folder.ts';
import { functionStrategy } from '../run/of-program.ts';
import { tune as tuneFolder } from '../run/tune.ts';
import type { TuneDependencies, TuneSettings } from '../run/types.ts';
import type { SearchSpaceFile } from '../search/space.ts';
import { parseSearchSpace } from '../search/space-file.ts';
import { withBaselines } from '../search/with-baselines.ts';
import { checkOptions } from './check-options.ts';
import { keptRun } from './kept-run.ts';
import { inOptionNames } from './option-names.ts';
import { createOwnModels, modelOf, type OwnModel } from './own-models.ts';
import { graderOf, keepTask } from './own-task.ts';
import type { TuneOptions } from './tune-options.ts';
import { Tuning, type TuningResult } from './tuning.ts';

/**
 * Tunes a Mixture-of-Agents system for a task, with the defaults of `mixtune tune`: 200 evaluations where no
 * ceiling is given. The run is kept in a folder, and the commands of mixtune know it by its id; they cannot call
 * functions of a program. After `stop`, a crash or an abort the same call with `resume` goes on.
 * @returns a run at work: await it for its result, iterate it for its progress
 * @throws (when awaited) InputError where an option is at fault; BudgetTooSmallError where a ceiling allowed no
 * evaluation; MixtuneError `grader-fails` where the grader fails on the first 12 answers, `nothing-scored` where the
 * first 24 cells could not be scored, `no-scores` where a shorter run had no score; what `onNotice` throws, after the
 * run was stopped by it
 *
 * @example
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { tune } from 'mixtune';
 *
 * const { best } = await tune({
 *   task: 'contest-math',
 *   models: ['sim/wisp-1b', 'sim/heron-8b', 'sim/sage-70b'],
 *   maxEvaluations: 12,
 *   runsFolder: mkdtempSync(`${tmpdir()}/mixtune-`),
 * });
 * if (best.objectives.score.mean === null) throw new Error('expected a score');
 */
export function tune(options: TuneOptions): Tuning {
  return new Tuning(async (stop, onProgress) => {
    const thrown = new AbortController();
    const signal = AbortSignal.any([stop, thrown.signal, ...(options.signal ? [options.signal] : [])]);
    // Timers tell of notices, too, and calls whose answers are being kept: nothing may be thrown there.
    const onNotice = (notice: string): void => {
      if (thrown.signal.aborted) return;
      callBack(
        () => options.onNotice?.(notice),
        (error) => thrown.abort(error),
      );
    };
    try {
      checkOptions(options);
      const result = await play({ ...options, onNotice }, signal, onProgress);
      thrown.signal.throwIfAborted();
      return result;
    } catch (error) {
      thrown.signal.throwIfAborted();
      throw error instanceof InputError ? inOptionNames(error) : error;
    }
  });
}

async function play(
  options: TuneOptions,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<TuningResult> {
  const context = contextOf(options);
  const runsFolder = resolve(context.cwd, options.runsFolder ?? 'runs');
  const prices = pricesOf(unwrap(parseWith(pricesSchema, options.prices ?? {}, 'prices')));
  const own = ownModels(options, context.clock, prices);
  const taskName = await nameOfTask(options, runsFolder);
  const { strategy, seed, concurrency, repeats, finishRepeats, holdoutRepeats, baseUrl, apiKeyEnv } = options;
  const line = {
    ...defaultsOf({ ...jobFlags, ...answerFlags, ...runsFlags }),
    ...defined({ seed, concurrency, repeats, finishRepeats, holdoutRepeats, baseUrl, apiKeyEnv }),
    ...defined({ objectives: options.objectives === undefined ? undefined : [...options.objectives] }),
    ...defined({ bound: options.bounds === undefined ? undefined : checkedBounds(options.bounds) }),
    ...Object.fromEntries(ceilingKeys.map((key) => [key === 'maxSeconds' ? 'maxTime' : key, options[key]])),
    // A strategy of your own has the schedule of those that know of none.
    strategy: typeof strategy === 'string' ? strategy : strategy === undefined ? 'auto' : 'evolution',
    ...defined({ reflection: options.reflection ?? (typeof strategy === 'function' ? false : undefined) }),
    cache: options.cache ?? own === undefined,
    runsDir: runsFolder,
    ...(own === undefined ? { models: [...namesOf(options.models)] } : {}),
    ...(typeof options.space === 'string' ? { space: options.space } : {}),
  };
  const planned = await planJob(taskName, line, context, {
    models: own === undefined ? undefined : own.names,
    space: spaceOf(options),
    seeds: options.from,
  });
  const { task, taskFolder, taskChanges, space, endpoint } = planned;
  if (planned.note !== undefined) context.notice(planned.note);
  const models = modelsCalled(planned.settings, task);
  if (options.prices !== undefined) notePrices(context, prices, 'prices', models);
  const closers: (() => unknown)[] = [];
  try {
    const stack =
      own?.stack ??
      (await openCallers(context, line, {
        ...{ models, taskFolder, seed: line.seed },
        prices: (name) => prices.get(name),
      }));
    for (const note of checkDollars(planned, models, stack.card)) context.notice(note);
    const grader = await openOwnGrader();
    const settings: TuneSettings = {
      ...planned.settings,
      simulated: stack.simulated,
      ...(typeof strategy === 'function' ? { strategy: functionStrategy } : {}),
    };
    const run = options.run ?? (await freeRunId(context, task.name, runsFolder));
    const manifest = await createManifest(context, {
      ...{ run, settings, space, endpoint, ownPrices: prices.size > 0 },
      ...(line.cache ? {} : { cache: false }),
      task: {
        name: task.name,
        hash: task.hash,
        folder: taskFolder,
        ...taskChanges,
        wording: wordingOf(task),
      },
      models: modelFacts(stack, [...models, ...mayBeAsked(task, grader, prices)]),
      grader: { name: grader.name, revision: grader.revision },
    });
    const kept = options.resume === true ? await keptRun(runsFolder, manifest) : undefined;
    const folder = kept ?? (await createRunFolder(runsFolder, run, manifest));
    const answers = openSharedAnswers(context, line, { simulated: stack.simulated, cache: line.cache });
    if (answers !== undefined) closers.push(() => answers.close());
    const front = await tuneFolder(folder, settings, {
      ...defined({ sharedAnswers: answers, onNotice: options.onNotice }),
      ...{
        clock: stack.clock,
        model: stack.model,
        card: stack.card,
        task,
        space,
        grader,
        signal,
        onProgress,
      },
      extractAnswer: createAnswerExtractor(task),
      createStrategy: strategyFor(strategy, settings),
    });
    const best = front.best === undefined ? undefined : memberOfFile(front, front.best);
    // Without a front the run has thrown.
    if (best === undefined)
      throw new MixtuneError('interrupted', `Run ${run} was stopped before anything was measured`);
    return { ...front, run, folder, best };

    async function openOwnGrader(): Promise<Grader> {
      const tell = (text: string): void => options.onNotice?.(text);
      const told = (grader: Grader): Grader => withSilenceTold(grader, context.clock, tell);
      if (typeof options.grader === 'function') return withGradeCache(told(graderOf(options.grader)));
      if (isGrader(options.grader)) return told(options.grader);
      const opened = await openGrader({ task, folder: taskFolder, named: true }, stack.model);
      closers.push(async () => {
        await opened.close();
        const oddity = opened.grader.oddity?.();
        if (oddity !== undefined) options.onNotice?.(oddity);
      });
      return withProgramSilenceTold(task, opened.grader, context.clock, tell);
    }
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** By the rules of the command line. */
function checkedBounds(bounds: Bounds): Bounds {
  const parsed = parseBounds(boundsText(bounds));
  if (!parsed.ok) throw new InputError('bounds', { ...parsed.error });
  return parsed.value;
}

const isGrader = (grader: TuneOptions['grader']): grader is Grader =>
  typeof grader === 'object' && typeof grader.grade === 'function';

/** The name or folder of the task; one that is given as data is kept in a folder. */
async function nameOfTask({ task, grader }: TuneOptions, runsFolder: string): Promise<string> {
  if (typeof task === 'string') {
    if (grader === undefined || typeof grader === 'function' || isGrader(grader)) return task;
    const expected = 'a function or a Grader in place of the own grader of a task that is named';
    throw new InputError('grader', { expected, found: JSON.stringify(grader) });
  }
  if (grader === undefined) {
    const expected = 'a grader beside the questions: its name, { name, … }, a function or a Grader';
    throw new InputError('grader', { expected, found: 'none' });
  }
  if (typeof grader === 'string') return keepTask(task, { name: grader }, runsFolder);
  if (typeof grader === 'function' || isGrader(grader))
    return keepTask(task, { name: functionGrader }, runsFolder);
  return keepTask(task, grader, runsFolder);
}

/** `Array.isArray` says nothing of lists that are read only. */
const isList = (models: TuneOptions['models']): models is readonly string[] => Array.isArray(models);

function namesOf(models: TuneOptions['models']): readonly string[] {
  if (isList(models) && models.length > 0) return models;
  const expected =
    'names such as openai/gpt-4o-mini, sim/* for the simulated ones, or a function for each name';
  const found = models === undefined || isList(models) ? 'none' : JSON.stringify(models);
  throw new InputError('models', { expected, found });
}

/** Functions in place of models; `undefined` where providers answer. */
function ownModels(
  { models, system, onNotice }: TuneOptions,
  clock: Clock,
  prices: ReadonlyMap<string, ModelPrice>,
): { readonly names: readonly string[]; readonly stack: ModelStack } | undefined {
  const functions = new Map<string, OwnModel>();
  if (system !== undefined) {
    const variants = models === undefined ? ['own/system'] : namesOf(models);
    for (const name of variants) functions.set(name, modelOf(system));
  } else if (typeof models === 'object' && !isList(models)) {
    for (const [name, ask] of Object.entries(models)) {
      functions.set(name, ask);
    }
  }
  if (functions.size === 0) return undefined;
  const onThrown = (text: string): void => onNotice?.(text);
  return {
    names: [...functions.keys()],
    stack: {
      ...{
        clock,
        model: createOwnModels(Object.fromEntries(functions), { clock, prices, onThrown }),
        simulated: false,
      },
      card: (name) => pricedCard(modelCard(name), prices.get(name)),
      onNote: () => undefined,
    },
  };
}

function spaceOf({ space, system }: TuneOptions): SearchSpaceFile | undefined {
  const parsed =
    typeof space === 'object'
      ? unwrap(parseSearchSpace({ version: 1, name: 'own', ...space }, 'space'))
      : undefined;
  if (system === undefined) return parsed;
  // A system answers by itself: what lies around it is not mixtune's to build.
  const alone = parsed?.agents.max === 1 && parsed.samples.max === 1 && parsed.stages.kinds.length === 0;
  if (alone) return parsed;
  const expected =
    'for a system of your own a space with agents { min: 1, max: 1 }, stages { kinds: [], max: 0 }, and what it may choose';
  throw new InputError('space', {
    expected,
    found: parsed === undefined ? 'none' : 'more than one agent',
  });
}

function strategyFor(
  strategy: TuneOptions['strategy'],
  settings: TuneSettings,
): TuneDependencies['createStrategy'] {
  if (typeof strategy !== 'function') return strategyOf(settings);
  return (context) => withBaselines(strategy(context), context);
}

function contextOf({ env = process.env, clock = createRealClock(), onNotice }: TuneOptions): CliContext {
  const notices = new Writable({
    write(chunk, _encoding, done) {
      onNotice?.(String(chunk).trimEnd());
      done();
    },
  });
  return createCliContext({
    ...{ argv: [], env, clock, packageFolder, cwd: process.cwd(), version: packageVersion() },
    ...{ stdin: process.stdin, stdout: notices, stderr: notices },
    today: () => new Date(),
    // A program keeps its own signals: see `signal` and `stop`.
    onInterrupt: () => () => undefined,
  });
}
