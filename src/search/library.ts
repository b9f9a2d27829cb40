import type { Rng } from '../core/rng.ts';
import type { Agent, MoaConfig, SimpleStage, Stage } from '../domain/moa-config.ts';
import type { PromptRole, SearchSpace, SearchSpaceFile } from './space.ts';

/** What an agent does in a config. Lone proposers draw on the `single` prompts too. */
export type AgentRole = Exclude<PromptRole, 'single'>;

/** The prompts that an agent of this role may have, in the order of the space's file. */
export function promptsFor(space: SearchSpaceFile, role: AgentRole): readonly string[] {
  if (role !== 'proposer') return space.prompts[role] ?? [];
  return [...new Set([...space.prompts.single, ...(space.prompts.proposer ?? [])])];
}

/** Draws an agent of a role; its name is set when the config is finished. */
export function drawAgent(space: SearchSpace, role: AgentRole, rng: Rng): Agent {
  return buildAgent(space, {
    model: rng.pick(space.models),
    prompt: rng.pick(promptsFor(space, role)),
    temperature: rng.pick(space.temperatures),
    ...(space.topP === undefined ? {} : { topP: rng.pick(space.topP) }),
    samples: role === 'proposer' ? drawSmall(space.samples.min, space.samples.max, 0.4, rng) : 1,
  });
}

/** An agent with its members in a fixed order, without those that say nothing. */
export function buildAgent(
  space: SearchSpace,
  settings: Pick<Agent, 'model' | 'prompt' | 'temperature' | 'topP' | 'samples'> & { name?: string },
): Agent {
  const { name = 'agent', model, prompt, temperature, topP, samples = 1 } = settings;
  return {
    name,
    model,
    prompt,
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    maxTokens: space.maxTokens,
    ...(samples === 1 ? {} : { samples }),
  };
}

/** A whole number from `min` to `max`, each step up less likely by the factor `ratio`. */
export function drawSmall(min: number, max: number, ratio: number, rng: Rng): number {
  let value = min;
  while (value < max && rng.next() < ratio) value++;
  return value;
}

/** Every agent of a config with its role, in the order of `agentsOf`. */
export function agentsWithRoles(config: MoaConfig): { agent: Agent; role: AgentRole }[] {
  const found: { agent: Agent; role: AgentRole }[] = [];
  mapAgents(config.stages, (agent, role) => {
    found.push({ agent, role });
    return agent;
  });
  return found;
}

/** Copies stages with each agent replaced, in the order of `agentsOf`. */
export function mapAgents(
  stages: readonly Stage[],
  change: (agent: Agent, role: AgentRole, index: number) => Agent,
): Stage[] {
  let next = 0;
  const visit = (role: AgentRole) => (agent: Agent) => change(agent, role, next++);
  const simple = (stage: SimpleStage): SimpleStage => {
    switch (stage.kind) {
      case 'propose':
        return { ...stage, agents: stage.agents.map(visit('proposer')) };
      case 'route': {
        const router = visit('router')(stage.router);
        return { ...stage, router, agents: stage.agents.map(visit('proposer')) };
      }
      case 'critique':
        return { ...stage, agents: stage.agents.map(visit('critic')) };
      case 'verify':
        return { ...stage, agent: visit('verifier')(stage.agent) };
      case 'rank':
        return { ...stage, agent: visit('ranker')(stage.agent) };
      case 'fuse':
        return { ...stage, agent: visit('fuser')(stage.agent) };
      case 'vote':
        return stage;
    }
  };
  return stages.map((stage) =>
    stage.kind === 'loop' ? { ...stage, stages: stage.stages.map(simple) } : simple(stage),
  );
}

/** The config with one agent replaced. */
export function replaceAgent(config: MoaConfig, index: number, change: (agent: Agent) => Agent): MoaConfig {
  return {
    ...config,
    stages: mapAgents(config.stages, (agent, _role, at) => (at === index ? change(agent) : agent)),
  };
}
