import type { ModelSettings } from '../domain/agent.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import { type SimpleStage, simpleRecordOf, withAgents } from '../domain/stages/simple-stages.ts';
import { innerStages, mapSimpleStages } from '../domain/stages/stages.ts';
import type { Trace } from '../moa/types.ts';

/**
 * The config with settings of a request in place of its own, for the agents that write the answer: those of the
 * last stage that writes. A ranking or a verdict after it keeps its own form.
 */
export function withOverrides(config: MoaConfig, overrides: ModelSettings): MoaConfig {
  if (Object.keys(overrides).length === 0) return config;
  const last = config.stages.flatMap(innerStages).findLast(writes);
  const stages = mapSimpleStages(config.stages, (stage) =>
    stage !== last
      ? stage
      : withAgents(stage, (agents, role) =>
          role === 'router' ? agents : agents.map((agent) => ({ ...agent, ...overrides })),
        ),
  );
  return { ...config, stages };
}

/**
 * Whether a request's own limit of tokens left those agents no room for an answer, as a small one does where models
 * reason: each of their calls was cut off with nothing written.
 */
export function isCutToNothing(
  { stages }: MoaConfig,
  { maxTokens }: ModelSettings,
  { calls }: Pick<Trace, 'calls'>,
): boolean {
  if (maxTokens === undefined) return false;
  const at = stages.findLastIndex((stage) => innerStages(stage).some(writes));
  const kind = stages.flatMap(innerStages).findLast(writes)?.kind;
  const last = calls.filter(
    ({ stage, stageKind }) =>
      stage.startsWith(`stages[${at}]`) && stageKind === kind && !stage.endsWith('.router'),
  );
  return (
    last.length > 0 &&
    last.every(({ outcome, usage }) => outcome === 'empty' && (usage?.outputTokens ?? 0) >= maxTokens)
  );
}

const writes = (stage: SimpleStage): boolean => simpleRecordOf(stage).writes === true;
