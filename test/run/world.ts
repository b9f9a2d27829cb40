import { sha256 } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Rng } from '../../src/core/rng.ts';
import { createRng } from '../../src/core/rng.ts';
import { meanInterval } from '../../src/core/statistics.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { type ConfigId, configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import type { Estimate, Estimates, ObjectiveName } from '../../src/domain/objective.ts';
import type { Instance, Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import type {
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ModelCard,
} from '../../src/models/chat-model.ts';
import type { TuneDependencies, TuneSettings } from '../../src/run/types.ts';
import { type SearchSpace, searchSpaceSchema } from '../../src/search/space.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import type { Proposal, Strategy, StrategyContext, TrialReport } from '../../src/search/strategy.ts';

export const worldModels = ['sim/slow', 'sim/quick', 'sim/odd'] as const;

export interface WorldOptions {
  /** @defaultValue 0 */
  readonly failureRate?: number;
  /** US dollars per million generated tokens, by model. @defaultValue 1 */
  readonly prices?: Readonly<Record<string, number>>;
}

/** A model whose answers, times and failures are functions of the request and the attempt. */
export function createWorldModel(clock: Clock, options: WorldOptions = {}): ChatModel & { paid: number } {
  const model = {
    paid: 0,
    revision: () => 'world',
    async complete(request: ChatRequest, call: CallOptions = {}): Promise<ChatOutcome> {
      model.paid++;
      const rng = createRng(sha256({ request, attempt: call.attempt ?? 0 }));
      const serviceMs = Math.round(rng.next() * 5_000 * 65_536) / 65_536;
      const failed = rng.next() < (options.failureRate ?? 0);
      try {
        await clock.sleep(Math.max(0, serviceMs - (call.elapsedMs ?? 0)), call.signal);
      } catch {
        return {
          kind: 'failed',
          failure: { cause: 'aborted', code: 'aborted', message: 'aborted', retryable: false, serviceMs: 0 },
        };
      }
      if (failed) {
        return {
          kind: 'failed',
          failure: {
            cause: 'infrastructure',
            code: 'server-error',
            message: 'down',
            retryable: true,
            serviceMs,
          },
        };
      }
      const outputTokens = 1 + rng.integer(request.maxTokens ?? 100);
      const isWriter = call.purpose === 'prompt-writer';
      return {
        kind: 'answered',
        response: {
          text: isWriter ? writtenPrompt(request, rng) : rng.next() < 0.6 ? 'yes' : `no ${rng.integer(9)}`,
          finishReason: 'stop',
          usage: { inputTokens: 20, outputTokens, estimated: false },
          serviceMs,
          firstTokenMs: serviceMs / 4,
          usd: (outputTokens * (options.prices?.[request.model] ?? 1)) / 1e6,
        },
      };
    },
  };
  return model;
}

/** Mostly a usable prompt; now and then none, a copy, one without its placeholders, or one that leaks. */
function writtenPrompt({ messages }: ChatRequest, rng: Rng): string {
  const asked = messages.map(({ content }) => content).join('\n');
  const old = /<current_prompt>\n([\s\S]*?)\n<\/current_prompt>/.exec(asked)?.[1] ?? '';
  const words = Array.from({ length: 4 }, () =>
    rng.pick(['care', 'reason', 'check', 'doubt', 'look', 'ask']),
  );
  const better = `${old} First ${words.join(', then ')}.`;
  const bad = [
    '<think>I do not know',
    `<new_prompt>${old}</new_prompt>`,
    `<new_prompt>${better.replaceAll('{{references}}', '')}</new_prompt>`,
    `<new_prompt>${better} {{question}}</new_prompt>`,
  ];
  return rng.next() < 0.75 ? `<think>Well.</think><new_prompt>\n${better}\n</new_prompt>` : rng.pick(bad);
}

const instances: Instance[] = ['a', 'b', 'c'].map((id) => ({ id, input: `Is ${id} fine?` }));

export const worldTask: Task = {
  version: 1,
  name: 'world',
  description: 'Says yes.',
  instances: 'instances.jsonl',
  grader: { name: 'yes' },
  answer: 'text',
  split: { holdout: 0.5, seed: 1 },
  repeats: 2,
  objectives: ['score', 'latency', 'tokens'],
  hash: 'none',
  tuning: instances,
  holdout: ['d', 'e'].map((id) => ({ id, input: `Is ${id} fine?` })),
};

/** The same with so many questions of each split. */
export function worldTaskOf(tuning: number, holdout: number): Task {
  const questions = (from: number, count: number): Instance[] =>
    Array.from({ length: count }, (_, at) => ({ id: `q${from + at}`, input: `Is ${from + at} fine?` }));
  return { ...worldTask, tuning: questions(0, tuning), holdout: questions(100, holdout) };
}

export const yesGrader: Grader = {
  name: 'yes',
  revision: '1',
  grade: ({ answer }) => Promise.resolve({ kind: 'scored', value: answer.includes('yes') ? 1 : 0 }),
};

export const worldSpace: SearchSpace = {
  ...searchSpaceSchema.parse({
    version: 1,
    name: 'world',
    temperatures: [0.2, 0.7],
    prompts: { single: ['Answer.'] },
  }),
  models: [...worldModels],
};

function drawConfig(rng: Rng): MoaConfig {
  const agent = (name: string): MoaConfig['stages'][number] & { kind: 'propose' } => ({
    kind: 'propose',
    agents: [
      {
        name,
        model: rng.pick(worldModels),
        prompt: rng.pick(['Answer.', 'Think, then answer.', 'Be brief.']),
        temperature: Math.round(rng.next() * 1e6) / 1e6,
        maxTokens: 200,
        samples: 1 + rng.integer(3),
      },
    ],
    rounds: 1 + rng.integer(2),
  });
  const fuser = {
    name: 'fuser',
    model: rng.pick(worldModels),
    prompt: 'Fuse {{references}}',
    maxTokens: 300,
  };
  return { version: 1, name: 'drawn', stages: [agent('one'), { kind: 'fuse', agent: fuser }] };
}

/** Random configs; remembers what it was told, so that a wrong replay changes what it asks. */
export function createWorldStrategy(context: StrategyContext): Strategy {
  let memory = '';
  const log = {
    length: 0,
    push(entry: string): void {
      this.length++;
      memory = sha256(`${memory}${entry}`);
    },
  };
  return {
    name: 'world',
    ask(rng): Proposal {
      const config = drawConfig(createRng(`${rng.next()}/${memory}`));
      log.push(`asked ${configId(config)}`);
      if (context.isKnown(configId(config))) return this.ask(rng) as Proposal;
      return { config, origin: { operator: log.length < 4 ? 'baseline' : 'random', parents: [] } };
    },
    asked: ({ id }) => void log.push(`asked ${id}`),
    tell: (report) =>
      void log.push(`told ${report.id} ${JSON.stringify(uncut(report))} ${report.cells.length}`),
  };
}

/** As versions told them that did not cut the intervals of costs at 0: journals of these are played on. */
function uncut({ estimates, cells }: TrialReport): Estimates {
  const cost = (name: ObjectiveName): Estimate => {
    const values = cells.flatMap(({ measurement }) => measurement[name] ?? []);
    return estimates[name].mean === null ? estimates[name] : meanInterval(values);
  };
  const { score } = estimates;
  return { score, latency: cost('latency'), tokens: cost('tokens'), usd: cost('usd') };
}

/** The same, now and then with more cells for a trial that it knows instead, and with a front of its own. */
export function createExtendingStrategy(context: StrategyContext): Strategy {
  const inner = createWorldStrategy(context);
  const told = new Map<ConfigId, number>();
  const extended = new Set<ConfigId>();
  return {
    name: 'extending',
    ask(rng) {
      const [id, cells] = rng.pick([...told, ['', 0]] as const);
      if (id === '' || extended.has(id) || cells >= (context.cells ?? 0)) return inner.ask(rng);
      return { extend: id, cells: Math.min(context.cells ?? 0, cells + 1 + rng.integer(3)) };
    },
    asked: (proposal) => inner.asked(proposal),
    extended: (id) => void extended.add(id),
    tell(report) {
      extended.delete(report.id);
      if (report.status === 'finished') told.set(report.id, report.cells.length);
      inner.tell(report);
    },
    front: () => (told.size < 3 ? undefined : [...told.keys()].slice(-4)),
  };
}

export const worldSettings: TuneSettings = {
  strategy: 'world',
  objectives: ['score', 'latency', 'tokens'],
  seed: 5,
  repeats: 2,
  finishRepeats: 3,
  holdoutRepeats: 1,
  // Small steps, so that a short run grows, races and re-evaluates.
  schedule: {
    startingCells: 2,
    growAfter: 6,
    racing: 'e-process',
    firstLook: 1,
    reevaluationShare: 0.15,
    reevaluationLimit: 2,
    reevaluateWhileGrowing: true,
  },
  concurrency: 4,
  budget: { maxEvaluations: 25 },
  models: [...worldModels],
  simulated: true,
};

export const extendingSettings: TuneSettings = {
  ...worldSettings,
  strategy: 'extending',
  schedule: {
    startingCells: 2,
    growAfter: 10,
    racing: 'none',
    firstLook: 2,
    reevaluationShare: 0,
    reevaluationLimit: 2,
    advised: true,
  },
};

export function worldDependencies(options: WorldOptions & { signal?: AbortSignal } = {}): TuneDependencies & {
  readonly clock: VirtualClock;
  readonly model: ReturnType<typeof createWorldModel>;
} {
  const clock = new VirtualClock();
  return {
    clock,
    model: createWorldModel(clock, options),
    card: (name): ModelCard => ({
      name,
      contextTokens: null,
      price: { inputPerMillion: 0, outputPerMillion: options.prices?.[name] ?? 1 },
      speed: null,
      simulated: true,
    }),
    task: worldTask,
    space: worldSpace,
    grader: yesGrader,
    extractAnswer: (text) => text.trim(),
    createStrategy: createWorldStrategy,
    signal: options.signal ?? new AbortController().signal,
  };
}

/** A world whose strategy proposes configs of its space, so that their prompts can be written anew. */
const draftingSpace: SearchSpace = {
  ...searchSpaceSchema.parse({
    version: 1,
    name: 'drafting-world',
    temperatures: [0.2, 0.5, 0.7],
    maxTokens: 200,
    samples: { min: 1, max: 3 },
    rounds: { min: 1, max: 2 },
    agents: { min: 1, max: 2 },
    stages: { kinds: ['critique', 'fuse', 'rank'], max: 2 },
    prompts: {
      single: ['Answer.', 'Think, then answer.'],
      critic: ['Find faults in {{references}}'],
      ranker: ['Order {{references}}'],
      fuser: ['Fuse {{references}}', 'Write one answer from {{references}} and {{critiques}}'],
    },
  }),
  models: [...worldModels],
};

export const draftingSettings: TuneSettings = {
  ...worldSettings,
  reflection: { believedGain: 3, after: 4 },
};

const toldGrader: Grader = {
  ...yesGrader,
  grade: ({ answer }) =>
    Promise.resolve(
      answer.includes('yes')
        ? { kind: 'scored', value: 1 }
        : { kind: 'scored', value: 0, feedback: 'It should have said yes.' },
    ),
};

export function draftingDependencies(
  options: WorldOptions & { signal?: AbortSignal } = {},
): ReturnType<typeof worldDependencies> {
  return {
    ...worldDependencies(options),
    space: draftingSpace,
    grader: toldGrader,
    createStrategy: (context) => createStrategy('evolution', context),
  };
}
