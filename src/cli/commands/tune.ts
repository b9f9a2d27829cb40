import { resolve } from 'node:path';
import { defined } from '../../core/defined.ts';
import { exitCodes } from '../../core/errors.ts';
import { wordingOf } from '../../domain/task-wording.ts';
import { createRunFolder, refuseUnusableRun } from '../../run/folder/run-folder.ts';
import type { TuneSettings } from '../../run/types.ts';
import { defineCommand } from '../command.ts';
import { argument, type OptionsOf } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import {
  confirmFlags,
  jobTaskFlags,
  jsonFlags,
  notifyFlags,
  runsFlags,
  taskOrJobHelp,
  workersFlags,
} from '../flags.ts';
import { jobFileFlags } from '../job-file.ts';
import { modelFacts } from '../wiring/configs/claims.ts';
import { forecastBeforeTuning } from '../wiring/jobs/forecast.ts';
import { freeRunId, planJob } from '../wiring/jobs/job.ts';
import { type NamedJob, openJob } from '../wiring/jobs/job-file.ts';
import { createManifest } from '../wiring/jobs/manifest.ts';
import { withPaidCells } from '../wiring/jobs/paid-cells.ts';
import { noteStream, runTuning } from '../wiring/jobs/tuning.ts';
import { modelsCalled } from '../wiring/jobs/writing.ts';
import { isPath } from '../wiring/library.ts';
import { openCallers } from '../wiring/models/callers.ts';
import { checkDollars } from '../wiring/models/dollars.ts';
import { factsOf, pricesFor } from '../wiring/models/prices.ts';
import { withRecording } from '../wiring/models/recorded.ts';
import { type LivePage, livePageFlags, openLivePage, refuseMissingPage } from '../wiring/page/live-page.ts';
import { mayBeAsked } from '../wiring/tasks/tasks.ts';

const flags = {
  ...jobFileFlags,
  ...jobTaskFlags,
  ...workersFlags,
  ...confirmFlags,
  ...notifyFlags,
  ...livePageFlags,
  ...jsonFlags,
  ...runsFlags,
};
type TuneOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Searches Mixture-of-Agents configurations for a task within a budget and keeps the Pareto front of score, latency and tokens.',
  arguments: [argument('task', taskOrJobHelp)],
  flags,
  examples: [
    'mixtune tune code-challenge',
    'mixtune tune code-challenge --models groq/llama-3.3-70b-versatile,openai/gpt-4o-mini --max-usd 5 --max-time 8h',
    'mixtune tune job.yaml --max-usd 2',
    'mixtune tune contest-math --bound "score>=0.5,latency<=3s"',
    'mixtune tune code-challenge --base-url http://127.0.0.1:8080/v1 --models finch-3b,sage-70b --max-tokens 2M',
  ],
  run: async ([argument], line, context, typed) => {
    const job = await openJob(context, argument, line, typed);
    try {
      return await tuneJob(job, context);
    } catch (error) {
      throw job.blame(error);
    }
  },
});

async function tuneJob(job: NamedJob<TuneOptions>, context: CliContext): Promise<number> {
  const { task: taskName, named } = job;
  const options = await withRecording(context, job.options);
  const runsFolder = resolve(context.cwd, options.runsDir);
  await refuseUnusableRun(runsFolder, options.run);
  await refuseMissingPage(context, options);
  const planned = await planJob(taskName, options, context, job.given);
  const { task, taskFolder, taskChanges, space, endpoint } = planned;
  const models = modelsCalled(planned.settings, task);
  const { prices, list } = await pricesFor(context, options, { models });
  const { simLoad } = options;
  const run = options.run ?? (await freeRunId(context, task.name, runsFolder));
  await using callers = await openCallers(context, options, {
    ...{ models, seed: options.seed, taskFolder, prices, simLoad, run },
  });
  let page: LivePage | undefined;
  try {
    const ofDollars = checkDollars(planned, models, callers.card);
    const settings: TuneSettings = { ...planned.settings, simulated: callers.simulated };
    const grader = await callers.grader({ task, folder: taskFolder, named }, false);
    for (const note of [planned.note, ...ofDollars])
      if (note !== undefined) noteStream(context, options).paragraph(`${note}.`);
    // Nothing is paid for answers that were recorded.
    const isForecast = options.recorded === undefined && context.forecasts !== false;
    const expected = isForecast ? await forecastBeforeTuning(context, planned, callers, options) : undefined;
    if (isForecast && expected === undefined) return exitCodes.done;
    const started = await withPaidCells(settings, {
      ...{ task, grader, model: callers.model },
      answers: options.from === undefined ? undefined : callers.sharedAnswers(),
    });
    if (started.note !== undefined) noteStream(context, options).paragraph(`${started.note}.`);
    const folderOfTask = isPath(taskName) ? { folder: taskFolder } : {};
    const manifest = await createManifest(context, {
      run,
      settings: started.settings,
      space,
      endpoint: { ...endpoint, ...defined({ callTimeout: options.callTimeout }) },
      ...defined({ recording: callers.recording?.hash }),
      ...(options.cache === false ? { cache: false } : {}),
      ...defined({ simLoad, guesses: callers.guesses, prices: list && factsOf(list), forecast: expected }),
      ownPrices: list !== undefined,
      task: { name: task.name, hash: task.hash, ...folderOfTask, ...taskChanges, wording: wordingOf(task) },
      models: modelFacts(callers, [...models, ...mayBeAsked(task, grader, list?.prices)]),
      grader: { name: grader.name, revision: grader.revision },
    });
    page = await openLivePage(context, options, { run, task: taskName, models: settings.models });
    const folder = await createRunFolder(runsFolder, run, manifest);
    const code = await runTuning(context, options, {
      ...{ name: run, folder, manifest, task, stack: callers, grader },
    });
    await page.stay(code !== exitCodes.interrupted);
    return code;
  } finally {
    await page?.close();
  }
}
