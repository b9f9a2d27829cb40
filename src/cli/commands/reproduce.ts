import { type Differences, differencesOf, type Obstacles } from '../../analysis/reproduce/differences.ts';
import { type Reproduction, reproduce, unmeasured } from '../../analysis/reproduce/reproduce.ts';
import { openEvidence, recordedClaims } from '../../analysis/reproduce/run-evidence.ts';
import { defaultRepeats, defaultSplit } from '../../analysis/reproduce/verdicts.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { modelsOf } from '../../domain/moa-config.ts';
import type { BestFile } from '../../domain/run-result.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import { createColors } from '../../report/colors.ts';
import { replayText, reproductionText } from '../../report/reproduction-text.ts';
import { createReplayModel, lastFailures, replayTrial, replayVerdicts } from '../../run/replay.ts';
import { budgetOf, callCeilingFlags } from '../ceiling-flags.ts';
import {
  argument,
  choice,
  defineCommand,
  type OptionsOf,
  on,
  optionalArgument,
  text,
  value,
} from '../command.ts';
import { type CliContext, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import { concurrencyFlags, jsonFlags, modelFlags, runsFlags, trustFlags, whichHelp } from '../flags.ts';
import { parseCountFrom } from '../option-values.ts';
import { modelFacts, type OpenClaim, openClaim } from '../wiring/claims.ts';
import { type AllowedEndpoint, allowedEndpoint } from '../wiring/consent.ts';
import { createModelStack, type ModelStack, refuseUnpriced } from '../wiring/models.ts';
import { tellOddities } from '../wiring/server-notes.ts';
import { type OpenTask, openGrader, UnnamedFolderError, withJudge } from '../wiring/tasks.ts';

const flags = {
  repeats: value(
    '<n>',
    'fresh answers per question (default: 24 for each that the claim rests on)',
    parseCountFrom(1),
  ),
  split: choice('<split>', 'whose claim (default: holdout, where it was measured)', ['holdout', 'tuning']),
  draw: value('<n>', 'which set of fresh samples; default 1', parseCountFrom(1)),
  fromCache: on("play the run's own answers again instead: all must match to the last bit"),
  task: text('<task>', 'where the task is now (default: where your run had it, else by name among yours)'),
  ...concurrencyFlags,
  ...modelFlags,
  ...trustFlags,
  ...jsonFlags,
  ...runsFlags,
  ...callCeilingFlags,
};
type ReproduceOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Checks what a run or lock claims of a config: hashes first, then every figure against fresh answers, by a stated test. Exit 0 when all claims that could be checked held, 1 when one did not or none could be checked.',
  arguments: [
    argument('run|lock', "a run's id or folder, or a lock file (best.json)"),
    optionalArgument('which', `${whichHelp} (default: best)`),
  ],
  flags,
  examples: [
    'mixtune reproduce my-run',
    'mixtune reproduce runs/my-run/best.json --repeats 50 --max-usd 2',
    'mixtune reproduce my-run knee --from-cache',
  ],
  run: ([source, which], options, context) => reproduceClaims(source, which, options, context),
});

async function reproduceClaims(
  source: string,
  which: string | undefined,
  options: ReproduceOptions,
  context: CliContext,
): Promise<number> {
  const claim = await openClaim(context, source, which, options);
  const controller = new AbortController();
  const release = context.onInterrupt(() => controller.abort(new Error('interrupted')));
  try {
    const code =
      options.fromCache === true
        ? await replay(claim, options, context, controller.signal)
        : await measure(claim, options, context, controller.signal);
    return controller.signal.aborted ? exitCodes.interrupted : code;
  } finally {
    release();
  }
}

async function measure(
  claim: OpenClaim,
  options: ReproduceOptions,
  context: CliContext,
  signal: AbortSignal,
): Promise<number> {
  const { lock, task } = claim;
  if (task instanceof UnnamedFolderError) throw task;
  if (task instanceof InputError)
    return cannot(claim, options, context, `the task is gone (${task.message})`);
  const modelsUsed = withJudge(modelsOf(lock.member.config), task.task);
  const endpoint = allowedEndpoint(context, options, claim.provenance, modelsUsed);
  const stack = await reachModels(context, lock, modelsUsed, {
    ...endpoint,
    runsDir: options.runsDir,
    taskFolder: task.folder,
  });
  const unreachable = stack instanceof InputError;
  if (!unreachable) refuseUnpriced(options.maxUsd, modelsUsed, stack.card);
  const opened = await openGrader(task, unreachable ? undefined : stack.model);
  try {
    const { runFolder, fromFile } = claim;
    const recorded =
      runFolder === null || !fromFile ? undefined : await recordedClaims(runFolder, lock.member.id);
    const found = differencesOf(lock, {
      task: task.task,
      grader: opened.grader,
      mixtune: context.version,
      ...(recorded === undefined ? {} : { journal: recorded }),
      model: unreachable ? undefined : (name) => modelFacts(stack, [name])[name] ?? unknownModel,
    });
    if (unreachable) {
      const all = found.barred.all ?? `the models cannot be reached (${stack.message})`;
      return report(claim, options, context, nothingMeasured(lock, options, { ...found.barred, all }), found);
    }
    const split = options.split ?? defaultSplit(lock);
    const repeats = options.repeats ?? defaultRepeats(lock.claims[split] ?? lock.claims.tuning);
    if (found.barred.all === undefined) announce(context, split, repeats, task.task[split].length);
    const reproduction = await reproduce(
      lock,
      {
        split,
        repeats,
        concurrency: options.concurrency,
        ...(options.draw === undefined ? {} : { draw: options.draw }),
        budget: budgetOf(options),
      },
      {
        clock: stack.clock,
        model: stack.model,
        card: stack.card,
        task: task.task,
        grader: opened.grader,
        extractAnswer: createAnswerExtractor(task.task),
        signal,
      },
      found.barred,
    );
    return report(claim, options, context, reproduction, found);
  } finally {
    await opened.close();
  }
}

const unknownModel = { revision: null, price: null };

async function reachModels(
  context: CliContext,
  lock: BestFile,
  models: readonly string[],
  endpoint: AllowedEndpoint & Pick<ReproduceOptions, 'runsDir'> & { readonly taskFolder: string },
): Promise<ModelStack | InputError> {
  try {
    const seed = lock.worldSeed ?? lock.seed;
    const stack = await createModelStack(context, models, { ...endpoint, seed });
    tellOddities(context, stack);
    return stack;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

function announce(context: CliContext, split: string, repeats: number, instances: number): void {
  const answers = `${repeats * instances} fresh answers (${repeats} to each of ${instances} ${split} questions)`;
  writeLine(context.stderr, `Measuring the ${split} claim again with ${answers}.`);
}

function nothingMeasured(lock: BestFile, options: ReproduceOptions, barred: Obstacles): Reproduction {
  return unmeasured(lock, options.split ?? defaultSplit(lock), 0, barred);
}

function cannot(claim: OpenClaim, options: ReproduceOptions, context: CliContext, why: string): number {
  const none = { notes: [], barred: { all: why } };
  return report(claim, options, context, nothingMeasured(claim.lock, options, none.barred), none);
}

function report(
  { lock, label }: OpenClaim,
  options: ReproduceOptions,
  context: CliContext,
  reproduction: Reproduction,
  { notes }: Differences,
): number {
  const { fresh: _cells, ...told } = reproduction;
  const { task, simulated, member } = lock;
  if (options.json === true) {
    writeJson(context.stdout, { source: label, task, simulated, id: member.id, ...told, notes });
  } else {
    const colors = createColors(wantsColor(context.stdout, context.env));
    const look = { colors, width: widthOf(context.stdout) };
    writeLine(context.stdout, reproductionText(label, lock, reproduction, notes, look));
  }
  return reproduction.verdict === 'held' ? exitCodes.done : exitCodes.failed;
}

/** Plays the run's own cells again from its journal, without a call. */
async function replay(
  claim: OpenClaim,
  options: ReproduceOptions,
  context: CliContext,
  signal: AbortSignal,
): Promise<number> {
  const { lock, task, runFolder } = claim;
  if (runFolder === null) {
    throw new InputError('--from-cache', {
      path: '',
      expected: `the run that made the lock (${lock.made.run}) in its folder or below --runs-dir`,
      found: 'none',
    });
  }
  if (task instanceof UnnamedFolderError) throw task;
  if (task instanceof InputError)
    return cannot(claim, options, context, `the task is gone (${task.message})`);
  return replayIn(runFolder, { ...claim, task }, options, context, signal);
}

async function replayIn(
  runFolder: string,
  claim: OpenClaim & { readonly task: OpenTask },
  options: ReproduceOptions,
  context: CliContext,
  signal: AbortSignal,
): Promise<number> {
  const { lock, label } = claim;
  const { task } = claim.task;
  const opened = await openGrader(claim.task);
  const evidence = await openEvidence(runFolder).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  try {
    const found = differencesOf(lock, {
      ...{ task, grader: opened.grader, mixtune: context.version, model: undefined },
    });
    if (found.barred.all !== undefined) {
      return report(claim, options, context, nothingMeasured(lock, options, found.barred), found);
    }
    const trial = evidence.state.byId.get(lock.member.id);
    if (trial === undefined) {
      throw new InputError(label, {
        path: 'member.id',
        expected: 'a config that the run tried',
        found: lock.member.id,
      });
    }
    const { models } = evidence.manifest;
    const model = createReplayModel({
      journal: evidence.journal,
      revision: (name) => lock.models[name]?.revision ?? models?.[name]?.revision ?? '',
      failures: lastFailures(evidence.journal.events()),
    });
    const result = await replayTrial({
      ...{ config: trial.config, results: trial.results, task, grader: opened.grader, model, signal },
      clock: context.clock,
      extractAnswer: createAnswerExtractor(task),
    });
    const verdicts = replayVerdicts(lock, result);
    const same = verdicts.every(({ verdict }) => verdict === 'held') && result.differences.length === 0;
    if (options.json === true) {
      const { simulated, member } = lock;
      const told = { verdict: same ? 'held' : 'not-held', claims: verdicts, ...result, notes: found.notes };
      writeJson(context.stdout, { source: label, task: lock.task, simulated, id: member.id, ...told });
    } else writeLine(context.stdout, replayText(label, lock, verdicts, result, found.notes));
    return same ? exitCodes.done : exitCodes.failed;
  } finally {
    await opened.close();
    evidence.journal.close();
  }
}
