import { z } from 'zod';
import { InputError, MixtuneError } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import type { Budget, Spent } from '../domain/budget.ts';
import { modelsOf } from '../domain/moa-config.ts';
import { type PresetModels, presets } from '../domain/presets.ts';
import { questionOf, type Task } from '../domain/task.ts';
import { parseWith } from '../domain/validation.ts';
import { readFormat, systemFormats } from '../formats/systems.ts';
import type { Grader } from '../grading/grader.ts';
import { runMoa } from '../moa/engine.ts';
import type { MoaEvent } from '../moa/types.ts';
import type { ChatModel } from '../models/chat-model.ts';
import { viewSchema } from '../report/view-model/schema.ts';
import type { BenchEvent, BenchSystem, BenchView } from '../report/view-model/workbench.ts';
import { whyNoAnswer } from '../run/open-desk.ts';

export interface WorkbenchOptions {
  /** Full names of the models that may be asked, as the command line chose them; at least one. */
  readonly models: PresetModels;
  readonly simulated: boolean;
  readonly task: Task;
  readonly grader: Grader;
  /** Counts all that is asked here against the ceiling. */
  readonly desk: ChatModel;
  readonly ceiling: Budget;
  readonly spent: () => Spent;
  readonly extractAnswer: (text: string) => string | null;
}

const systemSchema = z.strictObject({
  ai_configuration: z.strictObject({
    main_model: z.string(),
    main_temperature: z.number(),
    cycles: z.number(),
    system_prompt: z.string(),
    layer_agents: z
      .array(
        z.strictObject({ name: z.string(), model: z.string(), temperature: z.number(), prompt: z.string() }),
      )
      .max(32),
  }),
  version: z.literal('2.0'),
  description: z.string(),
});

const requestSchema = z.strictObject({
  system: systemSchema,
  question: z.union([
    z.strictObject({ text: z.string().min(1).max(100_000) }),
    z.strictObject({ instance: z.string() }),
  ]),
});

/** Systems in the workshop's form, asked and graded one answer at a time. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  /** Each answer is a fresh sample, also of the same system to the same question. */
  #asked = 0;

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
      presets: startSystems(models),
      spent: spent(),
    };
  }

  /** Checks a request at once. @throws InputError; what is returned makes the answer, and never throws for what models do */
  prepare(body: unknown): (onEvent: (event: BenchEvent) => void, signal: AbortSignal) => Promise<void> {
    const { models, task, desk, grader, extractAnswer, spent } = this.#options;
    const { system, question } = unwrap(parseWith(requestSchema, body, 'request'));
    const read = readFormat(JSON.stringify(system), 'workshop', {
      source: 'system',
      models: Object.fromEntries(models.map((model) => [model, model])),
    });
    const { config, notes } = unwrap(read);
    const unknown = modelsOf(config).find((model) => !models.includes(model));
    if (unknown !== undefined)
      throw new InputError('system', {
        path: 'model',
        expected: `one of the models that mixtune ui was started with (--models): ${models.join(', ')}`,
        found: unknown,
      });
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

/** The workshop's own system, and a single model to compare with. */
function startSystems(models: PresetModels): BenchView['presets'] {
  const format = systemFormats.find(({ name }) => name === 'workshop');
  // What the form cannot say of the preset (how answers are numbered) is the workshop's own way.
  const written = format?.write?.(presets.workshop(models), {
    models: Object.fromEntries(models.map((model) => [model, model])),
  });
  const workshop = systemSchema.parse({ description: 'workshop', ...written?.document });
  const single: BenchSystem = {
    ai_configuration: {
      main_model: models[0],
      main_temperature: 0.1,
      cycles: 1,
      system_prompt: 'Answer the question.',
      layer_agents: [],
    },
    version: '2.0',
    description: 'single model',
  };
  return [
    { name: 'workshop', system: workshop },
    { name: 'single model', system: single },
  ];
}
