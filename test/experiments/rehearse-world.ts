import { drawWorld } from '../../src/analysis/rehearse/assumed-world.ts';
import { assumedBeliefs } from '../../src/analysis/rehearse/beliefs.ts';
import { type CallRole, callRoles, createRoleReader } from '../../src/analysis/rehearse/call-role.ts';
import type { PastCall } from '../../src/analysis/rehearse/earlier-runs.ts';
import type { Job } from '../../src/analysis/rehearse/play.ts';
import { createStandInGrader, standInAnswer } from '../../src/analysis/rehearse/stand-in-grader.ts';
import { createStandInModel } from '../../src/analysis/rehearse/stand-in-model.ts';
import { qualityIn, writeText } from '../../src/analysis/rehearse/stand-in-text.ts';
import { logistic } from '../../src/core/logistic.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { callKey } from '../../src/models/call-key.ts';
import { type ChatModel, type ChatOutcome, type ModelCard, priceOf } from '../../src/models/chat-model.ts';
import { createMemoryJournal } from '../../src/run/journal/journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import { allKinds, allPrompts, makeSpace } from '../search/spaces.ts';

/** What a real run took. */
export interface Truth {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number | null;
  readonly seconds: number;
  readonly ended: string;
  /** The run's calls, as a later job would learn from them. */
  readonly past: readonly PastCall[];
}

/** Draws a small job: models with and without speed profile, a space, a size, ceilings that may bind. */
export function drawJob(seed: string): Job {
  const rng = createRng(`${seed}/job`);
  const models = Array.from({ length: 2 + rng.integer(4) }, (_, index) => `maker/model-${index}`);
  const cards = new Map<string, ModelCard>(
    models.map((name) => {
      const output = 0.1 * 100 ** rng.next();
      const speed = { firstTokenMs: 150 + 700 * rng.next(), tokensPerSecond: 30 * 10 ** rng.next() };
      const price = { inputPerMillion: output / (1 + 4 * rng.next()), outputPerMillion: output };
      const profile = rng.next() < 0.5 ? speed : null;
      return [name, { name, contextTokens: null, price, speed: profile, simulated: false }];
    }),
  );
  const wide = rng.next() < 0.6;
  const space = makeSpace(
    {
      temperatures: [0, 0.5, 1],
      maxTokens: rng.pick([600, 1500, 4000]),
      samples: { min: 1, max: wide ? 3 : 2 },
      rounds: { min: 1, max: wide ? 2 : 1 },
      agents: { min: 1, max: wide ? 4 : 3 },
      stages: { kinds: wide ? allKinds : ['fuse', 'vote'], max: wide ? 3 : 1 },
      prompts: allPrompts,
    },
    models,
  );
  const instances = 1 + rng.integer(3);
  const task = makeTask(rng.pick(['text', 'code', 'number', 'choice', 'label', 'json'] as const), instances);
  const maxEvaluations = 8 + rng.integer(14);
  return {
    task,
    space,
    card: (model) => cards.get(model),
    createStrategy: (context) => createStrategy('evolution', context),
    settings: {
      strategy: 'evolution',
      objectives: ['score', 'latency', 'tokens'],
      seed: rng.integer(1e6),
      repeats: 1 + rng.integer(2),
      finishRepeats: 3,
      holdoutRepeats: 1,
      concurrency: rng.pick([2, 4, 8, 12]),
      budget: drawBudget(rng, maxEvaluations),
      models,
      simulated: false,
    },
  };
}

/** A third of the jobs have a ceiling besides evaluations, at a place where it may or may not bind. */
function drawBudget(rng: Rng, maxEvaluations: number): Job['settings']['budget'] {
  const size = maxEvaluations * 4 ** (2 * rng.next() - 1);
  const ceilings: Job['settings']['budget'][] = [
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    {},
    { maxTokens: Math.round(9000 * size) },
    { maxCalls: Math.round(12 * size) },
    { maxUsd: 0.006 * size },
    { maxSeconds: 6 * size },
  ];
  return { maxEvaluations, ...rng.pick(ceilings) };
}

function makeTask(answer: Task['answer'], instances: number): Task {
  const make = (prefix: string) =>
    Array.from({ length: instances }, (_, index) => ({
      id: `${prefix}${index}`,
      input: `Question ${prefix}${index}: ${'what is to be done in such a case? '.repeat(4)}`,
    }));
  return {
    version: 1,
    name: 'rehearsed',
    description: 'Answers questions.',
    instances: 'instances.jsonl',
    grader: { name: 'own' },
    answer,
    split: { holdout: 0.5, seed: 1 },
    repeats: 1,
    objectives: ['score', 'latency', 'tokens'],
    hash: 'none',
    tuning: make('t'),
    holdout: make('h'),
  };
}

/** `same`: the world is drawn as rehearsals draw theirs. `other`: as {@link createOtherModel} says. */
export type WorldFamily = 'same' | 'other';

/** Runs the job in its real world. `world` names it: two jobs of one world share models and habits. */
export async function runForReal(job: Job, family: WorldFamily, world: string): Promise<Truth> {
  const clock = new VirtualClock();
  const parts = family === 'same' ? sameParts(job, world, clock) : otherParts(job, world, clock);
  const past: PastCall[] = [];
  const model: ChatModel = {
    revision: (name) => parts.model.revision(name),
    async complete(request, options) {
      const outcome = await parts.model.complete(request, options);
      if (outcome.kind === 'answered' && !/^(VERDICT|RANKING|AGENTS):/.test(outcome.response.text)) {
        const { usage, serviceMs, firstTokenMs } = outcome.response;
        const { outputTokens } = usage;
        past.push({ model: request.model, outputTokens, serviceMs, firstTokenMs, sameTask: true });
      }
      return outcome;
    },
  };
  const front = await clock.run(() =>
    new TuningRun('real', createMemoryJournal(), job.settings, {
      clock,
      model,
      grader: parts.grader,
      card: job.card,
      task: job.task,
      space: job.space,
      createStrategy: job.createStrategy,
      extractAnswer: standInAnswer,
      signal: new AbortController().signal,
    }).run(),
  );
  const { calls, tokensIn, tokensOut, usd, seconds } = front.spent;
  return { calls, tokens: tokensIn + tokensOut, usd, seconds, ended: front.ended, past };
}

interface RealParts {
  readonly model: ChatModel;
  readonly grader: Grader;
}

function sameParts(job: Job, seed: string, clock: VirtualClock): RealParts {
  const world = drawWorld(assumedBeliefs(job.task, job.settings.models, job.card), job.card, seed);
  const roleOf = createRoleReader(job.space);
  return {
    model: createStandInModel({ clock, world, card: job.card, roleOf }),
    grader: createStandInGrader(world),
  };
}

function otherParts(job: Job, seed: string, clock: VirtualClock): RealParts {
  const pass = createRng(`${seed}/grades`).next();
  return {
    model: createOtherModel(job, seed, clock),
    grader: {
      name: 'other',
      revision: '1',
      grade: ({ answer, instance, repeat }) => {
        const share = logistic(qualityIn(answer)[0] ?? -3);
        const luck = createRng(`${seed}/grade/${instance.id}/${repeat}/${answer.slice(0, 40)}`).next();
        // Pass or fail; or few checks that each pass by themselves; or nearly continuous.
        const value = pass < 0.4 ? (luck < share ? 1 : 0) : pass < 0.7 ? Math.round(share * 4) / 4 : share;
        return Promise.resolve({ kind: 'scored', value });
      },
    },
  };
}

/** Typical lengths of answers in this world, in tokens; not those that rehearsals assume. */
const lengths: Readonly<Record<Task['answer'], number>> = {
  ...{ text: 330, code: 430, number: 200, choice: 100, label: 50, json: 180 },
};
const roleRange: Readonly<Record<CallRole, readonly [number, number]>> = {
  answer: [1, 1],
  refine: [0.8, 1.4],
  critique: [0.4, 1.2],
  verify: [0.15, 0.8],
  rank: [0.1, 0.7],
  route: [0.05, 0.3],
  fuse: [0.7, 1.5],
  judge: [0.1, 0.5],
  write: [0.5, 2],
};

/**
 * A world of another family than the rehearsals': medians uniform in the logarithm (a factor of 2.2 for the
 * task, of 2 a model, and one model in ten is a talker at 2.5 times), lengths of calls gamma-distributed,
 * speeds log-uniform from 25 to 250 tokens a second (or a profile off by 25% either way, uniformly), one
 * call in forty a straggler at four times its time, no failures or up to 3% of them, and quality that has
 * nothing to do with price.
 */
function createOtherModel(job: Job, seed: string, clock: VirtualClock): ChatModel {
  const rng = createRng(`${seed}/other`);
  const around = (factor: number, draw: Rng): number => factor ** (2 * draw.next() - 1);
  const task = lengths[job.task.answer] * around(2.2, rng.derive('task'));
  const failureRate = rng.derive('fails').next() < 0.5 ? 0 : 0.03 * rng.derive('rate').next();
  const charactersPerToken = 3.4 + 1.1 * rng.derive('text').next();
  const roles = new Map(
    callRoles.map((role) => {
      const [low, high] = roleRange[role];
      return [role, low + (high - low) * rng.derive('role', role).next()];
    }),
  );
  const load = around(1.4, rng.derive('load'));
  const models = new Map(
    job.settings.models.map((name) => {
      const own = rng.derive('model', name);
      const profile = job.card(name)?.speed ?? null;
      const length = task * around(2, own) * (own.next() < 0.1 ? 2.5 : 1);
      const off = 0.75 + 0.5 * own.next();
      const speed = profile === null ? 25 * 10 ** own.next() * load : profile.tokensPerSecond * off;
      const first =
        profile === null ? 200 + 1000 * own.next() : profile.firstTokenMs * (0.75 + 0.5 * own.next());
      return [name, { length, speed, first, skill: 2.4 * own.next() - 1 }];
    }),
  );
  const gain = rng.derive('gain').next() * 0.8;
  const roleOf = createRoleReader(job.space);
  const model: ChatModel = {
    revision: () => seed,
    async complete(request, call = {}): Promise<ChatOutcome> {
      const draw = createRng(`${seed}/${callKey(request, model)}/${call.attempt ?? 0}`);
      const { length, speed, first, skill } = models.get(request.model) as {
        [key in 'length' | 'speed' | 'first' | 'skill']: number;
      };
      if (draw.next() < failureRate) {
        await clock.sleep(2000, call.signal);
        const failure = {
          cause: 'infrastructure',
          code: 'server-error',
          message: 'down',
          retryable: true,
          serviceMs: 2000,
        } as const;
        return { kind: 'failed', failure };
      }
      const role = roleOf(request);
      const prompt = createRng(
        `${seed}/${request.model}/${(request.messages[0]?.content ?? '').slice(0, 60)}`,
      );
      const wanted = Math.max(
        1,
        Math.round(length * (roles.get(role) ?? 1) * (0.75 + 0.5 * prompt.next()) * gamma(draw, 6)),
      );
      const outputTokens = Math.min(wanted, request.maxTokens ?? wanted);
      const characters = request.messages.reduce((sum, { content }) => sum + content.length + 20, 0);
      const usage = {
        inputTokens: Math.ceil(characters / charactersPerToken),
        outputTokens,
        estimated: false,
      };
      const straggles = draw.next() < 0.025 ? 4 : 1;
      const firstTokenMs = Math.round(first * (0.7 + 0.6 * draw.next()));
      const serviceMs = Math.round(straggles * (firstTokenMs + (1000 * outputTokens) / speed));
      const seen = request.messages.flatMap(({ content }) => qualityIn(content));
      const own = skill + 0.8 * prompt.normal() + 0.5 * draw.normal();
      const quality = seen.length === 0 ? own : Math.max(own, ...seen) - 0.5 + gain;
      await clock.sleep(serviceMs, call.signal);
      return {
        kind: 'answered',
        response: {
          text: writeText(role, request, quality, {
            characters: Math.round(outputTokens * charactersPerToken),
            rng: draw,
          }),
          finishReason: wanted > outputTokens ? 'length' : 'stop',
          usage,
          serviceMs,
          firstTokenMs,
          usd: priceOf(job.card(request.model)?.price ?? null, usage),
        },
      };
    },
  };
  return model;
}

/** Gamma with mean 1 and a whole shape: a mean of exponentials. */
function gamma(rng: Rng, shape: number): number {
  let sum = 0;
  for (let index = 0; index < shape; index++) sum -= Math.log(1 - rng.next());
  return sum / shape;
}
