import jStat from 'jstat';
import { sha256 } from '../../src/core/canonical-json.ts';
import { defined } from '../../src/core/defined.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import type { Agent } from '../../src/domain/agent.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import type { FrontFile } from '../../src/domain/run-result.ts';
import type { Instance, Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import type { ChatModel, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import type { SharedAnswers } from '../../src/run/calls/kept-answers.ts';
import { defaultEndShare } from '../../src/run/end/end-plan.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { foldEvents, type RunState } from '../../src/run/run-state.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import { type SearchSpace, searchSpaceSchema } from '../../src/search/space.ts';
import { createStrategy, strategyRecord } from '../../src/search/strategies.ts';
import { withSeeds } from '../../src/search/with-seeds.ts';
import { worldDependencies, worldSettings, worldTask } from './world.ts';

/**
 * A world in which singles, tuned singles and votes have a known true score: questions come from a population of
 * known difficulty, models, prompts and temperatures have known abilities, the answers of one model to one question
 * have luck in common, and wrong answers differ. What a config would score over all questions there are is therefore
 * known but for the draws of {@link MixingWorld.truth}.
 */
export interface MixingWorld {
  readonly seed: number;
  readonly space: SearchSpace;
  readonly task: Task;
  /** True score of a config that asks its agents and takes a majority. */
  readonly truth: (config: MoaConfig) => number;
}

const models = [
  'sim/one',
  'sim/two',
  'sim/three',
  'sim/four',
  'sim/five',
  'sim/six',
  'sim/seven',
  'sim/eight',
  'sim/nine',
  'sim/ten',
] as const;
const temperatures = [0.2, 0.7, 1] as const;
const prompts = ['Answer.', 'Think, then answer.', 'Check your answer twice.'] as const;
const names: readonly string[] = models;
/** In standard deviations: what questions, a model's luck with a question, and a single answer's luck add. */
const spread = { question: 1, shared: 0.6, own: 0.9 } as const;
const wrongAnswers = 5;
const truthDraws = 6_000;

/** A model's ability with this prompt and temperature; the same in all runs of a world. */
function abilityOf(seed: number, { model, prompt, temperature = 0 }: Agent | ChatRequestAgent): number {
  const draw = (name: string, size: number): number => size * createRng(`${name}/${seed}`).normal();
  return (
    0.1 +
    draw(`model/${model}`, 0.5) +
    draw(`prompt/${model}/${prompt}`, 0.2) +
    draw(`temperature/${model}/${temperature}`, 0.1)
  );
}

interface ChatRequestAgent {
  readonly model: string;
  readonly prompt: string;
  readonly temperature?: number;
}

/** The answer of an agent whose luck adds up to so much, and a draw that says which of the wrong ones it gives. */
function answerOf(ability: number, luck: number, wrong: number): string {
  return ability + luck > 0 ? 'right' : `wrong ${Math.floor(wrong * wrongAnswers)}`;
}

export const mixingRevision = (seed: number): string => `mixing#${seed}`;

function createMixingModel(
  clock: { sleep: (ms: number, signal?: AbortSignal) => Promise<void> },
  seed: number,
): ChatModel {
  return {
    revision: () => mixingRevision(seed),
    async complete(request: ChatRequest, call = {}): Promise<ChatOutcome> {
      const texts = request.messages.map(({ content }) => content);
      const question = /Is (\S+) fine/.exec(texts.join('\n'))?.[1] ?? '';
      const { model, temperature } = request;
      const agent = { model, prompt: texts[0] ?? '', ...(temperature === undefined ? {} : { temperature }) };
      const rng = createRng(sha256({ request, seed, attempt: call.attempt ?? 0 }));
      const luck =
        spread.question * createRng(`question/${question}`).normal() +
        spread.shared * createRng(`shared/${seed}/${question}/${model}`).normal() +
        spread.own * rng.normal();
      const text = answerOf(abilityOf(seed, agent), luck, rng.next());
      // Each model takes half as much again as the one before, whatever it is worth.
      const size = 1.5 ** names.indexOf(model);
      const serviceMs = Math.round(size * (100 + rng.integer(64)));
      await clock.sleep(serviceMs, call.signal);
      const outputTokens = Math.round(size * (20 + rng.integer(20)));
      const usage = { inputTokens: 20, outputTokens, estimated: false };
      const usd = outputTokens / 1e6;
      return {
        kind: 'answered',
        response: { text, finishReason: 'stop', usage, serviceMs, firstTokenMs: serviceMs / 4, usd },
      };
    },
  };
}

export const mixingGrader: Grader = {
  name: 'right',
  revision: '1',
  grade: ({ answer }) => Promise.resolve({ kind: 'scored', value: answer === 'right' ? 1 : 0 }),
};

const isVoteOrSingle = (config: MoaConfig): boolean =>
  config.stages.slice(1).every(({ kind }) => kind === 'vote');

function truthOf(seed: number, config: MoaConfig): number {
  const [first] = config.stages;
  if (first?.kind !== 'propose' || !isVoteOrSingle(config)) throw new Error('the world knows votes only');
  const [only, ...others] = first.agents;
  // Without a vote there is one answer, whose luck is one normal.
  if (only !== undefined && others.length === 0 && config.stages.length === 1) {
    const size = Math.hypot(spread.question, spread.shared, spread.own);
    return jStat.normal.cdf(abilityOf(seed, only) / size, 0, 1);
  }
  const rng = createRng(`truth/${seed}/${sha256(config)}`);
  const agents = first.agents.map((agent) => ({ ...agent, ability: abilityOf(seed, agent) }));
  let right = 0;
  for (let draw = 0; draw < truthDraws; draw++) if (majority(answersTo(agents, rng)) === 'right') right++;
  return right / truthDraws;
}

function answersTo(agents: readonly (Agent & { readonly ability: number })[], rng: Rng): string[] {
  const question = spread.question * rng.normal();
  const shared = new Map(agents.map(({ model }) => [model, 0]));
  for (const model of shared.keys()) shared.set(model, spread.shared * rng.normal());
  return agents.flatMap(({ ability, model, samples = 1 }) =>
    Array.from({ length: samples }, () =>
      answerOf(ability, question + (shared.get(model) ?? 0) + spread.own * rng.normal(), rng.next()),
    ),
  );
}

/** Ties go to the earlier answer. */
function majority(answers: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

export function drawMixingWorld(
  seed: number,
  sizes: { readonly tuning: number; readonly holdout: number },
): MixingWorld {
  const draw = (split: string, count: number): Instance[] =>
    Array.from({ length: count }, (_, index) => {
      const id = `${split}-${seed}-${index}`;
      return { id, input: `Is ${id} fine?` };
    });
  const space = {
    ...searchSpaceSchema.parse({
      version: 1,
      name: 'mixing',
      temperatures: [...temperatures],
      maxTokens: 80,
      samples: { min: 1, max: 5 },
      rounds: { min: 1, max: 1 },
      agents: { min: 1, max: 4 },
      stages: { kinds: ['vote'], max: 1 },
      prompts: { single: [...prompts] },
    }),
    models: [...models],
  } satisfies SearchSpace;
  const task = {
    ...worldTask,
    name: 'mixing',
    hash: `mixing-${seed}`,
    tuning: draw('tuning', sizes.tuning),
    holdout: draw('holdout', sizes.holdout),
  };
  return { seed, space, task, truth: (config) => truthOf(seed, config) };
}

export interface TunedWorld {
  readonly file: FrontFile;
  readonly events: readonly RunEvent[];
  readonly state: RunState;
  readonly settings: TuneSettings;
}

/** Tunes in the world with `auto`, through the run's real schedule, end and report. */
export async function tuneMixingWorld(
  world: MixingWorld,
  settings: Partial<TuneSettings> = {},
  sharedAnswers?: SharedAnswers,
): Promise<TunedWorld> {
  const dependencies = worldDependencies();
  const { clock } = dependencies;
  const journal = createMemoryJournal();
  const all: TuneSettings = {
    ...worldSettings,
    strategy: 'auto',
    schedule: strategyRecord('auto').schedule,
    seed: world.seed,
    repeats: 1,
    finishRepeats: 1,
    holdoutRepeats: 1,
    endShare: defaultEndShare,
    concurrency: 8,
    budget: { maxEvaluations: 20 },
    models: world.space.models,
    ...settings,
  };
  const run = new TuningRun('mixing', journal, all, {
    ...dependencies,
    ...defined({ sharedAnswers }),
    model: createMixingModel(clock, world.seed),
    task: world.task,
    space: world.space,
    grader: mixingGrader,
    extractAnswer: (text) => text.trim(),
    createStrategy: (context) =>
      withSeeds(createStrategy('auto', context), all.seeds ?? [], context, all.own, all.paidCells),
  });
  const file = await clock.run(() => run.run());
  return { file, events: journal.written, state: foldEvents(journal.written), settings: all };
}
