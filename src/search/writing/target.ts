import type { Rng } from '../../core/rng.ts';
import { type AgentRole, roleRecords } from '../../domain/agent.ts';
import type { Agent, MoaConfig } from '../../domain/moa-config.ts';
import { seatsOf } from '../../domain/stages/simple-stages.ts';
import { placedStages } from '../../domain/stages/stages.ts';
import { formatPath } from '../../domain/validation.ts';
import type { DraftTarget } from './draft.ts';

export interface TargetAgent {
  readonly target: DraftTarget;
  readonly agent: Agent;
  readonly role: AgentRole;
}

/** Every agent of a config with its place. */
export function targetsOf(config: MoaConfig): TargetAgent[] {
  const seats = placedStages(config.stages).flatMap(({ stage, at }) =>
    seatsOf(stage).map(({ agent, role }) => ({ agent, role, stage: formatPath(at) })),
  );
  return seats.map(({ stage, ...seat }, agent) => ({ ...seat, target: { stage, agent } }));
}

/** The agent that a draft is for, by its number among all; `undefined` where the config has fewer. */
export function findTarget(config: MoaConfig, { agent }: DraftTarget): TargetAgent | undefined {
  return targetsOf(config)[agent];
}

/** Draws an agent whose prompt is to be written anew, among those that `open` lets through. */
export function drawTarget(
  config: MoaConfig,
  rng: Rng,
  open: (target: TargetAgent) => boolean = () => true,
): TargetAgent | undefined {
  const targets = targetsOf(config).filter(open);
  if (targets.length === 0) return undefined;
  return targets[rng.weighted(targets.map(({ role }) => roleRecords[role].weight))];
}
