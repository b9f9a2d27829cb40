import { elementAt } from '../core/element-at.ts';
import { createRng } from '../core/rng.ts';
import { type Agent, type AgentRole, samplesOf } from '../domain/agent.ts';
import { configsById, type MoaConfig, type Stage } from '../domain/moa-config.ts';
import { presetNames, presets } from '../domain/presets.ts';
import { roundsOf, simpleRecordOf, withAgents } from '../domain/stages/simple-stages.ts';
import { mapAgents, mapSimpleStages } from '../domain/stages/stages.ts';
import { buildAgent, promptsFor } from './library.ts';
import { finishConfig, named } from './normal-form.ts';
import { nearestSettings } from './settings.ts';
import type { SearchSpace } from './space.ts';

/** Temperatures for one answer, for several answers of one model, and for agents that judge or combine. */
export const usualTemperatures = { alone: 0.4, sampled: 0.7, judging: 0.2 } as const;

/** One call to one model, with the space's first prompt and a moderate temperature: the plain way. */
export function singleConfig(space: SearchSpace, model: string, prompt?: string): MoaConfig {
  const agent = makeAgent(space, model, 'proposer', usualTemperatures.alone);
  const prompted = { ...agent, prompt: prompt ?? elementAt(space.prompts.single, 0) };
  return { ...named([{ kind: 'propose', agents: [prompted] }]), name: `single ${model}` };
}

/**
 * Small configs made of the best single models, the most promising first; those that do not lie in the
 * space are left out.
 * @param ranked models by what they scored alone, best first.
 */
export function startConfigs(space: SearchSpace, ranked: readonly string[]): MoaConfig[] {
  const best = ranked[0];
  if (best === undefined) return [];
  const second = ranked[1] ?? best;
  const top = ranked.slice(0, 3);
  const fuse: Stage = { kind: 'fuse', agent: makeAgent(space, best, 'fuser', usualTemperatures.judging) };
  const pickOne: Stage = {
    kind: 'rank',
    agent: makeAgent(space, best, 'ranker', usualTemperatures.judging),
    keep: 1,
  };
  const critic = makeAgent(space, second, 'critic', usualTemperatures.judging);
  const critique: Stage = { kind: 'critique', agents: [critic] };
  const keepSome: Stage = { ...pickOne, keep: 2 };
  const vote: Stage = { kind: 'vote' };
  const alone = proposers(space, [best]);
  const several = proposers(space, top);
  const [firstPrompt, ...otherPrompts] = space.prompts.single.slice(1, 4);
  const promptOf = (prompt: string | undefined): Stage[][] =>
    prompt === undefined ? [] : [singleConfig(space, best, prompt).stages];
  const rough: Stage[][] = [
    [several, fuse],
    ...promptOf(firstPrompt),
    [sampled(space, best, 3), fuse],
    [alone, critique, fuse],
    ...otherPrompts.flatMap(promptOf),
    [several, vote],
    [sampled(space, best, 5), vote],
    [several, pickOne],
    [proposers(space, ranked.slice(0, 2)), fuse],
    [{ ...several, rounds: Math.min(2, space.rounds.max) }, fuse],
    [several, critique, keepSome, fuse],
  ];
  return rough.flatMap((stages) => finished(space, stages) ?? []);
}

/**
 * The well-known pipelines that the space has room for, with its prompts, its nearest settings and the best
 * single models: the workshop's, Together's and its light one, Self-MoA, critique–rank–fuse, a router. What they
 * have too much of is cut down to what the space allows; those whose stages it does not know are left out.
 * @param ranked models by what they scored alone, best first.
 */
export function presetConfigs(space: SearchSpace, ranked: readonly string[]): MoaConfig[] {
  const [best, ...others] = ranked;
  if (best === undefined) return [];
  const configs = presetNames.flatMap((name) => {
    const { stages } = presets[name]([best, ...others]);
    return finished(space, fitted(space, stages)) ?? [];
  });
  return [...configsById(configs).values()];
}

function fitted(space: SearchSpace, stages: readonly Stage[]): Stage[] {
  const inSpace = mapAgents(stages, (agent, role) => ({
    ...makeAgent(space, agent.model, role, agent.temperature ?? usualTemperatures.sampled),
    samples: role === 'proposer' ? clamp(samplesOf(agent), space.samples) : 1,
  }));
  return mapSimpleStages(inSpace, (stage) => {
    const { repeated } = simpleRecordOf(stage);
    if (repeated === undefined) return stage;
    const fewer = withAgents(stage, (agents) => agents.slice(0, space.agents.max));
    return repeated(fewer, clamp(roundsOf(stage), space.rounds));
  });
}

const clamp = (value: number, range: { readonly min: number; readonly max: number }): number =>
  Math.min(range.max, Math.max(range.min, value));

type Propose = Extract<Stage, { kind: 'propose' }>;

function proposers(space: SearchSpace, models: readonly string[]): Propose {
  return {
    kind: 'propose',
    agents: models.map((model) => makeAgent(space, model, 'proposer', usualTemperatures.alone)),
  };
}

function sampled(space: SearchSpace, model: string, samples: number): Stage {
  const agent = makeAgent(space, model, 'proposer', usualTemperatures.sampled);
  const asked = Math.min(samples, space.samples.max);
  return { kind: 'propose', agents: [buildAgent(space, { ...agent, samples: asked })] };
}

/** An agent of a role with the first of its prompts and the nearest settings. */
export function makeAgent(space: SearchSpace, model: string, role: AgentRole, temperature: number): Agent {
  return buildAgent(space, {
    model,
    prompt: promptsFor(space, role)[0] ?? '',
    ...nearestSettings(space, { temperature, topP: 1 }),
  });
}

/** The config as it is meant: one that has to be mended to lie in the space is another config. */
function finished(space: SearchSpace, stages: readonly Stage[]): MoaConfig | undefined {
  const config = finishConfig(named(stages), space, createRng('start-configs'));
  return config?.stages.length === stages.length ? config : undefined;
}
