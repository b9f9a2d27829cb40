import { z } from 'zod';
import { defined } from '../core/defined.ts';
import { InputError, MixtuneError } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import type { Budget, Spent } from '../domain/budget.ts';
import { type Grade, scored } from '../domain/grade.ts';
import { type ConfigId, configId, type MoaConfig } from '../domain/moa-config.ts';
import type { PresetModels } from '../domain/presets.ts';
import { questionOf, type Task } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import type { Grader } from '../grading/grader.ts';
import { runMoa } from '../moa/engine.ts';
import type { MoaEvent, MoaOutcome } from '../moa/types.ts';
import type { ChatModel } from '../models/chat-model.ts';
import { viewSchema } from '../report/view-model/schema.ts';
import type { BenchEvent, BenchForecast, BenchReading, BenchView } from '../report/view-model/workbench.ts';
import { whyNoAnswer } from '../run/calls/open-desk.ts';
import { measurementOf } from '../run/cells/measure.ts';
import type { LeaderboardEntry } from '../run/leaderboard/entry.ts';
import { type GradedAnswer, measuredEntry } from '../run/leaderboard/measured-entry.ts';
import { configOfDraft, draftShape, readDraft, startDrafts } from './bench-drafts.ts';

/** Tuning jobs that start from a config; both want a ceiling. */
export interface TuneJobs {
  /** @throws MixtuneError */
  forecast(config: MoaConfig, ceiling: Budget): Promise<BenchForecast>;
  /** Resolves to the run's id as soon as it can be looked at. @throws MixtuneError where it does not start */
  start(config: MoaConfig, ceiling: Budget): Promise<string>;
}

export interface WorkbenchOptions {
  /** Full names of the models that may be asked, as the command line chose them; at least one. */
  readonly models: PresetModels;
  readonly simulated: boolean;
  readonly task: Task;
  readonly grader: Grader;
  /** Counts all that is asked here against the ceiling. */
  readonly desk: ChatModel;
  readonly jobs: TuneJobs;
  readonly ceiling: Budget;
  readonly spent: () => Spent;
  readonly today: () => Date;
  /** mixtune's own version. */
  readonly version: string;
  readonly extractAnswer: (text: string) => string | null;
}

const requestSchema = z.strictObject({
  ...draftShape,
  question: z.union([
    z.strictObject({ text: z.string().min(1).max(100_000) }),
    z.strictObject({ instance: z.string() }),
  ]),
});

const positive = z.number().positive().optional();
const count = z.int().positive().optional();
const jobSchema = z.strictObject({
  ...draftShape,
  ceiling: z
    .strictObject({
      ...{ maxEvaluations: count, maxCalls: count, maxTokens: count },
      ...{ maxUsd: positive, maxSeconds: positive },
    })
    .transform(defined)
    .refine((ceiling) => Object.keys(ceiling).length > 0, 'at least one ceiling'),
});

const saveSchema = z.strictObject({ ...draftShape, name: z.string().trim().min(1).max(100) });

/** Systems that are edited, asked and graded one answer at a time, and what tuning starts from. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  /** Each answer is a fresh sample, also of the same system to the same question. */
  #asked = 0;
  /** What it graded, by the system's id. */
  readonly #graded = new Map<ConfigId, GradedAnswer[]>();

  constructor(options: WorkbenchOptions) {
    this.#options = options;
  }

  view(): BenchView {
    const { models, simulated, task, ceiling, spent } = this.#options;
    return {
      schema: viewSchema,
      ...{ models, simulated, ceiling },
      task: task.name,
      questions: task.tuning.map((instance) => ({ id: instance.id, text: questionOf(task, instance) })),
      ...startDrafts(models),
      spent: spent(),
    };
  }

  /** What a draft is as a config, or what is wrong with it. @throws InputError where it is no draft */
  read(body: unknown): BenchReading {
    return readDraft(unwrap(parseWith(z.strictObject(draftShape), body, 'request')), this.#options.models);
  }

  /** @throws InputError, MixtuneError */
  async forecast(body: unknown): Promise<BenchForecast> {
    const { config, ceiling } = this.#job(body);
    return this.#options.jobs.forecast(config, ceiling);
  }

  /** Starts a tuning job. @returns its run. @throws InputError, MixtuneError */
  async tune(body: unknown): Promise<string> {
    const { config, ceiling } = this.#job(body);
    return this.#options.jobs.start(config, ceiling);
  }

  #job(body: unknown): { readonly config: MoaConfig; readonly ceiling: Budget } {
    const { ceiling, ...draft } = unwrap(parseWith(jobSchema, body, 'request'));
    return { config: unwrap(configOfDraft(draft, this.#options.models)).config, ceiling };
  }

  /** Checks a request at once. @throws InputError; what is returned makes the answer, and never throws for what models do */
  prepare(body: unknown): (onEvent: (event: BenchEvent) => void, signal: AbortSignal) => Promise<void> {
    const { models, task, desk, grader, extractAnswer, spent } = this.#options;
    const { question, ...draft } = unwrap(parseWith(requestSchema, body, 'request'));
    const { config, notes } = unwrap(configOfDraft(draft, models));
    const instance =
      'instance' in question ? task.tuning.find(({ id }) => id === question.instance) : undefined;
    if ('instance' in question && instance === undefined)
      throw new MixtuneError('no-question', `${task.name} has no tuning question of that name`);
    const text =
      'text' in question ? question.text : instance === undefined ? '' : questionOf(task, instance);
    const repeat = this.#asked++;
    return async (onEvent, signal) => {
      const outcome = await runMoa(
        config,
        { text, ...(instance === undefined ? {} : { task: task.description }) },
        {
          ...{ model: desk, extractAnswer, repeat, signal },
          onEvent: (event) => {
            const told = benchEvent(event);
            if (told !== undefined) onEvent(told);
          },
        },
      );
      const answer = outcome.kind === 'answered' ? outcome.answer : null;
      const isGraded = answer !== null && instance !== undefined;
      if (isGraded) onEvent({ kind: 'grading' });
      const grade = isGraded
        ? await grader.grade({ answer, instance, question: text, signal, repeat, model: desk })
        : null;
      const { trace } = outcome;
      if (instance !== undefined) this.#keep(config, { outcome, grade, instance: instance.id });
      onEvent({
        kind: 'end',
        ...{ answer, grade, notes },
        reason: outcome.kind === 'answered' ? null : whyNoAnswer(outcome),
        calls: trace.calls.length,
        tokens: trace.inputTokens + trace.outputTokens,
        usd: trace.usd,
        seconds: trace.latencyMs / 1000,
        spent: spent(),
      });
    };
  }

  /** A system with all graded answers that it has given here. @throws InputError where there are none */
  async entryOf(body: unknown): Promise<LeaderboardEntry> {
    const { models, task, grader, simulated, today, version } = this.#options;
    const { name, ...draft } = unwrap(parseWith(saveSchema, body, 'request'));
    const { config } = unwrap(configOfDraft(draft, models));
    const answers = this.#graded.get(configId(config)) ?? [];
    if (answers.length === 0)
      throw new InputError('system', {
        expected: `a system that has answered a question of ${task.name} here, so that it has a score`,
        found: 'one that has answered none',
      });
    return measuredEntry({
      ...{ task, grader, simulated, config, name, answers, source: 'workbench' },
      addedAt: today().toISOString(),
      mixtune: version,
    });
  }

  /** As a cell of a run: no answer scores 0 where the system is to blame, and what an outage cost says nothing of it. */
  #keep(
    config: MoaConfig,
    { outcome, grade, instance }: { outcome: MoaOutcome; grade: Grade | null; instance: string },
  ): void {
    const { trace } = outcome;
    const isNothing = outcome.kind === 'no-answer' && outcome.cause === 'config';
    const verdict = isNothing ? scored(0) : grade;
    if (verdict?.kind !== 'scored' || trace.infrastructureFailures > 0) return;
    const id = configId(config);
    const answer = outcome.kind === 'answered' ? outcome.answer : null;
    const measurement = measurementOf(trace, verdict.value);
    this.#graded.set(id, [
      ...(this.#graded.get(id) ?? []),
      { answer, grade: verdict, instance, measurement },
    ]);
  }
}

function benchEvent(event: MoaEvent): BenchEvent | undefined {
  switch (event.kind) {
    case 'stage-started': {
      const { stage, stageKind, round, agents } = event;
      return { kind: 'stage', stage, stageKind, round, agents };
    }
    case 'agent-finished': {
      const { stage, round, agent, model, outcome, failure, serviceMs, usage } = event.call;
      return {
        ...{ kind: 'agent', stage, round, agent, model, outcome, text: event.text },
        failure: failure?.message ?? null,
        seconds: serviceMs / 1000,
        outputTokens: usage?.outputTokens ?? null,
      };
    }
    case 'answer-delta':
      return { kind: 'delta', text: event.text };
    case 'answer-restarted':
      return { kind: 'restart' };
    case 'stage-finished':
      return undefined;
  }
}
