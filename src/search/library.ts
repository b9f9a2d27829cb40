import { defined } from '../core/defined.ts';
import { remembered } from '../core/remembered.ts';
import type { Rng } from '../core/rng.ts';
import { type Agent, type AgentRole, samplesOf, settingsOf } from '../domain/agent.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import { mapAgents } from '../domain/stages/stages.ts';
import { drawSettings } from './settings.ts';
import type { SearchSpace, SearchSpaceFile } from './space.ts';

/** By a space's prompts, which never change: asked for with every agent that is compared. */
const proposerPrompts = new WeakMap<SearchSpaceFile['prompts'], readonly string[]>();

/** The prompts that an agent of this role may have, in the order of the space's file; proposers have the `single` ones too. */
export function promptsFor(space: SearchSpaceFile, role: AgentRole): readonly string[] {
  const { prompts } = space;
  if (role !== 'proposer') return prompts[role] ?? [];
  return remembered(proposerPrompts, prompts, () => [
    ...new Set([...prompts.single, ...(prompts.proposer ?? [])]),
  ]);
}

/** Draws an agent of a role; its name is set when the config is finished. */
export function drawAgent(space: SearchSpace, role: AgentRole, rng: Rng): Agent {
  return buildAgent(space, {
    model: rng.pick(space.models),
    prompt: rng.pick(promptsFor(space, role)),
    ...drawSettings(space, rng),
    samples: role === 'proposer' ? drawSmall(space.samples.min, space.samples.max, 0.4, rng) : 1,
  });
}

/** An agent with its members in a fixed order, without those that say nothing. */
export function buildAgent(
  space: SearchSpace,
  agent: Omit<Agent, 'name'> & { readonly name?: string },
): Agent {
  const { name = 'agent', model, prompt } = agent;
  const samples = samplesOf(agent);
  return {
    name,
    model,
    prompt,
    ...settingsOf({ ...agent, maxTokens: space.maxTokens }),
    ...(samples === 1 ? {} : { samples }),
    ...defined({ references: agent.references }),
  };
}

/** A whole number from `min` to `max`, each step up less likely by the factor `ratio`. */
export function drawSmall(min: number, max: number, ratio: number, rng: Rng): number {
  let value = min;
  while (value < max && rng.next() < ratio) value++;
  return value;
}

export function replaceAgent(config: MoaConfig, index: number, change: (agent: Agent) => Agent): MoaConfig {
  return {
    ...config,
    stages: mapAgents(config.stages, (agent, _role, at) => (at === index ? change(agent) : agent)),
  };
}
