import { remembered } from '../../src/core/remembered.ts';
import { createRng } from '../../src/core/rng.ts';
import type { Agent, MoaConfig, Stage } from '../../src/domain/moa-config.ts';
import type { Measurement } from '../../src/domain/objective.ts';

/**
 * A cheap stand-in for an MoA system and its grader: no calls, just a landscape in which models, prompts,
 * temperatures, company and topology matter, interact, and more is not always better. Made for tests of
 * the search alone; its constants are invented.
 */
export interface Landscape {
  /** What the config is truly worth: score 0..1, latency in seconds, tokens per question. */
  truth(config: MoaConfig): Truth;
  /** One noisy cell; the noise is named by config, instance and repeat. */
  measure(config: MoaConfig, id: string, cell: string): Measurement;
}

interface Truth {
  readonly score: number;
  readonly latency: number;
  readonly tokens: number;
}

interface Pool {
  /** Log-odds of the answers on the table and the models behind them. */
  readonly answers: readonly { readonly quality: number; readonly model: string }[];
  readonly critique: number;
  readonly latency: number;
  readonly tokens: number;
}

export function createLandscape(seed: string | number, noise = 0.12): Landscape {
  const rng = createRng(`landscape/${seed}`);
  // To begin a stream takes longer than all else here.
  const uniform = once((name) => rng.derive(name).next());
  const normal = once((name) => rng.derive(name).normal());
  const skill = (model: string): number => 1.1 * normal(`skill/${model}`) - 1;
  const speed = (model: string): number => 30 * 10 ** (1.2 * uniform(`speed/${model}`));
  const wordy = (model: string): number => 200 + 600 * uniform(`wordy/${model}`);
  const promptWorth = (role: string, prompt: string): number => 0.7 * normal(`prompt/${role}/${prompt}`);
  const quality = (agent: Agent, role: string): number => {
    const ideal = uniform(`ideal/${agent.model}`);
    const off = (agent.temperature ?? 0.5) - ideal;
    return skill(agent.model) + promptWorth(role, agent.prompt) - off * off;
  };
  const cost = (agents: readonly Agent[], read: number, times = 1) => ({
    latency: times * Math.max(0, ...agents.map((agent) => 0.3 + wordy(agent.model) / speed(agent.model))),
    tokens: times * agents.reduce((sum, a) => sum + (a.samples ?? 1) * (wordy(a.model) + 150 + read), 0),
  });
  const model: Model = { quality, cost };
  const truths = new WeakMap<MoaConfig, Truth>();
  const truth = (config: MoaConfig): Truth =>
    remembered(truths, config, () => {
      const pool = config.stages.reduce((before, stage) => run(stage, before, model), emptyPool);
      const odds = pool.answers[0]?.quality ?? -5;
      return { score: 1 / (1 + Math.exp(-odds)), latency: pool.latency, tokens: pool.tokens };
    });
  return {
    truth,
    measure(config, id, cell) {
      const value = truth(config);
      const draw = createRng(`landscape/${seed}/cell/${id}/${cell}`);
      const score = Math.min(1, Math.max(0, value.score + noise * draw.normal()));
      const latency = value.latency * Math.exp(0.1 * draw.normal());
      return { score, latency, tokens: value.tokens, usd: null };
    },
  };
}

function once(draw: (name: string) => number): (name: string) => number {
  const drawn = new Map<string, number>();
  return (name) => remembered(drawn, name, () => draw(name));
}

interface Model {
  quality(agent: Agent, role: string): number;
  cost(agents: readonly Agent[], read: number, times?: number): { latency: number; tokens: number };
}

const emptyPool: Pool = { answers: [], critique: 0, latency: 0, tokens: 0 };

function run(stage: Stage, before: Pool, model: Model): Pool {
  const read = 300 * before.answers.length;
  const paid = (agents: readonly Agent[], times = 1): { latency: number; tokens: number } => {
    const { latency, tokens } = model.cost(agents, read, times);
    return { latency: before.latency + latency, tokens: before.tokens + tokens };
  };
  switch (stage.kind) {
    case 'propose': {
      const rounds = stage.rounds ?? 1;
      const company = variety(stage.agents.map((agent) => agent.model));
      const gain = rounds === 1 ? 0 : 0.25 * Math.log(rounds) * company;
      return { ...before, ...paid(stage.agents, rounds), answers: answersOf(stage.agents, model, gain) };
    }
    case 'route': {
      const ranked = answersOf(stage.agents, model, 0).sort((a, b) => b.quality - a.quality);
      const chosen = ranked
        .slice(0, stage.choose)
        .map((answer) => ({ ...answer, quality: answer.quality - 0.3 }));
      const most = stage.agents.slice(0, stage.choose);
      const { latency, tokens } = model.cost([stage.router], 0);
      const answering = paid(most);
      return {
        ...before,
        latency: answering.latency + latency,
        tokens: answering.tokens + tokens,
        answers: chosen,
      };
    }
    case 'critique': {
      const best = Math.max(...stage.agents.map((agent) => model.quality(agent, 'critic')));
      return { ...before, ...paid(stage.agents), critique: 0.35 * Math.max(-0.5, best + 1) };
    }
    case 'verify': {
      const shift = 0.1 * Math.max(0, model.quality(stage.agent, 'verifier') + 1);
      const answers = before.answers.map((answer) => ({ ...answer, quality: answer.quality + shift }));
      return { ...before, ...paid([stage.agent]), answers };
    }
    case 'rank':
      return { ...before, ...paid([stage.agent]), answers: ranked(before, stage.keep, stage.agent, model) };
    case 'vote':
      return { ...before, answers: [voted(before)] };
    case 'fuse':
      return { ...before, ...paid([stage.agent]), critique: 0, answers: [fused(before, stage.agent, model)] };
    case 'loop':
      return Array.from({ length: stage.times ?? 3 }).reduce<Pool>(
        (pool) => stage.stages.reduce((inner, part) => run(part, inner, model), pool),
        before,
      );
  }
}

function answersOf(agents: readonly Agent[], model: Model, gain: number) {
  return agents.flatMap((agent) =>
    Array.from({ length: agent.samples ?? 1 }, () => ({
      quality: model.quality(agent, 'proposer') + gain,
      model: agent.model,
    })),
  );
}

/** 0 for one model, rising with distinct models, slowly. */
const variety = (models: readonly string[]): number =>
  Math.log(new Set(models).size) + 0.15 * Math.log(models.length);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function voted(pool: Pool) {
  const qualities = pool.answers.map((answer) => answer.quality);
  const gain = pool.answers.length < 3 ? 0 : 0.45 * variety(pool.answers.map((answer) => answer.model));
  return { quality: mean(qualities) + gain, model: 'vote' };
}

function fused(pool: Pool, agent: Agent, model: Model) {
  const qualities = pool.answers.map((answer) => answer.quality);
  const dilution = 0.12 * Math.max(0, pool.answers.length - 5);
  const base = 0.45 * model.quality(agent, 'fuser') + 0.35 * Math.max(...qualities) + 0.2 * mean(qualities);
  const gain = 0.6 * variety(pool.answers.map((answer) => answer.model)) + pool.critique - dilution;
  return { quality: base + gain, model: agent.model };
}

function ranked(pool: Pool, keep: number, agent: Agent, model: Model) {
  const trust = 1 / (1 + Math.exp(-model.quality(agent, 'ranker') - 0.5));
  const sorted = [...pool.answers].sort((a, b) => b.quality - a.quality);
  const average = mean(sorted.map((answer) => answer.quality));
  return sorted
    .slice(0, keep)
    .map((answer) => ({ ...answer, quality: trust * answer.quality + (1 - trust) * average }));
}
