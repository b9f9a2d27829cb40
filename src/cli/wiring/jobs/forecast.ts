import { resolve } from 'node:path';
import {
  assumedBeliefs,
  type Beliefs,
  type Job,
  learn,
  quickForecast,
  readHistory,
} from '../../../analysis/rehearse/index.ts';
import { defined } from '../../../core/defined.ts';
import type { ModelCard } from '../../../models/chat-model.ts';
import type { ExpectedEnd } from '../../../report/live-block.ts';
import type { CliContext } from '../../context.ts';
import type { ConfirmOptions, JsonOption, RunsOption } from '../../flags.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import { showMeanwhile } from '../../progress.ts';
import type { PlannedJob } from './job.ts';
import { mayStart, notStarted } from './start.ts';
import { strategyOf } from './strategy.ts';
import { noteStream } from './tuning.ts';

/** What a rehearsal starts from: the job with stand-ins to come, and what is believed of its models. */
export interface Rehearsable {
  readonly job: Job;
  readonly beliefs: Beliefs;
  /** Earlier runs that something was learned from. */
  readonly learnedFrom: readonly string[];
}

export async function rehearsable(
  planned: PlannedJob,
  simulated: boolean,
  card: (model: string) => ModelCard | undefined,
  options: { readonly runsFolder: string; readonly mostRuns?: number; readonly callsPerModel?: number },
): Promise<Rehearsable> {
  const { task, space, settings, endpoint } = planned;
  const { runsFolder, ...limits } = options;
  const writer = settings.reflection?.writer;
  const models = writer === undefined ? settings.models : [...new Set([...settings.models, writer])];
  const history = await readHistory(runsFolder, {
    task: task.name,
    models,
    ...defined({ baseUrl: endpoint.baseUrl }),
    ...limits,
  });
  const assumed = assumedBeliefs(task, models, card);
  return {
    job: {
      task,
      space,
      card,
      settings: { ...settings, simulated },
      createStrategy: strategyOf(settings),
    },
    beliefs: learn(assumed, history),
    learnedFrom: history.runs,
  };
}

/**
 * Prints `tune`'s forecast, and asks whether to start where it may exceed an amount and someone
 * is there to answer. Resolves to what the job will take, or to `undefined` where it shall not start.
 * @throws MixtuneError `interrupted` at Ctrl-C
 */
export async function forecastBeforeTuning(
  context: CliContext,
  planned: PlannedJob,
  models: { readonly simulated: boolean; readonly card: (model: string) => ModelCard | undefined },
  options: RunsOption & JsonOption & ConfirmOptions,
): Promise<ExpectedEnd | undefined> {
  const { simulated, card } = models;
  using interrupt = listenForInterrupt(context);
  const stream = noteStream(context, options);
  const meanwhile = showMeanwhile(stream, context);
  meanwhile('Forecasting …');
  const { forecastLine } = await import('../../../report/forecast-text.ts');
  const { job, beliefs } = await rehearsable(planned, simulated, card, {
    runsFolder: resolve(context.cwd, options.runsDir),
    mostRuns: 3,
    callsPerModel: 100,
  });
  const { signal } = interrupt;
  const forecast = await quickForecast({ ...job, signal }, beliefs, undefined, (played, of) => {
    if (signal.aborted) throw notStarted();
    meanwhile(`Forecasting … ${played} of ${of} plays`);
  }).finally(() => meanwhile(undefined));
  const writes = planned.settings.reflection !== undefined;
  stream.paragraph(forecastLine(forecast, { simulated, writes, models: beliefs.models }));
  const { calls, seconds, usd } = forecast.total;
  const expected = { calls: calls.median, seconds: seconds.median };
  const most = { calls: calls.p90, usd: usd?.p90 ?? null };
  return simulated || (await mayStart(context, most, options, signal)) ? expected : undefined;
}
