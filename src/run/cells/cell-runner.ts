import { onAbort } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { messageOf } from '../../core/errors.ts';
import { redact } from '../../core/redact.ts';
import type { Cell } from '../../domain/cell.ts';
import type { CellResult } from '../../domain/cell-result.ts';
import { type Grade, graderFailed, scored, unscored } from '../../domain/grade.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { type Instance, instanceOfCell, questionOf, type Task } from '../../domain/task.ts';
import type { GradeRequest, Grader } from '../../grading/grader.ts';
import { runMoa } from '../../moa/engine.ts';
import type { MoaEvent, MoaOutcome } from '../../moa/types.ts';
import type { CallOptions, ChatModel, ChatOutcome, ChatRequest } from '../../models/chat-model.ts';
import { type CallLoads, measurementOf, pathOf } from './measure.ts';

export interface CellRunnerOptions {
  readonly task: Task;
  readonly grader: Grader;
  readonly model: ChatModel;
  readonly clock: Clock;
  readonly extractAnswer: (text: string) => string | null;
  readonly signal: AbortSignal;
  /** Tells when the answer to a call was complete, where calls slow each other down. @defaultValue nothing is known */
  readonly loads?: CallLoads;
}

export type CellOutcome =
  | { readonly kind: 'done'; readonly result: CellResult }
  /** Stopped or out of budget: as if the cell had never been asked. */
  | { readonly kind: 'abandoned'; readonly reason: string };

/** Samples of the holdout never share a call with tuning's, even where the question is the same. */
const holdoutRepeats = 1_000_000;

/**
 * First repeat of the n-th re-measurement of a claim (from 1). A run's own repeats stay below the
 * holdout's, so neither split of it, nor of another re-measurement, ever shares a sample with this one.
 */
export function firstFreshRepeat(draw: number): number {
  return 2 * holdoutRepeats * draw;
}

export function sampleRepeat(cell: Cell): number {
  return cell.split === 'holdout' ? holdoutRepeats + cell.repeat : cell.repeat;
}

/** How a cell is asked: the run's way, and that of those who play its cells again. */
export interface CellAsking extends Pick<CellRunnerOptions, 'task' | 'model' | 'extractAnswer'> {
  readonly signal?: AbortSignal;
  readonly priority?: number;
  readonly onEvent?: (event: MoaEvent) => void;
}

/** Asks a config the question of one cell; `undefined` where the task has no such question. */
export async function askCell(
  config: MoaConfig,
  cell: Cell,
  { task, ...options }: CellAsking,
): Promise<
  { readonly instance: Instance; readonly question: string; readonly outcome: MoaOutcome } | undefined
> {
  const instance = instanceOfCell(task, cell);
  if (instance === undefined) return undefined;
  const question = questionOf(task, instance);
  const asked = { text: question, task: task.description };
  const outcome = await runMoa(config, asked, { ...options, repeat: sampleRepeat(cell) });
  return { instance, question, outcome };
}

/** Asks a config the question of one cell and grades what it answers. */
export async function runCell(
  config: MoaConfig,
  cell: Cell,
  priority: number,
  options: CellRunnerOptions,
): Promise<CellOutcome> {
  const { task, model, extractAnswer, signal } = options;
  const asked = await askCell(config, cell, { task, model, extractAnswer, signal, priority });
  if (asked === undefined)
    throw new Error(`task ${task.name} has no ${cell.split} instance ${cell.instance}`);
  const { instance, question, outcome } = asked;
  if (outcome.kind === 'no-answer' && outcome.cause === 'aborted') {
    return { kind: 'abandoned', reason: outcome.reason };
  }
  const judge = judgeModel(options, priority);
  const given = await gradeOf(outcome, { cell, instance, question, priority, judge }, options);
  if (judge.aborted) return { kind: 'abandoned', reason: 'a judge call was not made' };
  // A program or sandbox that was ended with the run did not fail.
  if (signal.aborted && given.kind === 'unscored' && given.graderFailed === true)
    return { kind: 'abandoned', reason: 'its grading was stopped' };
  // What a grader makes of a call that failed is the model's failure.
  const grade: Grade = judge.failed && given.kind === 'unscored' ? unscored(given.reason) : given;
  const { trace } = outcome;
  return {
    kind: 'done',
    result: {
      grade,
      measurement: measurementOf(trace, grade.kind === 'scored' ? grade.value : null),
      answer: outcome.kind === 'answered' ? outcome.answer : null,
      ...(outcome.kind === 'no-answer' ? { reason: outcome.reason } : {}),
      degraded: trace.degraded,
      calls: trace.calls.length,
      ...defined({ path: pathOf(trace, options.loads) }),
      tokensEstimated: trace.tokensEstimated,
    },
  };
}

interface GradingPlace {
  readonly cell: Cell;
  readonly instance: Instance;
  readonly question: string;
  readonly priority: number;
  readonly judge: ChatModel;
}

async function gradeOf(
  outcome: Exclude<MoaOutcome, { cause: 'aborted' }>,
  place: GradingPlace,
  options: CellRunnerOptions,
): Promise<Grade> {
  if (outcome.kind === 'no-answer') {
    return outcome.cause === 'infrastructure' ? unscored(outcome.reason) : scored(0, outcome.reason);
  }
  if (outcome.trace.infrastructureFailures > 0) {
    // The answer of a config that lost agents to an outage says nothing about the config.
    return unscored(`${outcome.trace.infrastructureFailures} calls lost to infrastructure`);
  }
  const { judge, priority } = place;
  const { grader, clock, signal, task } = options;
  const request = gradeRequestOf(outcome.answer, { ...place, model: judge, task, signal });
  try {
    // A judge waits for calls on the run's clock; everything else is real work that takes none of its time.
    return await (grader.callsModels === true
      ? grader.grade(request)
      : clock.external(() => unlessStopped(grader.grade(request), signal), priority));
  } catch (error) {
    return graderFailed(`the grader failed: ${redact(messageOf(error)).slice(0, 500)}`);
  }
}

/** A grader that heeds no signal, and never settles, would keep the run and a simulated clock waiting. */
function unlessStopped(grading: Promise<Grade>, signal: AbortSignal): Promise<Grade> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => resolve(graderFailed('its grading was stopped')));
    grading.then(resolve, reject).finally(stopListening);
  });
}

/** How the answer to a cell's question is graded. */
export function gradeRequestOf(
  answer: string,
  {
    cell,
    task,
    ...given
  }: Pick<GradingPlace, 'cell'> &
    Pick<CellAsking, 'task'> &
    Pick<GradeRequest, 'instance' | 'question' | 'model' | 'signal'>,
): GradeRequest {
  const overrides = cell.split === 'holdout' ? task.holdoutGrader : undefined;
  const { instance, question, model, signal } = given;
  return { answer, instance, question, repeat: sampleRepeat(cell), ...defined({ model, signal, overrides }) };
}

/** The run's model for a judge's calls; remembers when one failed, or was refused for want of budget or time. */
function judgeModel(
  options: CellRunnerOptions,
  priority: number,
): ChatModel & { aborted: boolean; failed: boolean } {
  const judge = {
    aborted: false,
    failed: false,
    revision: (model: string) => options.model.revision(model),
    complete: async (request: ChatRequest, call: CallOptions = {}): Promise<ChatOutcome> => {
      const outcome = await options.model.complete(request, {
        ...call,
        purpose: 'judge',
        priority,
        signal: options.signal,
      });
      if (outcome.kind === 'failed') {
        judge.failed = true;
        if (outcome.failure.cause === 'aborted') judge.aborted = true;
      }
      return outcome;
    },
  };
  return judge;
}
