import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { createRng } from '../../../core/rng.ts';
import { VirtualClock } from '../../../core/virtual-clock.ts';
import type { Grader } from '../../../grading/grader.ts';
import { withProgramSilenceTold } from '../../../grading/silent-grader.ts';
import type { SqliteCallStore } from '../../../models/call-store/sqlite-call-store.ts';
import type { CallDesk } from '../../../run/calls/call-desk.ts';
import { callersPolicy, type OpenDeskOptions, openDesk } from '../../../run/calls/open-desk.ts';
import { functionRevision } from '../../../run/of-program.ts';
import type { Manifest } from '../../../run/types.ts';
import type { ServerLoadOptions } from '../../../sim/index.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions, RunsOption, TrustOption, WorkersOptions } from '../../flags.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import type { LimitOptions } from '../../limit-flags.ts';
import type { Provenance } from '../configs/own-runs.ts';
import { type AllowedEndpoint, allowedEndpoint } from '../jobs/consent.ts';
import { openWorkers } from '../jobs/workers.ts';
import { openGrader } from '../tasks/tasks.ts';
import { openSharedAnswers } from './call-cache.ts';
import type { ModelStack } from './model-stack.ts';
import { createModelStack } from './models.ts';
import { type GivenPrices, type PriceOptions, pricesFor } from './prices.ts';

/** Models ready to be called, and what a command needs around its calls; closing lets go of all of it. */
export interface Callers extends ModelStack {
  /** How models are reached: what the command line says, or what a file proposes and may be used. */
  readonly endpoint: AllowedEndpoint & Pick<Manifest['endpoint'], 'recorded' | 'callTimeout'>;
  /** Aborted by Ctrl-C or SIGTERM, which from now on do not end the process at once. */
  interruptible(): AbortSignal;
  /** Where calls of a command that is no run are answered. @param name of its randomness */
  desk(name: string, signal: AbortSignal, options?: DeskOptions): CallDesk;
  /** The answers that runs share, where they are to be used. */
  sharedAnswers(): SqliteCallStore | undefined;
  /**
   * A task's grader, whose judges are among the models.
   * @param tellsSilence whether people are told here of a task's program that gives no grade; a run tells itself. Default true.
   */
  grader(task: Parameters<typeof openGrader>[0], tellsSilence?: boolean): Promise<Grader>;
  /** Works on the models' clock. */
  run<Value>(work: () => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type DeskOptions = Pick<OpenDeskOptions, 'budget' | 'sharedAnswers' | 'journal'>;

/** What the command line says of models. */
type CallerOptions = Partial<Omit<ModelOptions, 'models'> & RunsOption> &
  TrustOption &
  PriceOptions &
  WorkersOptions &
  Pick<LimitOptions, 'callTimeout'> & { readonly cache?: boolean };

export interface CallersNeeded {
  /** Full names; none where nothing but a grader without a judge is wanted. */
  readonly models: readonly string[];
  /** Providers that are called beside theirs, for models that nobody names. Default: none. */
  readonly providers?: readonly string[];
  /** Of simulated models. Default 1. */
  readonly seed?: number;
  /** Folder of the task that the models work on. */
  readonly taskFolder?: string | undefined;
  /** The run or lock that proposes an endpoint; a recording takes the place of any. */
  readonly provenance?: Provenance | undefined;
  /** Default: the machine's, and a virtual one where every model is simulated. */
  readonly clock?: Clock | undefined;
  /** Known already; default: those of {@link pricesFor}. */
  readonly prices?: GivenPrices | undefined;
  /** The server that simulated models answer on. */
  readonly simLoad?: ServerLoadOptions | undefined;
  /** The run's id: what workers answered for it is found again when it is resumed. */
  readonly run?: string | undefined;
}

/** @throws InputError for models that only the program that tuned can call. */
function refuseFunctions(made: Provenance | undefined, models: readonly string[]): void {
  const name = models.find((model) => made?.models?.[model]?.revision === functionRevision);
  if (made === undefined || name === undefined) return;
  const found = `${name}, a function of the program that tuned`;
  throw new InputError(made.source, { path: 'models', expected: 'models that a command can call', found });
}

/** @throws InputError for an unknown model, a missing key, an endpoint that may not be used or does not serve a model. */
export async function openCallers(
  context: CliContext,
  options: CallerOptions,
  needed: CallersNeeded,
): Promise<Callers> {
  const { models, seed = 1, taskFolder, provenance, simLoad, clock: given } = needed;
  const { providers } = needed;
  const { recorded, runsDir, cache } = options;
  if (recorded === undefined) refuseFunctions(provenance, models);
  const endpoint = {
    ...allowedEndpoint(context, options, recorded === undefined ? provenance : undefined, models),
    ...defined({ recorded, callTimeout: options.callTimeout ?? provenance?.endpoint.callTimeout }),
  };
  const made = provenance === undefined ? [] : [provenance];
  const prices =
    'prices' in needed ? needed.prices : (await pricesFor(context, options, { models, made })).prices;
  const where = defined({ runsDir, providers });
  const stackOptions = { ...endpoint, ...where, seed, taskFolder, prices, simLoad, clock: given };
  const workers = await openWorkers(context, options, { models, run: needed.run, stackOptions });
  const stack = workers?.stack ?? (await createModelStack(context, models, stackOptions));
  const { clock, simulated } = stack;
  const closers: (() => unknown)[] = stack.closeModels === undefined ? [] : [stack.closeModels];
  if (workers !== undefined) closers.push(() => workers.close());
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  const desk: Callers['desk'] = (name, signal, options) =>
    openDesk({
      ...{ model: stack.model, card: stack.card, clock, signal, retry: callersPolicy },
      ...{ rng: createRng(name), onNotice: context.notice, ...options },
    });
  return {
    ...stack,
    endpoint,
    desk,
    interruptible: () => {
      const interrupt = listenForInterrupt(context);
      closers.push(() => interrupt[Symbol.dispose]());
      return interrupt.signal;
    },
    sharedAnswers: () => {
      if (runsDir === undefined) return undefined;
      const use = { simulated, recorded: recorded !== undefined, ...defined({ cache }) };
      const answers = openSharedAnswers(context, { runsDir }, use);
      if (answers !== undefined) closers.push(() => answers.close());
      return answers;
    },
    grader: async (task, tellsSilence = true) => {
      // For commands that only grade: a run gives its judges its own desk.
      const judge = models.length === 0 ? undefined : desk('judge', new AbortController().signal);
      const opened = await openGrader(task, judge, await workers?.sandbox());
      closers.push(async () => {
        await opened.close();
        const oddity = opened.grader.oddity?.();
        if (oddity !== undefined) context.notice(oddity);
      });
      return tellsSilence
        ? withProgramSilenceTold(task.task, opened.grader, context.clock, context.notice)
        : opened.grader;
    },
    run: (work) => (clock instanceof VirtualClock ? clock.run(work) : work()),
    close,
    [Symbol.asyncDispose]: close,
  };
}
