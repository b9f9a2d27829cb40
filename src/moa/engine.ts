import type { MoaConfig, Stage } from '../domain/moa-config.ts';
import { simpleRecordOf } from '../domain/stages/simple-stages.ts';
import { innerStages, isSimple } from '../domain/stages/stages.ts';
import { Calls } from './calls.ts';
import { emptyPool, type Pool } from './pool.ts';
import { announced, type StageContext, type Stopped } from './stage.ts';
import { runLoop } from './stages/loop.ts';
import { runSimpleStage } from './stages/simple-stage.ts';
import type { MoaDependencies, MoaOutcome, Question } from './types.ts';

/**
 * Asks a config one question. Agents of a stage run side by side and results keep the order of the
 * config, so an outcome depends on the answers alone and never on which came first.
 *
 * Whatever a model does ends as a value: failed calls drop out and are listed in the trace. Throws only
 * for bugs, such as a model port that throws or a config that `validateMoaConfig` would have refused.
 *
 * @example
 * import { createSimulatedModel, presets, runMoa, VirtualClock } from 'mixtune';
 *
 * const clock = new VirtualClock();
 * const model = createSimulatedModel({ clock, seed: 1 });
 * const config = presets.together(['sim/otter-32b', 'sim/finch-3b']);
 * const dependencies = { model, extractAnswer: (text: string) => text };
 * const outcome = await clock.run(() => runMoa(config, { text: 'What is 2 + 2?' }, dependencies));
 * if (outcome.kind !== 'answered') throw new Error(outcome.reason);
 */
export async function runMoa(
  config: MoaConfig,
  question: Question,
  dependencies: MoaDependencies,
): Promise<MoaOutcome> {
  const calls = new Calls(dependencies);
  const stream = new AnswerStream(dependencies);
  let pool = emptyPool;
  for (const [index, stage] of config.stages.entries()) {
    const path = `stages[${index}]`;
    if (pool.candidates.length === 0 && needsCandidates(stage)) {
      throw new Error(`runMoa: ${path} (${stage.kind}) needs candidates and has none; validate the config`);
    }
    const isStreamed = index === config.stages.length - 1 && writesOneAnswer(stage);
    const result = await runStage(stage, pool, {
      calls,
      question,
      extractAnswer: dependencies.extractAnswer,
      path,
      iteration: 0,
      ...(isStreamed && dependencies.onEvent !== undefined ? { onDelta: stream.write } : {}),
    });
    if (result.kind === 'stopped') return noAnswer(result, calls);
    pool = result.pool;
  }
  return answered(pool, `stages[${config.stages.length - 1}]`, calls, stream);
}

async function runStage(stage: Stage, pool: Pool, context: StageContext) {
  if (isSimple(stage)) return runSimpleStage(stage, pool, context);
  return announced(await runLoop(stage, pool, context), context);
}

function needsCandidates(stage: Stage): boolean {
  const [first] = innerStages(stage);
  return first === undefined || !simpleRecordOf(first).opens;
}

/** True where the answer is one call's text, so that its pieces are pieces of the final answer. */
function writesOneAnswer(stage: Stage): boolean {
  const last = innerStages(stage).at(-1);
  if (last === undefined) return false;
  const record = simpleRecordOf(last);
  return record.writes === true && record.after(last, 0) === 1;
}

function noAnswer(stopped: Stopped, calls: Calls): MoaOutcome {
  return { kind: 'no-answer', cause: stopped.cause, reason: stopped.reason, trace: calls.trace() };
}

function answered(pool: Pool, lastStage: string, calls: Calls, stream: AnswerStream): MoaOutcome {
  const [first, ...others] = pool.candidates;
  if (first === undefined) throw new Error('runMoa: stages left no candidate; validate the config');
  if (others.length > 0) {
    const note = `${pool.candidates.length} candidates were left at the end; the first is the answer`;
    calls.degrade(lastStage, 'several-left', note, first.agent);
  }
  stream.end(first.text);
  return { kind: 'answered', answer: first.text, truncated: first.truncated, trace: calls.trace() };
}

/** Passes on the final answer's pieces, and sees to it that they add up to the answer. */
class AnswerStream {
  readonly #emit: MoaDependencies['onEvent'];
  #written = '';

  constructor({ onEvent }: MoaDependencies) {
    this.#emit = onEvent;
  }

  readonly write = (text: string): void => {
    if (text === '') return;
    this.#written += text;
    this.#emit?.({ kind: 'answer-delta', text });
  };

  end(answer: string): void {
    if (this.#written === answer) return;
    if (answer.startsWith(this.#written)) {
      this.write(answer.slice(this.#written.length));
      return;
    }
    this.#emit?.({ kind: 'answer-restarted' });
    this.#written = '';
    this.write(answer);
  }
}
