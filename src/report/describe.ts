import { type Agent, agentsOfStage, type MoaConfig, type Stage } from '../domain/moa-config.ts';

/** A config in one line: `propose 3 (sage-70b, swift-8b ×2) > critique (swift-8b) > fuse (sage-70b)`. */
export function describeConfig(config: MoaConfig): string {
  return config.stages.map(describeStage).join(' > ');
}

function describeStage(stage: Stage): string {
  switch (stage.kind) {
    case 'loop': {
      const inner = stage.stages.map(describeStage).join(' > ');
      const times = stage.until === undefined ? `×${stage.times ?? 1}` : 'until verified';
      return `loop ${times} [${inner}]`;
    }
    case 'vote':
      return 'vote';
    case 'propose': {
      const rounds = (stage.rounds ?? 1) > 1 ? ` ×${stage.rounds} rounds` : '';
      return `propose${rounds} (${describeAgents(stage.agents)})`;
    }
    case 'route':
      return `route ${stage.choose} of ${stage.agents.length} (${describeAgents(agentsOfStage(stage))})`;
    case 'rank':
      return `rank keep ${stage.keep} (${describeAgents([stage.agent])})`;
    default:
      return `${stage.kind} (${describeAgents(agentsOfStage(stage))})`;
  }
}

function describeAgents(agents: readonly Agent[]): string {
  const answers = new Map<string, number>();
  for (const agent of agents) {
    const name = shortModel(agent.model);
    answers.set(name, (answers.get(name) ?? 0) + (agent.samples ?? 1));
  }
  return [...answers].map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)).join(', ');
}

/** A model's name without its provider and owner: `together/meta/llama-3` as `llama-3`. */
export function shortModel(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}
