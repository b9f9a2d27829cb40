import type { Agent, MoaConfig, SimpleStage, Stage } from '../../domain/moa-config.ts';

/** The agents that answer the question in a config's opening stage. */
export function proposersOf(config: MoaConfig): Agent[] {
  const first = innermost(config.stages[0]);
  return first?.kind === 'propose' || first?.kind === 'route' ? first.agents : [];
}

/** The config with other agents in its opening stage. */
export function withProposers(config: MoaConfig, agents: Agent[]): MoaConfig {
  const [first, ...rest] = config.stages;
  if (first === undefined) return config;
  const put = (stage: SimpleStage): SimpleStage =>
    stage.kind === 'propose' || stage.kind === 'route' ? { ...stage, agents } : stage;
  const opening: Stage = first.kind === 'loop' ? { ...first, stages: first.stages.map(put) } : put(first);
  return { ...config, stages: [opening, ...rest] };
}

function innermost(stage: Stage | undefined): SimpleStage | undefined {
  return stage?.kind === 'loop' ? stage.stages[0] : stage;
}
