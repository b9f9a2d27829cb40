import { basename, join } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { codeOf, exitCodes, MixtuneError, messageOf } from '../../../core/errors.ts';
import { type Budget, ceilingsOf } from '../../../domain/budget.ts';
import type { FrontFile } from '../../../domain/run-result.ts';
import type { Task } from '../../../domain/task.ts';
import { createAnswerExtractor } from '../../../grading/extract.ts';
import type { Grader } from '../../../grading/grader.ts';
import { withProgramSilenceTold } from '../../../grading/silent-grader.ts';
import { formatAmount, simulatedSuffix } from '../../../report/format.ts';
import { runJson } from '../../../report/json.ts';
import { which } from '../../../report/which.ts';
import { wantsKey } from '../../../run/calls/refusals.ts';
import { RunLockedError } from '../../../run/folder/run-lock.ts';
import { tune } from '../../../run/tune.ts';
import type { Manifest } from '../../../run/types.ts';
import type { CliContext } from '../../context.ts';
import type { JsonOption, NotifyOption, ReportOption, RunsOption, WorkersOptions } from '../../flags.ts';
import type { CliStream } from '../../output.ts';
import { type ProgressDisplay, showProgress, withNote } from '../../progress.ts';
import { checkCommand, frontText, nextSteps, resumeCommand } from '../../text.ts';
import { openSharedAnswers } from '../models/call-cache.ts';
import type { ModelStack } from '../models/model-stack.ts';
import { reportName, writeReport } from '../page/report.ts';
import { scaleOf } from '../scale.ts';
import { withoutSecrets } from '../secrets.ts';
import { notify, type RunNotice } from './notify.ts';
import { RunLog } from './run-log.ts';
import { strategyOf } from './strategy.ts';
import { watchForZeros } from './zero-scores.ts';

/** A tuning job with all it needs, new or resumed. */
export interface TuningJob {
  /** The run as the command line names it: a copied folder has the id of the first. */
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly task: Task;
  readonly stack: ModelStack;
  readonly grader: Grader;
}

/** Where text for people goes: stdout, or stderr when stdout is for machines. */
export function noteStream(context: CliContext, options: JsonOption): CliStream {
  return options.json === true ? context.stderr : context.stdout;
}

/** Tunes with a display and a log, stops politely on Ctrl-C or SIGTERM, prints the result. Resolves to the exit code. */
export async function runTuning(
  context: CliContext,
  options: JsonOption & RunsOption & NotifyOption & ReportOption & WorkersOptions,
  job: TuningJob,
): Promise<number> {
  const { name, folder, manifest, task } = job;
  const stream = noteStream(context, options);
  const scale = scaleOf(task.grader);
  stream.paragraph(headline(folder, manifest));
  const { sandbox } = job.grader;
  // What a machine has is no part of a job's result.
  if (sandbox !== undefined)
    context.stderr.paragraph(
      `Programs that models write run in the sandbox ${sandbox} (mixtune doctor says which there are).`,
    );
  const { guesses } = job.stack;
  if (guesses !== undefined) stream.paragraph(`${guesses}.`);
  const log = new RunLog(job.folder, context);
  job.stack.onNote(({ model, text }) => log.line('notice', `${model}: ${text}`));
  const tell = createTeller(context, options, job, log);
  let front: FrontFile;
  let whyZero: string | undefined;
  try {
    ({ front, whyZero } = await tuneWatched(context, options, job, {
      log,
      display: showProgress(stream, context, scale, manifest.forecast),
    }));
    for (const line of front.servers ?? []) log.line('servers', line);
  } catch (error) {
    const code = codeOf(error);
    const resume = resumeCommand(name, options, code === wantsKey);
    if (code === 'grader-fails' || code === 'nothing-scored')
      stream.paragraph('What was answered is kept: a resume grades it anew, and asks only for the rest.');
    if (code === 'grader-fails') stream.line(`Try the grader:       ${checkCommand(manifest, context.cwd)}`);
    if (isPause(error)) stream.line(`Go on with it:        ${resume}`);
    // Whoever holds the run's lock has its log too, and tells of its end himself.
    if (!(error instanceof RunLockedError))
      await tell(isPause(error) ? 'pause' : 'failure', messageOf(error), { resume });
    throw error;
  } finally {
    const oddity = job.grader.oddity?.();
    if (oddity !== undefined) log.line('notice', oddity);
    log.end();
  }
  const interrupted = front.ended === 'interrupted';
  const goOn = interrupted ? { resume: resumeCommand(name, options) } : {};
  await tell(interrupted ? 'pause' : 'end', front.ended, { front, ...goOn });

  const { servers: oddities = [] } = front;
  if (options.json === true)
    context.stdout.json({
      ...runJson(manifest.run, front),
      ...(oddities.length > 0 ? { oddities } : {}),
    });
  const text = (line: string): void => stream.paragraph(line);
  if (oddities.length > 0) {
    stream.line('\nAbout the servers:');
    for (const line of oddities) text(`  ${line}`);
  }
  if (whyZero !== undefined) text(`\n${whyZero}`);
  if (guesses !== undefined) text(`\n${guesses}.`);
  if (options.json !== true) {
    // With the next steps no longer than a screen of 24 lines.
    const rows = { most: 11, baselines: 4, command: `mixtune front ${name}` };
    stream.line(`\n${frontText(front, { ...stream.look, scale, rows, budget: manifest.settings.budget })}`);
  }
  if (options.report && context.readPage !== undefined) await leaveReport(context, job);
  stream.line(`\n${nextSteps(name, job.folder, front, context.cwd, options)}`);
  return interrupted ? exitCodes.interrupted : exitCodes.done;
}

/** Writes the run's report beside its result; without one a run is as good, so that trouble with it is only told. */
async function leaveReport(context: CliContext, { folder }: TuningJob): Promise<void> {
  try {
    await writeReport(context, [folder], join(folder, reportName), { answers: 'front', withWhy: false });
  } catch (error) {
    context.notice(`no report was written: ${messageOf(error)}`);
  }
}

async function tuneWatched(
  context: CliContext,
  options: JsonOption & RunsOption,
  job: TuningJob,
  { log, display }: { readonly log: RunLog; readonly display: ProgressDisplay },
): Promise<{ readonly front: FrontFile; readonly whyZero: string | undefined }> {
  const { manifest, task, stack } = job;
  const controller = new AbortController();
  const noted = withNote(display, (line) => noteStream(context, options).paragraph(line));
  const release = context.onInterrupt(() => {
    log.line('notice', 'asked to stop');
    noted.note('stopping: saving the state (Ctrl-C again ends at once; resume loses nothing)');
    controller.abort(new Error('interrupted'));
  });
  const tell = (text: string): void => {
    log.line('notice', text);
    noted.note(text);
  };
  const zeros = watchForZeros(task, job.grader, manifest.settings.models, tell);
  // A front of only those answers that happen to be recorded would be a biased one.
  stack.recording?.onMissing(() => controller.abort(new Error('not recorded')));
  const { cache, endpoint } = manifest;
  const answers = openSharedAnswers(context, options, {
    ...{ simulated: stack.simulated, recorded: endpoint.recorded !== undefined },
    ...defined({ cache }),
  });
  try {
    const front = await tune(job.folder, manifest.settings, {
      ...defined({ sharedAnswers: answers }),
      serverNotes: stack.onNote,
      clock: stack.clock,
      model: stack.model,
      card: stack.card,
      task,
      space: manifest.space.file,
      grader: withProgramSilenceTold(task, job.grader, context.clock, tell),
      extractAnswer: createAnswerExtractor(task),
      createStrategy: strategyOf(manifest.settings),
      onStart: () => log.start(manifest),
      onProgress: (progress) => {
        log.progress(progress);
        noted.update(progress);
      },
      onNotice: (notice) => log.line('notice', notice),
      onCellResult: zeros.cell,
      signal: controller.signal,
    });
    const missing = stack.recording?.missing();
    if (missing === undefined) return { front, whyZero: await zeros.finding() };
    throw new MixtuneError('not-recorded', `The run cannot go on: ${missing}`);
  } finally {
    release();
    noted.done();
    answers?.close();
  }
}

/** What a person can mend: nothing is lost, and the run goes on when resumed. */
const pauses = new Set([
  'journal-write-failed',
  'result-write-failed',
  'endpoint-refuses',
  'grader-fails',
  'nothing-scored',
  wantsKey,
]);

function isPause(error: unknown): boolean {
  return error instanceof MixtuneError && pauses.has(error.code);
}

/** Writes what became of the run into its log, and tells whom `--notify` names. */
function createTeller(
  context: CliContext,
  options: NotifyOption,
  job: TuningJob,
  log: RunLog,
): (
  event: RunNotice['event'],
  message: string,
  more: { readonly resume?: string; readonly front?: FrontFile },
) => Promise<void> {
  return async (event, message, { resume, front }) => {
    const { manifest, folder } = job;
    log.line(event, resume === undefined ? message : `${message} (${resume})`);
    if (options.notify === undefined) return;
    const notice: RunNotice = {
      event,
      run: manifest.run,
      folder,
      task: manifest.task.name,
      simulated: manifest.simulated,
      message: withoutSecrets(message, context.env),
      ...(front && {
        evaluations: front.evaluations,
        bestScore: which(front, 'best')?.objectives.score.mean ?? null,
        bestHoldoutScore: which(front, 'best')?.holdout?.score.mean ?? null,
        spent: front.spent,
      }),
      ...defined({ resume }),
    };
    const { apiKeyEnv } = manifest.endpoint;
    const trouble = await notify(options.notify, notice, context, apiKeyEnv === undefined ? [] : [apiKeyEnv]);
    if (trouble === undefined) return;
    log.line('notice', trouble);
    context.notice(trouble);
  };
}

function headline(folder: string, { settings, task, space }: Manifest): string {
  const models = settings.models.length === 1 ? '1 model' : `${settings.models.length} models`;
  return [
    `Run ${basename(folder)}: tuning ${task.name} with ${models}${simulatedSuffix(settings.simulated)}`,
    `space ${space.name}`,
    `strategy ${settings.strategy}`,
    `seed ${settings.seed}`,
    budgetText(settings.budget),
  ].join(', ');
}

function budgetText(budget: Budget): string {
  const parts = ceilingsOf(budget).map(({ name, unit, limit }) => {
    const amount = formatAmount(unit, limit);
    if (unit !== 'whole' && unit !== 'many') return amount;
    return limit === 1 ? `1 ${name.replace(/s( |$)/, '$1')}` : `${amount} ${name}`;
  });
  return `at most ${parts.join(', ')}`;
}
