import jStat from 'jstat';
import { sha256 } from '../../src/core/canonical-json.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createRng } from '../../src/core/rng.ts';
import type { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { MoaConfig } from '../../src/domain/moa-config.ts';
import type { FrontMember } from '../../src/domain/run-result.ts';
import type { Instance, Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import type { ChatModel, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import type { TuneSettings } from '../../src/run/types.ts';
import type { Strategy } from '../../src/search/strategy.ts';
import { worldDependencies, worldModels, worldSettings, worldTask } from './world.ts';

/**
 * A world in which questions are drawn from a population of known difficulty, so that the true score of a
 * config is known: what it would score over all questions there are.
 */
export interface Population {
  readonly name: string;
  /** How able the configs are on the whole, in standard deviations of an answer's luck: 0 is about half. */
  readonly ability: number;
  readonly scores: 'right' | 'graded';
  readonly tuning: number;
  readonly holdout: number;
}

/** Of difficulty among questions, in standard deviations of an answer's luck. */
const difficultySpread = 1;
/** Graded answers are worth this when wrong and when right, and up to so much more. */
const graded = { wrong: 0.2, right: 0.7, more: 0.3 } as const;

const normal = (x: number): number => jStat.normal.cdf(x, 0, 1);

function abilityOf(population: Population, seed: number, model: string, temperature: number): number {
  return population.ability + 0.5 * createRng(`ability/${seed}/${model}/${temperature}`).normal();
}

function trueScoreOf(population: Population, seed: number, config: MoaConfig): number {
  const stage = config.stages.at(-1);
  if (stage?.kind !== 'fuse') throw new Error('the population world has configs that end with a fuse only');
  const ability = abilityOf(population, seed, stage.agent.model, stage.agent.temperature ?? 0);
  // A normal difficulty and a normal luck add up to one normal.
  const right = normal(ability / Math.hypot(1, difficultySpread));
  if (population.scores === 'right') return right;
  return graded.wrong + right * (graded.right - graded.wrong) + graded.more / 2;
}

function createPopulationModel(clock: Clock, population: Population, seed: number): ChatModel {
  return {
    revision: () => `population#${seed}`,
    async complete(request: ChatRequest, call = {}): Promise<ChatOutcome> {
      const rng = createRng(sha256({ request, seed, attempt: call.attempt ?? 0 }));
      const text = request.messages.map((message) => message.content).join('\n');
      const question = /Is (\S+) fine/.exec(text)?.[1] ?? '';
      const difficulty = difficultySpread * createRng(`difficulty/${question}`).normal();
      const ability = abilityOf(population, seed, request.model, request.temperature ?? 0);
      const right = ability - difficulty + rng.normal() > 0;
      const base = right ? graded.right : graded.wrong;
      const value = population.scores === 'right' ? Number(right) : base + graded.more * rng.next();
      const outputTokens = 20 + rng.integer(50);
      await clock.sleep(500 + 16 * rng.integer(64), call.signal);
      return {
        kind: 'answered',
        response: {
          text: `score ${value}`,
          finishReason: 'stop',
          usage: { inputTokens: 20, outputTokens, estimated: false },
          serviceMs: 1_000,
          firstTokenMs: 250,
          usd: outputTokens / 1e6,
        },
      };
    },
  };
}

const numberGrader: Grader = {
  name: 'number',
  revision: '1',
  grade: ({ answer }) => Promise.resolve({ kind: 'scored', value: Number(/score (\S+)/.exec(answer)?.[1]) }),
};

function taskOf(population: Population, seed: number): Task {
  const draw = (split: string, count: number): Instance[] =>
    Array.from({ length: count }, (_, index) => {
      const id = `${split}-${seed}-${index}`;
      return { id, input: `Is ${id} fine?` };
    });
  return {
    ...worldTask,
    name: 'population',
    hash: `population-${seed}`,
    tuning: draw('tuning', population.tuning),
    holdout: draw('holdout', population.holdout),
  };
}

/** One call a cell: a config is a fuser on its own question. */
function createPopulationStrategy(): Strategy {
  return {
    name: 'population',
    ask: (rng) => ({
      config: {
        version: 1,
        name: 'drawn',
        stages: [
          { kind: 'propose', agents: [{ name: 'one', model: 'sim/one', prompt: 'Propose.', maxTokens: 80 }] },
          {
            kind: 'fuse',
            agent: {
              name: 'fuser',
              model: rng.pick(worldModels),
              prompt: 'Answer.',
              temperature: Math.round(100 * rng.next()) / 100,
              maxTokens: 80,
            },
          },
        ],
      },
      origin: { operator: 'random', parents: [] },
    }),
    asked: () => undefined,
    tell: () => undefined,
  };
}

export interface ReportedScore {
  readonly truth: number;
  readonly tuning: number;
  readonly holdout: number;
  readonly low: number;
  readonly high: number;
}

/** Tunes once, through the run's real scheduler, finish and report; what it says of its winner. */
export async function tunedWinner(
  population: Population,
  seed: number,
  settings: Partial<TuneSettings> = {},
): Promise<ReportedScore> {
  const dependencies = worldDependencies();
  const clock: VirtualClock = dependencies.clock;
  const run = new TuningRun(
    'population',
    createMemoryJournal(),
    {
      ...worldSettings,
      strategy: 'population',
      seed,
      repeats: 1,
      finishRepeats: 1,
      holdoutRepeats: 1,
      concurrency: 8,
      budget: { maxEvaluations: 12 },
      ...settings,
    },
    {
      ...dependencies,
      model: createPopulationModel(clock, population, seed),
      task: taskOf(population, seed),
      grader: numberGrader,
      createStrategy: createPopulationStrategy,
    },
  );
  const file = await clock.run(() => run.run());
  return reportedScore(file.front[0], (config) => trueScoreOf(population, seed, config));
}

function reportedScore(member: FrontMember | undefined, truth: (config: MoaConfig) => number): ReportedScore {
  const score = member?.holdout?.score;
  if (member === undefined || score === undefined)
    throw new Error('the run measured no winner on the holdout');
  const { mean, low, high } = score;
  if (mean === null || low === null || high === null) throw new Error('the winner has no interval');
  return { truth: truth(member.config), tuning: member.objectives.score.mean ?? 0, holdout: mean, low, high };
}
