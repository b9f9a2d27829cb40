import type { Rng } from '../../core/rng.ts';
import type { AgentRole } from '../../domain/agent.ts';
import type { Agent, MoaConfig, SimpleStage } from '../../domain/moa-config.ts';
import { seatsOf } from '../../domain/stages/simple-stages.ts';
import { seatsOfStages } from '../../domain/stages/stages.ts';
import type { DraftTarget } from './draft.ts';

export interface TargetAgent {
  readonly target: DraftTarget;
  readonly agent: Agent;
  readonly role: AgentRole;
}

/** Every agent of a config with its place. */
export function targetsOf(config: MoaConfig): TargetAgent[] {
  const paths = config.stages.flatMap((stage, index) =>
    stage.kind === 'loop'
      ? stage.stages.flatMap((inner, at) => pathsOf(inner, `stages[${index}].stages[${at}]`))
      : pathsOf(stage, `stages[${index}]`),
  );
  return seatsOfStages(config.stages).map(({ agent, role }, index) => ({
    target: { stage: paths[index] ?? '', agent: index },
    agent,
    role,
  }));
}

export function findTarget(config: MoaConfig, { agent }: DraftTarget): TargetAgent | undefined {
  return targetsOf(config)[agent];
}

const pathsOf = (stage: SimpleStage, path: string): string[] => seatsOf(stage).map(() => path);

/** Who is drawn: those who write answers before those who judge them. */
const weights: Readonly<Record<AgentRole, number>> = {
  proposer: 3,
  fuser: 3,
  critic: 2,
  verifier: 1,
  ranker: 1,
  router: 1,
};

/** Draws an agent whose prompt is to be written anew, among those that `open` lets through. */
export function drawTarget(
  config: MoaConfig,
  rng: Rng,
  open: (target: TargetAgent) => boolean = () => true,
): TargetAgent | undefined {
  const targets = targetsOf(config).filter(open);
  if (targets.length === 0) return undefined;
  return targets[rng.weighted(targets.map(({ role }) => weights[role]))];
}
