import { recordOf } from '../../core/records.ts';
import { type Agent, type AgentRole, samplesOf, totalSamples } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import type { Seat, SimpleStage } from '../../domain/stages/simple-stages.ts';
import {
  isSimple,
  type Stage,
  seatsOfStages,
  simpleStages,
  stageKinds,
  recordOf as stageRecordOf,
} from '../../domain/stages/stages.ts';

/** What most providers take where a request sets none; the numbers need some value. */
export const unsetTemperature = 0.7;

/** An agent with its share of the answers of all agents in its role. */
export interface RoleShare {
  readonly role: AgentRole;
  readonly agent: Agent;
  /** 0..1; those of a role sum up to 1. */
  readonly share: number;
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
type TopologyName = (typeof topologyNames)[number];

/** A config's topology in counts; those that do not apply are 0. */
export type Topology = Readonly<Record<TopologyName, number>>;

/** What all features of a config are made of. */
export interface ConfigParts {
  readonly config: MoaConfig;
  /** Loops opened up. */
  readonly stages: readonly SimpleStage[];
  readonly seats: readonly Seat[];
  readonly shares: readonly RoleShare[];
  readonly topology: Topology;
}

export function partsOf(config: MoaConfig): ConfigParts {
  const stages = simpleStages(config.stages);
  const seats = seatsOfStages(stages);
  return { config, stages, seats, shares: sharesOf(seats), topology: topologyOf(config, stages, seats) };
}

function sharesOf(seats: readonly Seat[]): RoleShare[] {
  return [...new Set(seats.map(({ role }) => role))].flatMap((role) => {
    const agents = seats.flatMap((seat) => (seat.role === role ? [seat.agent] : []));
    const total = totalSamples(agents);
    return agents.map((agent) => ({ role, agent, share: samplesOf(agent) / total }));
  });
}

const nothing = recordOf(topologyNames, () => 0);

function topologyOf(config: MoaConfig, stages: readonly SimpleStage[], seats: readonly Seat[]): Topology {
  const counts = { ...nothing };
  const proposers = seats.flatMap(({ role, agent }) => (role === 'proposer' ? [agent] : []));
  counts.stages = stages.length;
  counts.agents = proposers.length;
  counts.answers = totalSamples(proposers);
  counts.models = new Set(proposers.map(({ model }) => model)).size;
  counts.prompts = new Set(proposers.map(({ prompt }) => prompt)).size;
  const outer = config.stages.filter((stage) => !isSimple(stage));
  for (const stage of [...stages, ...outer]) {
    counts[stage.kind]++;
    addCounts(counts, stage);
  }
  return counts;
}

function addCounts(counts: Record<TopologyName, number>, stage: Stage): void {
  const { rounds = 0, critics = 0, chosen = 0, kept = 0, times = 0 } = stageRecordOf(stage).counts(stage);
  counts.rounds += rounds;
  counts.critics += critics;
  counts.chosen += chosen;
  counts.kept += kept;
  counts.times += times;
}
