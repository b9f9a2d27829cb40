import { type Agent, type AgentRole, samplesOf, totalSamples } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { recordOf, type Stage, seatsOfStages, simpleStages, stageKinds } from '../../domain/stages/stages.ts';

/** What most providers take where a request sets none; the numbers need some value. */
export const unsetTemperature = 0.7;

/** An agent with its share of the answers of all agents in its role. */
export interface RoleShare {
  readonly role: AgentRole;
  readonly agent: Agent;
  /** 0..1; those of a role sum up to 1. */
  readonly share: number;
}

/** The agents of a config, role by role. */
export function roleShares(config: MoaConfig): RoleShare[] {
  const seats = seatsOfStages(config.stages);
  return [...new Set(seats.map(({ role }) => role))].flatMap((role) => {
    const agents = seats.flatMap((seat) => (seat.role === role ? [seat.agent] : []));
    const total = totalSamples(agents);
    return agents.map((agent) => ({ role, agent, share: samplesOf(agent) / total }));
  });
}

/** Names of the counts that make a config's topology. */
export const topologyNames = [
  'stages',
  ...stageKinds,
  'agents',
  'answers',
  'models',
  'rounds',
  'kept',
  'chosen',
  'times',
  'critics',
  'prompts',
] as const;
export type TopologyName = (typeof topologyNames)[number];

/** A config's topology in counts; those that do not apply are 0. */
export function topologyOf(config: MoaConfig): Record<TopologyName, number> {
  const counts = Object.fromEntries(topologyNames.map((name) => [name, 0])) as Record<TopologyName, number>;
  const proposers = seatsOfStages(config.stages).flatMap(({ role, agent }) =>
    role === 'proposer' ? [agent] : [],
  );
  const stages = simpleStages(config.stages);
  counts.stages = stages.length;
  counts.agents = proposers.length;
  counts.answers = totalSamples(proposers);
  counts.models = new Set(proposers.map(({ model }) => model)).size;
  counts.prompts = new Set(proposers.map(({ prompt }) => prompt)).size;
  const outer = config.stages.filter((stage) => stage.kind === 'loop');
  for (const stage of [...stages, ...outer]) {
    counts[stage.kind]++;
    addCounts(counts, stage);
  }
  return counts;
}

function addCounts(counts: Record<TopologyName, number>, stage: Stage): void {
  const { rounds = 0, critics = 0, chosen = 0, kept = 0, times = 0 } = recordOf(stage).counts(stage);
  counts.rounds += rounds;
  counts.critics += critics;
  counts.chosen += chosen;
  counts.kept += kept;
  counts.times += times;
}
