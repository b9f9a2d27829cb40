import {
  type Agent,
  agentsOfStage,
  type MoaConfig,
  type SimpleStage,
  type Stage,
} from '../domain/moa-config.ts';
import { agentsWithRoles, promptsFor } from './library.ts';
import { loopTimes, maxCritics, openingState, stagesAfterFirst, stepOf } from './shape.ts';
import type { SearchSpace } from './space.ts';

export interface MembershipOptions {
  /** `any` (default): prompts that a model wrote later do not count; `library`: all must be the space's. */
  readonly prompts?: 'any' | 'library';
}

/**
 * Whether a config lies in the space: its models, settings, numbers of agents, kinds and number of stages.
 * Stages that cannot matter (a vote over one candidate) are allowed here; the search removes them.
 */
export function contains(space: SearchSpace, config: MoaConfig, options: MembershipOptions = {}): boolean {
  const [first, ...rest] = config.stages;
  if (first === undefined || openingState(first) === undefined) return false;
  if (rest.some((stage) => stepOf(stage) === undefined)) return false;
  if (stagesAfterFirst(config.stages) > space.stages.max) return false;
  if (!config.stages.every((stage) => stageFits(stage, space))) return false;
  if (!endsWithOneAnswer(config.stages)) return false;
  return agentsWithRoles(config).every(
    ({ agent, role }) =>
      agentFits(agent, space) &&
      samplesFit(agent, role === 'proposer' ? space.samples : { min: 1, max: 1 }) &&
      (options.prompts !== 'library' || promptsFor(space, role).includes(agent.prompt)),
  );
}

function agentFits(agent: Agent, space: SearchSpace): boolean {
  const topPFits =
    space.topP === undefined
      ? agent.topP === undefined
      : agent.topP !== undefined && space.topP.includes(agent.topP);
  return (
    space.models.includes(agent.model) &&
    agent.temperature !== undefined &&
    space.temperatures.includes(agent.temperature) &&
    topPFits &&
    agent.maxTokens === space.maxTokens
  );
}

const within = (value: number, range: { min: number; max: number }): boolean =>
  value >= range.min && value <= range.max;

const samplesFit = (agent: Agent, range: { min: number; max: number }): boolean =>
  within(agent.samples ?? 1, range);

function stageFits(stage: Stage, space: SearchSpace): boolean {
  if (stage.kind !== 'loop') return simpleFits(stage, space);
  if (!space.stages.kinds.includes('loop')) return false;
  if (!within(stage.times ?? 3, loopTimes(space))) return false;
  return stage.stages.every((inner) => simpleFits(inner, space));
}

function simpleFits(stage: SimpleStage, space: SearchSpace): boolean {
  if (stage.kind === 'propose') {
    return within(stage.agents.length, space.agents) && within(stage.rounds ?? 1, space.rounds);
  }
  if (!space.stages.kinds.includes(stage.kind)) return false;
  if (stage.kind === 'route') {
    return within(stage.agents.length, space.agents) && stage.choose <= stage.agents.length;
  }
  return agentsOfStage(stage).length <= maxCritics;
}

/** By the most candidates there can be; the rules of the grammar about needless stages left aside. */
function endsWithOneAnswer(stages: readonly Stage[]): boolean {
  const [first, ...rest] = stages;
  let candidates = first === undefined ? 0 : (openingState(first)?.candidates ?? 0);
  for (const stage of rest) {
    if (stage.kind === 'vote' || stage.kind === 'fuse' || stage.kind === 'loop') candidates = 1;
    else if (stage.kind === 'rank') candidates = Math.min(candidates, stage.keep);
  }
  return candidates === 1;
}
