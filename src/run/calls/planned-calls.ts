import { remembered } from '../../core/remembered.ts';
import type { Agent } from '../../domain/agent.ts';
import type { MoaConfig, SimpleStage } from '../../domain/moa-config.ts';
import { callsOf, roundsOf } from '../../domain/stages/simple-stages.ts';
import { innerStages, passesOf } from '../../domain/stages/stages.ts';

/** Candidates that a verify stage has before it; how many there are depends on the stages before. */
const typicalCandidates = 3;

/** Asked for every open cell whenever a call or a cell is to be begun; a config never changes. */
const known = new WeakMap<MoaConfig, number>();
const knownByAgent = new WeakMap<MoaConfig, readonly AgentCalls[]>();

/** Calls of an agent for one question. */
interface AgentCalls {
  readonly agent: Agent;
  readonly calls: number;
}

/** Model calls that a config makes for one question when nothing fails and no loop ends early. */
export function plannedCalls(config: MoaConfig): number {
  return remembered(known, config, () => countCalls(config));
}

/** The same, agent by agent; where a router chooses, each of those it chooses from has a share. */
export function plannedByAgent(config: MoaConfig): readonly AgentCalls[] {
  return remembered(knownByAgent, config, () => countByAgent(config));
}

/** Steps in which those calls follow one another: a config's calls that are made side by side are one. */
export function plannedSteps({ stages }: MoaConfig): number {
  return sum(
    stages,
    (outer) =>
      passesOf(outer).times *
      sum(innerStages(outer), (stage) => roundsOf(stage) * callsOf(stage, typicalCandidates).length),
  );
}

function countByAgent({ stages }: MoaConfig): AgentCalls[] {
  return stages.flatMap((outer) =>
    innerStages(outer).flatMap((stage) =>
      callsOf(stage, typicalCandidates)
        .flat()
        .map(({ agent, samples }) => ({ agent, calls: passesOf(outer).times * roundsOf(stage) * samples })),
    ),
  );
}

function countCalls(config: MoaConfig): number {
  return sum(config.stages, (stage) => passesOf(stage).times * sum(innerStages(stage), callsOfStage));
}

function callsOfStage(stage: SimpleStage): number {
  const calls = sum(callsOf(stage, typicalCandidates).flat(), ({ samples }) => samples);
  // Shares of calls add up to a whole number but for what floating point leaves.
  return roundsOf(stage) * Math.ceil(calls - 1e-9);
}

function sum<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}
