import { type Agent, samplesOf } from '../domain/agent.ts';
import type { MoaConfig, Stage } from '../domain/moa-config.ts';
import { roundsOf, type SimpleStage, seatsOf, simpleRecordOf } from '../domain/stages/simple-stages.ts';
import { innerStages, isSimple, recordOf } from '../domain/stages/stages.ts';
import { shortModel } from './format.ts';

/** A config in one line: `propose 3 (sage-70b, swift-8b ×2) > critique (swift-8b) > fuse (sage-70b)`. */
export function describeConfig(config: MoaConfig): string {
  return config.stages.map(describeStage).join(' > ');
}

function describeStage(stage: Stage): string {
  const inside = isSimple(stage)
    ? describeAgents(seatsOf(stage).map(({ agent }) => agent))
    : stage.stages.map(describeStage).join(' > ');
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
  const { times } = recordOf(stage).counts(stage);
  const inside = innerStages(stage).map((inner) => briefSimple(inner, named));
  return `${inside.join(' > ')}${times === undefined ? '' : `, ×${times}`}`;
}

function briefSimple(stage: SimpleStage, named: Set<string>): string {
  const agents = seatsOf(stage).map(({ agent }) => agent);
  const isNew = agents.some(({ model }) => !named.has(model));
  for (const { model } of agents) named.add(model);
  const models = describeAgents(agents).replaceAll(', ', '+');
  const kind = simpleRecordOf(stage).brief?.(stage) ?? stage.kind;
  if (kind === '') return `${models}${roundsOf(stage) > 1 ? `, ${roundsOf(stage)} rounds` : ''}`;
  return isNew && models !== '' ? `${kind} (${models})` : kind;
}
