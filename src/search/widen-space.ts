import { createRng } from '../core/rng.ts';
import { type Agent, type AgentRole, samplesOf } from '../domain/agent.ts';
import { type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import { roundsOf, seatsOf } from '../domain/stages/simple-stages.ts';
import { mapAgents, seatsOfStages, simpleStages } from '../domain/stages/stages.ts';
import { promptsFor } from './library.ts';
import { finishConfig } from './normal-form.ts';
import { nearestSettings } from './settings.ts';
import { stagesAfterFirst } from './shape.ts';
import type { SearchSpace } from './space.ts';

/**
 * The space with room for a config from outside: its prompts, temperatures, kinds and numbers of stages, agents,
 * samples and rounds. Models stay as they are, since others may not be reachable.
 */
export function widenSpace(space: SearchSpace, config: MoaConfig): SearchSpace {
  const stages = simpleStages(config.stages);
  const seats = seatsOfStages(config.stages);
  const proposers = seats.filter(({ role }) => role === 'proposer').map(({ agent }) => agent);
  const temperatures = seats.flatMap(({ agent: { temperature } }) => temperature ?? []);
  const inAStage = stages.map((stage) => seatsOf(stage).filter(({ role }) => role === 'proposer').length);
  const kinds = config.stages.map(({ kind }) => kind).filter((kind) => kind !== 'propose');
  return {
    ...space,
    temperatures: [...new Set([...space.temperatures, ...temperatures])],
    samples: upTo(space.samples, proposers.map(samplesOf)),
    rounds: upTo(space.rounds, stages.map(roundsOf)),
    agents: upTo(space.agents, inAStage),
    stages: {
      kinds: [...new Set([...space.stages.kinds, ...kinds])],
      max: Math.max(space.stages.max, stagesAfterFirst(config.stages)),
    },
    prompts: withPrompts(space, seats),
  };
}

function withPrompts(
  space: SearchSpace,
  seats: readonly { readonly agent: Agent; readonly role: AgentRole }[],
): SearchSpace['prompts'] {
  let { prompts } = space;
  for (const { agent, role } of seats) {
    if (promptsFor({ ...space, prompts }, role).includes(agent.prompt)) continue;
    prompts = { ...prompts, [role]: [...(prompts[role] ?? []), agent.prompt] };
  }
  return prompts;
}

const upTo = ({ min, max }: { readonly min: number; readonly max: number }, found: readonly number[]) => ({
  min: Math.min(min, ...found.filter((count) => count > 0)),
  max: Math.max(max, ...found),
});

/**
 * A config from outside as the search would write it, for it to go on from: the space's cap on tokens, settings that
 * the space lists, equal agents as samples. `undefined` where the search has no such form.
 */
export function seedOf(config: MoaConfig, space: SearchSpace): MoaConfig | undefined {
  if (modelsOf(config).some((model) => !space.models.includes(model))) return undefined;
  const stages = mapAgents(config.stages, (agent): Agent => ({ ...agent, ...nearestSettings(space, agent) }));
  return finishConfig({ ...config, stages }, space, createRng('seed'));
}
