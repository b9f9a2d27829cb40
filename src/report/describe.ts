import { type Agent, samplesOf } from '../domain/agent.ts';
import type { MoaConfig, Stage } from '../domain/moa-config.ts';
import { timesOf } from '../domain/stages/loop.ts';
import { roundsOf, seatsOf } from '../domain/stages/simple-stages.ts';
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

/** The same with less: `sage-70b+swift-8b ×2 > critique > rank 2 > fuse`; a model is named where it is a new one. */
export function briefConfig(config: MoaConfig): string {
  const named = new Set<string>();
  return config.stages.map((stage) => briefStage(stage, named)).join(' > ');
}

function briefStage(stage: Stage, named: Set<string>): string {
  if (stage.kind === 'loop')
    return `${stage.stages.map((inner) => briefStage(inner, named)).join(' > ')}, ×${timesOf(stage)}`;
  const agents = seatsOf(stage).map(({ agent }) => agent);
  const isNew = agents.some(({ model }) => !named.has(model));
  for (const { model } of agents) named.add(model);
  const models = describeAgents(agents).replaceAll(', ', '+');
  const kind = recordOf(stage).brief?.(stage) ?? stage.kind;
  if (kind === '') return `${models}${roundsOf(stage) > 1 ? `, ${roundsOf(stage)} rounds` : ''}`;
  return isNew && models !== '' ? `${kind} (${models})` : kind;
}
