import { sha256 } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import type { ChatModel, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import type { Manifest, TuneDependencies, TuneSettings } from '../../src/run/types.ts';
import type { Proposal, Strategy } from '../../src/search/strategy.ts';
import { worldDependencies, worldModels, worldSettings, worldSpace, worldTask } from './world.ts';

/**
 * A world whose scores are graded, skewed and known: the last agent's model, prompt and the question
 * decide how often an answer is good, so the true score of a config can be computed.
 */
function createNoisyModel(clock: Clock, seed: number): ChatModel {
  return {
    revision: () => `noisy#${seed}`,
    async complete(request: ChatRequest, call = {}): Promise<ChatOutcome> {
      const rng = createRng(sha256({ request, seed, attempt: call.attempt ?? 0 }));
      // Lognormal, as service times are; in 1/65,536 ms, so that sums on the clock are exact.
      const serviceMs = Math.round(1_000 * Math.exp(0.5 * rng.normal()) * 65_536) / 65_536;
      const text = request.messages.map((message) => message.content).join('\n');
      const good = rng.next() < shareOfGood(seed, request.model, text);
      const value = good ? 0.8 + 0.2 * rng.next() : 0.1 + 0.4 * rng.next();
      const outputTokens = 20 + rng.integer(1 + Math.round(60 * Math.exp(0.7 * rng.normal())));
      await clock.sleep(serviceMs, call.signal);
      return {
        kind: 'answered',
        response: {
          text: `score ${value}`,
          finishReason: 'stop',
          usage: { inputTokens: 20, outputTokens, estimated: false },
          serviceMs,
          firstTokenMs: serviceMs / 4,
          usd: outputTokens / 1e6,
          fingerprint: `weights-${seed}`,
        },
      };
    },
  };
}

const prompts = ['Answer.', 'Think, then answer.', 'Be brief.'];

function shareOfGood(seed: number, model: string, text: string): number {
  const prompt = prompts.find((each) => text.includes(each)) ?? '';
  const instance = /Is (\w) fine/.exec(text)?.[1] ?? '';
  const rng = createRng(`good/${seed}/${model}/${prompt}/${instance}`);
  return 0.2 + 0.75 * rng.next();
}

/** Mean score of a config over the holdout's instances. */
export function trueScore(seed: number, config: MoaConfig, instances: readonly string[]): number {
  const stage = config.stages.at(-1);
  if (stage?.kind !== 'fuse') throw new Error('the noisy world has configs that end with a fuse only');
  const { model, prompt } = stage.agent;
  const means = instances.map((id) => {
    const good = shareOfGood(seed, model, `${prompt}\nIs ${id} fine?`);
    return good * 0.9 + (1 - good) * 0.3;
  });
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

/** The number in the answer; a cell of the noisy world is never right or wrong only. */
const numberGrader: Grader = {
  name: 'number',
  revision: '1',
  grade: ({ answer }) => Promise.resolve({ kind: 'scored', value: Number(/score (\S+)/.exec(answer)?.[1]) }),
};

export const noisyTask: Task = { ...worldTask, name: 'noisy' };

function drawConfig(rng: Rng): MoaConfig {
  const proposer = {
    name: 'one',
    model: rng.pick(worldModels),
    prompt: 'Propose.',
    maxTokens: 200,
    samples: 1 + rng.integer(2),
  };
  const fuser = { name: 'fuser', model: rng.pick(worldModels), prompt: rng.pick(prompts), maxTokens: 300 };
  return {
    version: 1,
    name: 'drawn',
    stages: [
      { kind: 'propose', agents: [proposer], rounds: 1 },
      { kind: 'fuse', agent: fuser },
    ],
  };
}

function createNoisyStrategy(): Strategy {
  return {
    name: 'noisy',
    ask: (rng): Proposal => ({ config: drawConfig(rng), origin: { operator: 'random', parents: [] } }),
    asked: () => undefined,
    tell: () => undefined,
  };
}

export function noisySettings(seed: number): TuneSettings {
  return {
    ...worldSettings,
    strategy: 'noisy',
    seed,
    repeats: 1,
    finishRepeats: 2,
    holdoutRepeats: 5,
    concurrency: 8,
    budget: { maxEvaluations: 8 },
  };
}

export function noisyDependencies(seed: number): TuneDependencies & { readonly clock: VirtualClock } {
  const clock = new VirtualClock();
  return {
    ...worldDependencies(),
    clock,
    model: createNoisyModel(clock, seed),
    task: noisyTask,
    grader: numberGrader,
    createStrategy: createNoisyStrategy,
  };
}

export function noisyManifest(seed: number, run = 'noisy'): Manifest {
  const price = { inputPerMillion: 0, outputPerMillion: 1 };
  return {
    version: 1,
    run,
    mixtune: '0.0.0-test',
    node: 'v0',
    gitCommit: null,
    startedAt: '2026-01-01T00:00:00Z',
    simulated: true,
    settings: noisySettings(seed),
    task: { name: noisyTask.name, hash: noisyTask.hash },
    space: { name: worldSpace.name, hash: 'none', file: worldSpace },
    grader: { name: numberGrader.name, revision: numberGrader.revision },
    models: Object.fromEntries(worldModels.map((name) => [name, { revision: `noisy#${seed}`, price }])),
    command: [],
    endpoint: {},
  };
}
