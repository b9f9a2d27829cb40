import type { MoaConfig, Stage } from '../domain/moa-config.ts';

/** Model calls that a config makes for one question when nothing fails and no loop ends early. */
export function plannedCalls(config: MoaConfig): number {
  return config.stages.reduce((sum, stage) => sum + callsOfStage(stage), 0);
}

function callsOfStage(stage: Stage): number {
  const sampled = (agents: readonly { samples?: number | undefined }[]): number =>
    agents.reduce((sum, agent) => sum + (agent.samples ?? 1), 0);
  switch (stage.kind) {
    case 'propose':
      return sampled(stage.agents) * (stage.rounds ?? 1);
    case 'route':
      return 1 + Math.ceil((sampled(stage.agents) * stage.choose) / stage.agents.length);
    case 'critique':
      return sampled(stage.agents);
    case 'verify':
      // One call a candidate; how many there are depends on the stages before. A typical number.
      return 3;
    case 'rank':
      return 1;
    case 'fuse':
      return stage.agent.samples ?? 1;
    case 'vote':
      return 0;
    case 'loop':
      return (stage.times ?? 3) * stage.stages.reduce((sum, inner) => sum + callsOfStage(inner), 0);
  }
}
