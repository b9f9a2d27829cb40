import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quickForecast } from '../../../analysis/rehearse/index.ts';
import { defined } from '../../../core/defined.ts';
import { MixtuneError } from '../../../core/errors.ts';
import type { Budget } from '../../../domain/budget.ts';
import type { MoaConfig } from '../../../domain/moa-config.ts';
import { writeMixtune } from '../../../formats/mixtune.ts';
import { journalName } from '../../../run/journal/look-into-journal.ts';
import type { TuneJobs } from '../../../ui/workbench.ts';
import { optionWords } from '../../command.ts';
import { defaultsOf } from '../../command-line.ts';
import type { CliContext } from '../../context.ts';
import { jobFlags, jsonFlags, type ModelOptions, type RunsOption } from '../../flags.ts';
import { modelArguments } from '../child-arguments.ts';
import { rehearsable } from '../jobs/forecast.ts';
import { freeRunId, planJob } from '../jobs/job.ts';
import { modelsCalled } from '../jobs/writing.ts';
import { exists } from '../library.ts';
import { refuseUnpriced } from '../models/dollars.ts';
import type { ModelStack } from '../models/model-stack.ts';

type PageJobOptions = Omit<ModelOptions, 'models' | 'recorded'> &
  RunsOption & {
    readonly task: string;
    /** Full names. */
    readonly models: string[];
    readonly seed?: number;
  };

interface PageJobs extends TuneJobs {
  /** Asks those that are at work to save their state and end, and waits until they have. */
  close(): Promise<void>;
}

/** Between two looks at whether a job has started, in ms. */
const lookMs = 50;

/** Tuning jobs that the page starts: `mixtune tune` in processes of their own, with the models of the workbench. */
export function createPageJobs(
  context: CliContext,
  options: PageJobOptions,
  { card, simulated }: Pick<ModelStack, 'card' | 'simulated'>,
): PageJobs {
  const atWork = new Map<string, { stop(): Promise<void> }>();
  const plan = async (file: string, { maxSeconds, ...ceiling }: Budget) => {
    const time = maxSeconds === undefined ? {} : { maxTime: maxSeconds };
    // The workbench's own ceilings are for what is asked there.
    const { task, models, baseUrl, apiKeyEnv, prices, seed = 1, runsDir } = options;
    const endpoint = defined({ baseUrl, apiKeyEnv, prices });
    const given = { models, ...endpoint, seed, runsDir, from: [file], ...ceiling, ...time };
    const job = await planJob(task, { ...defaultsOf(jobFlags), ...defaultsOf(jsonFlags), ...given }, context);
    refuseUnpriced(ceiling.maxUsd, modelsCalled(job.settings, job.task), card, job.settings.bounds);
    return job;
  };
  return {
    forecast: (config, ceiling) =>
      withFile(config, async (file) => {
        const planned = await plan(file, ceiling);
        const { job, beliefs } = await rehearsable(planned, simulated, card, {
          ...{ runsFolder: options.runsDir, mostRuns: 3, callsPerModel: 100 },
        });
        const { total, end } = await quickForecast(job, beliefs);
        const { calls, tokens, usd, seconds } = total;
        return { calls, tokens, usd, seconds, endCalls: end.calls.median };
      }),
    start: (config, ceiling) =>
      withFile(config, async (file) => {
        const { task } = await plan(file, ceiling);
        const run = await freeRunId(context, task.name, options.runsDir);
        const job = startJob(context, [
          ...['tune', options.task, '--from', file, '--run', run, '--yes', '--json'],
          ...modelArguments(options.models, options),
          ...ceilingArguments(ceiling),
        ]);
        atWork.set(run, job);
        void job.ended.then(() => atWork.delete(run));
        while (!(await exists(join(options.runsDir, run, journalName)))) {
          const failure = await Promise.race([job.ended, context.clock.sleep(lookMs)]);
          if (failure !== undefined) throw new MixtuneError('job-not-started', failure);
        }
        return run;
      }),
    close: async () => {
      await Promise.all([...atWork.values()].map((job) => job.stop()));
    },
  };
}

/** The config as a file for as long as it is read. */
async function withFile<Value>(config: MoaConfig, work: (file: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-workbench-'));
  try {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, writeMixtune(config), { flag: 'wx' });
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ceilingArguments({ maxSeconds, ...ceilings }: Budget): string[] {
  const maxTime = maxSeconds === undefined ? undefined : `${maxSeconds}s`;
  return optionWords({ ...ceilings, maxTime });
}

/** `ended` resolves to what the process said last. */
function startJob(context: CliContext, args: readonly string[]) {
  if (context.startSelf === undefined)
    throw new MixtuneError('no-jobs', 'No job can be started from here: mixtune tune --from starts one');
  const child = context.startSelf(args);
  child.stdin.on('error', () => undefined).end();
  child.stdout.resume();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', () => resolve(said.trim()));
  });
  return {
    ended,
    stop: async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
