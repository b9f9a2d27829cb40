import { openEvidence, type RunEvidence } from '../../../analysis/reproduce/run-evidence.ts';
import { agentsWorth, type WorthOutcome } from '../../../analysis/worth/measure.ts';
import type { FreshCalls } from '../../../analysis/worth/systems.ts';
import { readWorth, writeWorth } from '../../../analysis/worth/worth-file.ts';
import { defined } from '../../../core/defined.ts';
import { exitCodes, InputError, messageOf } from '../../../core/errors.ts';
import type { Cell } from '../../../domain/cell.ts';
import { type ConfigId, type MoaConfig, modelsOf } from '../../../domain/moa-config.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import { formatCounted } from '../../../report/format.ts';
import { cutOffCauses } from '../../../report/measuring-text.ts';
import type { WorthShown } from '../../../report/worth-text.ts';
import { budgetOf, type callCeilingFlags } from '../../ceiling-flags.ts';
import type { OptionsOf } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import type { answerFlags, modelFlags, RunsOption, TrustOption } from '../../flags.ts';
import { limitsOf } from '../../limit-flags.ts';
import { provenanceOfRun } from '../configs/own-runs.ts';
import { whileShown } from '../measuring.ts';
import { type Callers, openCallers } from '../models/callers.ts';
import { refuseUnpriced } from '../models/dollars.ts';
import { refuseMissing, withRecording } from '../models/recorded.ts';
import { tellOddities } from '../models/server-notes.ts';
import { type OpenTask, openTaskOfRun, withJudge } from '../tasks/tasks.ts';

type WorthOptions = OptionsOf<typeof callCeilingFlags> &
  OptionsOf<typeof modelFlags> &
  OptionsOf<typeof answerFlags> &
  RunsOption &
  TrustOption & {
    readonly worth?: boolean;
    readonly split?: Cell['split'];
    readonly repeats?: number;
    readonly concurrency: number;
  };

/** What the agents of a run's best config add; `exitCode` is that of the command that asked. */
export type WorthOfRun = WorthShown & { readonly exitCode: number };

interface WantedRun {
  readonly folder: string;
  /** As the command line names it. */
  readonly run: string;
  /** Of its best config. */
  readonly id: ConfigId | undefined;
}

/**
 * From what is recorded and what `--worth` asks, which is kept in the run's folder; without `--worth` what was kept
 * before, else what is recorded.
 * @throws InputError
 */
export async function worthOfRun(
  context: CliContext,
  wanted: WantedRun,
  options: WorthOptions,
): Promise<WorthOfRun> {
  const { folder, run, id } = wanted;
  refuseWithoutWorth(options);
  const refused = (because: string): WorthOfRun => ({ kind: 'refused', because, exitCode: exitCodes.done });
  if (id === undefined) return refused('nothing was scored');
  const kept = options.worth === true || options.split !== undefined ? null : readWorth(folder);
  if (kept?.id === id) return { kind: 'found', worth: kept, kept: true, exitCode: exitCodes.done };
  const evidence = await openEvidence(folder);
  try {
    const { manifest, state } = evidence;
    const config = state.byId.get(id)?.config;
    const provenance = provenanceOfRun(run, manifest);
    const task = await openTaskOfRun(context, manifest.task, provenance).catch((error: unknown) => {
      if (error instanceof InputError && options.worth !== true) return undefined;
      throw error;
    });
    if (config === undefined || task === undefined) return refused('its task is not to be found here');
    if (task.task.hash !== manifest.task.hash) return refused('its task has changed since');
    return await measured(context, { ...wanted, id, config, task, evidence }, options);
  } finally {
    evidence.journal.close();
  }
}

function refuseWithoutWorth(options: WorthOptions): void {
  const isAsked = options.repeats !== undefined || Object.keys(budgetOf(options)).length > 0;
  if (options.worth === true || !isAsked) return;
  throw new InputError(options.repeats === undefined ? '--max-…' : '--repeats', {
    expected: '--worth beside it: nothing else of this command asks models',
    found: 'none',
  });
}

interface OpenWorth extends WantedRun {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly task: OpenTask;
  readonly evidence: RunEvidence;
}

async function measured(context: CliContext, opened: OpenWorth, given: WorthOptions): Promise<WorthOfRun> {
  const { evidence, task, config, run, id } = opened;
  const { manifest } = evidence;
  const isFresh = given.worth === true;
  const options = isFresh ? await withRecording(context, given) : given;
  const models = isFresh ? withJudge(modelsOf(config), task.task) : [];
  await using callers = await openCallers(context, isFresh ? options : {}, {
    ...{ models, taskFolder: task.folder, provenance: provenanceOfRun(run, manifest) },
    seed: manifest.settings.seed,
  });
  const signal = callers.interruptible();
  const grader = await callers.grader(task).catch((error: unknown) => {
    if (error instanceof InputError && !isFresh) return undefined;
    throw error;
  });
  if (grader === undefined)
    return { kind: 'refused', because: 'its grader cannot be called here', exitCode: exitCodes.done };
  const parts = {
    ...{ ...evidence, id, signal, simulated: manifest.simulated, clock: context.clock },
    task: task.task,
    grader,
    extractAnswer: createAnswerExtractor(task.task),
    ...defined({ split: options.split, repeats: options.repeats }),
  };
  if (!isFresh) return shown(await agentsWorth(parts));
  tellOddities(context, callers);
  refuseUnpriced(options.maxUsd, models, callers.card);
  refuseOtherModels(callers, opened);
  const recorded = await agentsWorth(parts);
  if (recorded.kind === 'refused') return shown(recorded);
  const { missing, missingCalls } = recorded.worth.evidence;
  refuseEndless(callers, options, missingCalls);
  const { clock, model, card, simulated } = callers;
  const { seed, limits: ofRun } = manifest.settings;
  const budget = budgetOf(options);
  const plan = { answers: missing, calls: missingCalls, simulated, budget };
  const what = 'Measuring the config without some of its agents';
  const outcome = await whileShown(context, what, plan, (onCell) => {
    const fresh: FreshCalls = {
      settings: { concurrency: options.concurrency, seed, ...defined({ limits: limitsOf({}, ofRun) }) },
      budget,
      dependencies: {
        ...{ clock, model, card, signal, onCell, onNotice: context.notice },
        ...defined({ sharedAnswers: callers.sharedAnswers() }),
      },
    };
    return agentsWorth({ ...parts, fresh });
  });
  refuseMissing(callers);
  return shown(outcome, outcome.kind === 'found' && keep(context, opened, outcome));
}

/** Answers of other models would say nothing of the recorded ones. */
function refuseOtherModels({ model }: Callers, { config, evidence, run }: OpenWorth): void {
  for (const name of modelsOf(config)) {
    const [then, now] = [evidence.manifest.models?.[name]?.revision, model.revision(name)];
    if (then == null || then === now) continue;
    throw new InputError('--worth', {
      expected: `${name} as it was in ${run} (${then}), since its recorded answers are compared with fresh ones`,
      found: now,
    });
  }
}

function refuseEndless({ simulated }: Callers, options: WorthOptions, calls: number): void {
  if (simulated || calls === 0 || options.recorded !== undefined) return;
  if (Object.keys(budgetOf(options)).length > 0) return;
  throw new InputError('--worth', {
    expected: `a ceiling beside it (--max-calls, --max-usd, …); what is not recorded takes ${formatCounted(calls, 'call')} at most`,
    found: 'none',
  });
}

/** @returns whether it could be written */
function keep(
  context: CliContext,
  { folder }: OpenWorth,
  { worth, cutOff }: Extract<WorthOutcome, { kind: 'found' }>,
): boolean {
  if (cutOff !== undefined) {
    context.notice(`${cutOffCauses[cutOff]}: not all that was missing was asked`);
  }
  try {
    writeWorth(folder, worth);
    return true;
  } catch (error) {
    context.notice(`not kept in the run's folder: ${messageOf(error)}`);
    return false;
  }
}

function shown(outcome: WorthOutcome, kept = false): WorthOfRun {
  if (outcome.kind === 'refused') return { ...outcome, exitCode: exitCodes.done };
  const isInterrupted = outcome.cutOff === 'interrupted';
  return {
    kind: 'found',
    worth: outcome.worth,
    kept,
    exitCode: isInterrupted ? exitCodes.interrupted : exitCodes.done,
  };
}
