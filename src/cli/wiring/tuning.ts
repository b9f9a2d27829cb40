import { join, resolve } from 'node:path';
import { exitCodes } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import type { Budget, FrontFile } from '../../domain/run-result.ts';
import type { Task } from '../../domain/task.ts';
import { createAnswerExtractor } from '../../grading/extract.ts';
import type { Grader } from '../../grading/grader.ts';
import { openSqliteCallStore, type SqliteCallStore } from '../../models/index.ts';
import { createColors } from '../../report/colors.ts';
import { formatCount, formatDuration, formatShortCount, formatUsd } from '../../report/format.ts';
import { runJson } from '../../report/json.ts';
import { simulatedSuffix } from '../../report/view-model.ts';
import { type Manifest, tune } from '../../run/index.ts';
import { createStrategy } from '../../search/index.ts';
import { type CliContext, type CliStream, wantsColor, widthOf, writeJson, writeLine } from '../context.ts';
import type { JsonOption, RunsOption } from '../options.ts';
import { showProgress } from '../progress.ts';
import { frontText, nextSteps } from '../text.ts';
import type { ModelStack } from './models.ts';
import { scaleOf } from './scale.ts';

/** A tuning job with all it needs, new or resumed. */
export interface TuningJob {
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

/** Tunes with a display, stops politely on Ctrl-C, prints the result. Resolves to the exit code. */
export async function runTuning(
  context: CliContext,
  options: JsonOption & RunsOption,
  job: TuningJob,
): Promise<number> {
  const { manifest, task, stack } = job;
  const stream = noteStream(context, options);
  const scale = scaleOf(task.grader);
  writeLine(stream, headline(manifest));
  const display = showProgress(stream, context, scale);
  const controller = new AbortController();
  const release = context.onInterrupt(() => controller.abort(new Error('interrupted')));
  const answers = openSharedAnswers(context, options, stack);
  let front: FrontFile;
  try {
    front = await tune(job.folder, manifest.settings, {
      ...(answers === undefined ? {} : { sharedAnswers: answers }),
      clock: stack.clock,
      model: stack.model,
      card: stack.card,
      task,
      space: manifest.space.file,
      grader: job.grader,
      extractAnswer: createAnswerExtractor(task.answer),
      createStrategy: (strategyContext) => createStrategy(manifest.settings.strategy, strategyContext),
      onProgress: (progress) => display.update(progress),
      signal: controller.signal,
    });
  } finally {
    release();
    display.done();
    answers?.close();
  }
  const colors = createColors(wantsColor(stream, context.env));
  if (options.json === true) writeJson(context.stdout, runJson(manifest.run, front));
  else
    writeLine(
      stream,
      `\n${frontText(front, { scale, colors, width: widthOf(stream), rows: { most: 12, command: `mixtune front ${manifest.run}` } })}`,
    );
  writeLine(stream, `\n${nextSteps(manifest.run, job.folder, front, context.cwd, options.runsDir)}`);
  return front.ended === 'interrupted' ? exitCodes.interrupted : exitCodes.done;
}

/**
 * The answers that runs share. Simulated runs keep to their own: what they pay for must not depend on
 * what was run before, and simulating again costs nothing.
 */
function openSharedAnswers(
  context: CliContext,
  options: RunsOption,
  stack: ModelStack,
): SqliteCallStore | undefined {
  if (stack.simulated) return undefined;
  return unwrap(openSqliteCallStore(join(resolve(context.cwd, options.runsDir), 'calls.sqlite')));
}

function headline(manifest: Manifest): string {
  const { settings, task, space } = manifest;
  const models = settings.models.length === 1 ? '1 model' : `${settings.models.length} models`;
  return [
    `Run ${manifest.run}: tuning ${task.name} with ${models}${simulatedSuffix(settings.simulated)}`,
    `space ${space.name}`,
    `strategy ${settings.strategy}`,
    `seed ${settings.seed}`,
    budgetText(settings.budget),
  ].join(', ');
}

function budgetText({ maxEvaluations, maxCalls, maxTokens, maxUsd, maxSeconds }: Budget): string {
  const parts = [
    ...(maxEvaluations === undefined ? [] : [`${formatCount(maxEvaluations)} evaluations`]),
    ...(maxCalls === undefined ? [] : [`${formatCount(maxCalls)} calls`]),
    ...(maxTokens === undefined ? [] : [`${formatShortCount(maxTokens)} tokens`]),
    ...(maxUsd === undefined ? [] : [formatUsd(maxUsd)]),
    ...(maxSeconds === undefined ? [] : [formatDuration(maxSeconds)]),
  ];
  return `at most ${parts.join(', ')}`;
}
