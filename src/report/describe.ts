import { type Agent, samplesOf } from '../domain/agent.ts';
import type { MoaConfig, Stage } from '../domain/moa-config.ts';
import { seatsOf } from '../domain/stages/simple-stages.ts';
import { recordOf } from '../domain/stages/stages.ts';
import { shortModel } from './format.ts';

/** A config in one line: `propose 3 (sage-70b, swift-8b ×2) > critique (swift-8b) > fuse (sage-70b)`. */
export function describeConfig(config: MoaConfig): string {
  return config.stages.map(describeStage).join(' > ');
}

function describeStage(stage: Stage): string {
  const inside =
    stage.kind === 'loop'
      ? stage.stages.map(describeStage).join(' > ')
      : describeAgents(seatsOf(stage).map(({ agent }) => agent));
  return recordOf(stage).line(stage, inside);
}

function describeAgents(agents: readonly Agent[]): string {
  const answers = new Map<string, number>();
  for (const agent of agents) {
    const name = shortModel(agent.model);
    answers.set(name, (answers.get(name) ?? 0) + samplesOf(agent));
  }
  return [...answers].map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)).join(', ');
}
