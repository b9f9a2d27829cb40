import type { Agent, MoaConfig } from '../../domain/moa-config.ts';
import { seatsOf, withAgents } from '../../domain/stages/simple-stages.ts';
import { innerStages, mapSimpleStages } from '../../domain/stages/stages.ts';

/** The agents that answer the question in a config's opening stage. */
export function proposersOf(config: MoaConfig): Agent[] {
  const [opening] = config.stages.slice(0, 1).flatMap(innerStages);
  if (opening === undefined) return [];
  return seatsOf(opening).flatMap(({ agent, role }) => (role === 'proposer' ? [agent] : []));
}

export function withProposers(config: MoaConfig, agents: readonly Agent[]): MoaConfig {
  const opening = mapSimpleStages(config.stages.slice(0, 1), (stage) =>
    withAgents(stage, (own, role) => (role === 'proposer' ? agents : own)),
  );
  return { ...config, stages: [...opening, ...config.stages.slice(1)] };
}
