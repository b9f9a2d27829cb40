import { type Differences, differencesOf, type Obstacles } from '../../analysis/reproduce/differences.ts';
import { fittingRepeats } from '../../analysis/reproduce/fitting-repeats.ts';
import { judgingCostOfRun } from '../../analysis/reproduce/judging-cost.ts';
import { type Reproduction, reproduce, unmeasured } from '../../analysis/reproduce/reproduce.ts';
import { openEvidence, recordedClaims } from '../../analysis/reproduce/run-evidence.ts';
import { defaultRepeats, defaultSplit } from '../../analysis/reproduce/verdicts.ts';
import { defined } from '../../core/defined.ts';
import { exitCodes, InputError } from '../../core/errors.ts';
import { modelsOf } from '../../domain/moa-config.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import { fewerRepeatsText, fittedRepeatsText } from '../../report/measuring-text.ts';
import { replayText, reproductionText } from '../../report/reproduction-text.ts';
import { replayOfRun, replayTrial, replayVerdicts, revisionsOf } from '../../run/calls/replay.ts';
import type { BestFile } from '../../run/folder/lock-schema.ts';
import { budgetOf, callCeilingFlags, optionOfCeiling } from '../ceiling-flags.ts';
import { defineCommand } from '../command.ts';
import { argument, choice, type OptionsOf, on, optionalArgument, text, value } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import {
  concurrencyFlags,
  confirmFlags,
  jsonFlags,
  modelFlags,
  runsFlags,
  trustFlags,
  whichHelp,
} from '../flags.ts';
import { parseCountFrom, parseRepeatsFrom } from '../option-values.ts';
import { modelFacts, type OpenClaim, openClaim } from '../wiring/configs/claims.ts';
import { allowedEndpoint } from '../wiring/jobs/consent.ts';
import { mayStart } from '../wiring/jobs/start.ts';
import { type OnCell, planOfClaim, whileShown, worstCostOf } from '../wiring/measuring.ts';
import { type Callers, type CallersNeeded, openCallers } from '../wiring/models/callers.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import { cardOf } from '../wiring/models/models.ts';
import { pricesFor } from '../wiring/models/prices.ts';
import { tellOddities } from '../wiring/models/server-notes.ts';
import { gradingCallsOf, type OpenTask, UnnamedFolderError, withJudge } from '../wiring/tasks/tasks.ts';

const flags = {
  repeats: value(
    '<n>',
    'fresh answers per question (default: 24 for each that the claim rests on)',
    parseRepeatsFrom(1),
  ),
  split: choice('<split>', 'whose claim (default: holdout, where it was measured)', ['holdout', 'tuning']),
  draw: value('<n>', 'which set of fresh samples; default 1', parseCountFrom(1)),
  fromCache: on("play the run's own answers again: all must match to the last bit"),
  task: text('<task>', 'where the task is now (default: where your run had it, else by name among yours)'),
  ...concurrencyFlags,
  ...modelFlags,
  ...trustFlags,
  ...confirmFlags,
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
  run: async ([source, which], options, context) => {
    const claim = await openClaim(context, source, which, options);
    const { task, runFolder, lock } = claim;
    if (options.fromCache === true && runFolder === null) {
      throw new InputError('--from-cache', {
        expected: `the run that made the lock (${lock.made.run}) in its folder or below --runs-dir`,
        found: 'none',
      });
    }
    if (task instanceof UnnamedFolderError) throw task;
    if (task instanceof InputError) {
      const none = { notes: [], barred: { all: `the task is gone (${task.message})` } };
      return report(claim, options, context, nothingMeasured(lock, options, none.barred), none);
    }
    const opened = { ...claim, task };
    return options.fromCache === true && runFolder !== null
      ? replay(runFolder, opened, options, context)
      : measure(opened, options, context);
  },
});

/** A claim whose task is to be had. */
type CheckableClaim = OpenClaim & { readonly task: OpenTask };

async function measure(
  claim: CheckableClaim,
  options: ReproduceOptions,
  context: CliContext,
): Promise<number> {
  const { lock, task } = claim;
  const modelsUsed = withJudge(modelsOf(lock.member.config), task.task);
  const { prices, list } = await pricesFor(context, options, {
    ...{ models: modelsUsed, made: [claim.provenance] },
  });
  const { callers, trouble } = await reachModels(context, options, {
    ...{ models: modelsUsed, provenance: claim.provenance, taskFolder: task.folder },
    ...{ seed: lock.worldSeed ?? lock.seed, prices },
  });
  if (trouble === undefined) refuseUnpriced(options.maxUsd, modelsUsed, callers.card);
  await using _callers = callers;
  const signal = callers.interruptible();
  const grader = await callers.grader(task);
  const { runFolder, fromFile } = claim;
  const recorded =
    runFolder === null || !fromFile ? undefined : await recordedClaims(runFolder, lock.member.id);
  const found = differencesOf(lock, {
    ...{ task: task.task, grader, mixtune: context.version },
    ...defined({ journal: recorded }),
    model: trouble === undefined ? (name) => modelFacts(callers, [name])[name] ?? unknownModel : undefined,
    listed: (name) => list?.prices.get(name) ?? cardOf(name, callers.endpoint.baseUrl)?.price ?? null,
  });
  if (trouble !== undefined) {
    const all = found.barred.all ?? `the models cannot be reached (${trouble.message})`;
    return report(claim, options, context, nothingMeasured(lock, options, { ...found.barred, all }), found);
  }
  const split = options.split ?? defaultSplit(lock);
  const wanted = options.repeats ?? defaultRepeats(lock.claims[split] ?? lock.claims.tuning);
  const { evidence = [] } = lock.claims[split] ?? {};
  const questions = new Set(evidence.map(({ instance }) => instance)).size;
  const { clock, model, card, simulated } = callers;
  const { concurrency } = options;
  const budget = budgetOf(options);
  const judging = grader.callsModels === true && runFolder !== null ? judgingCostOfRun(runFolder) : undefined;
  const gradingCalls = gradingCallsOf(task.task, split) || (judging?.calls ?? 0);
  const fitting = fittingRepeats(lock, split, { questions, concurrency, gradingCalls, judging }, budget);
  const isAsked = options.repeats !== undefined;
  const repeats = isAsked || fitting === undefined ? wanted : Math.max(1, Math.min(wanted, fitting.repeats));
  const measureAgain = (onCell?: OnCell) =>
    reproduce(
      lock,
      {
        ...{ split, repeats, concurrency, budget },
        ...defined({ draw: options.draw }),
      },
      {
        ...{ clock, model, card, task: task.task, grader, signal, onNotice: context.notice },
        extractAnswer: createAnswerExtractor(task.task),
        ...defined({ onCell }),
      },
      found.barred,
    );
  const what = `Measuring the ${split} claim again on the questions that it rests on`;
  const plan = planOfClaim(lock, split, {
    ...{ answers: repeats * questions, gradingCalls, simulated, judging },
  });
  const claimed = evidence.length / Math.max(1, questions);
  const remark = (): string | undefined => {
    if (fitting !== undefined && fitting.repeats < wanted) {
      const option = optionOfCeiling(fitting.ceiling);
      return fittedRepeatsText({ repeats: fitting.repeats, wanted, claimed }, { option, isAsked });
    }
    return isAsked ? undefined : fewerRepeatsText(plan, { repeats, claimed, runTokens: claim.runTokens });
  };
  const start = (): Promise<boolean> | true =>
    simulated || mayStart(context, worstCostOf(plan, options), options, signal);
  const reproduction =
    found.barred.all === undefined && questions > 0
      ? await whileShown(
          context,
          what,
          { ...plan, budget, ...defined({ remark: remark() }) },
          async (onCell) => ((await start()) ? measureAgain(onCell) : undefined),
        )
      : await measureAgain();
  if (reproduction === undefined) return exitCodes.failed;
  const code = report(claim, options, context, reproduction, found);
  return signal.aborted ? exitCodes.interrupted : code;
}

const unknownModel = { revision: null, price: null };

/** The models, or none where they cannot be reached: what needs no call is looked at all the same. */
async function reachModels(
  context: CliContext,
  options: ReproduceOptions,
  needed: CallersNeeded,
): Promise<{ readonly callers: Callers; readonly trouble?: InputError }> {
  // What may not be called is refused, other than what cannot be.
  allowedEndpoint(context, options, needed.provenance, needed.models);
  try {
    const callers = await openCallers(context, options, needed);
    tellOddities(context, callers);
    return { callers };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { callers: await openCallers(context, {}, { models: [] }), trouble: error };
  }
}

function nothingMeasured(lock: BestFile, options: ReproduceOptions, barred: Obstacles): Reproduction {
  return unmeasured(lock, options.split ?? defaultSplit(lock), 0, barred);
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
  tell(context, options, { source: label, task, simulated, id: member.id, ...told, notes }, (look) =>
    reproductionText(label, lock, reproduction, notes, look),
  );
  return reproduction.verdict === 'held' ? exitCodes.done : exitCodes.failed;
}

/** Plays the run's own cells again from its journal, without a call. */
async function replay(
  runFolder: string,
  claim: CheckableClaim,
  options: ReproduceOptions,
  context: CliContext,
): Promise<number> {
  const { lock, label } = claim;
  const { task } = claim.task;
  const evidence = await openEvidence(runFolder);
  await using callers = await openCallers(context, {}, { models: [] });
  const signal = callers.interruptible();
  try {
    const grader = await callers.grader(claim.task);
    const found = differencesOf(lock, {
      ...{ task, grader, mixtune: context.version, model: undefined },
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
    const model = replayOfRun(evidence.journal, revisionsOf({ models: { ...models, ...lock.models } }));
    const result = await replayTrial({
      ...{ trial, task, grader, model, signal },
      clock: context.clock,
      extractAnswer: createAnswerExtractor(task),
    });
    const verdicts = replayVerdicts(lock, result);
    const same = verdicts.every(({ verdict }) => verdict === 'held') && result.differences.length === 0;
    const { simulated, member } = lock;
    const told = { verdict: same ? 'held' : 'not-held', claims: verdicts, ...result, notes: found.notes };
    tell(context, options, { source: label, task: lock.task, simulated, id: member.id, ...told }, () =>
      replayText(label, lock, verdicts, result, found.notes),
    );
    if (signal.aborted) return exitCodes.interrupted;
    return same ? exitCodes.done : exitCodes.failed;
  } finally {
    evidence.journal.close();
  }
}
