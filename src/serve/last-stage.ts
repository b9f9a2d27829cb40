import type { ModelSettings } from '../domain/agent.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import { simpleRecordOf, withAgents } from '../domain/stages/simple-stages.ts';
import { innerStages, mapSimpleStages } from '../domain/stages/stages.ts';

/**
 * The config with settings of a request in place of its own, for the agents that write the answer: those of the
 * last stage that writes. A ranking or a verdict after it keeps its own form.
 */
export function withOverrides(config: MoaConfig, overrides: ModelSettings): MoaConfig {
  if (Object.keys(overrides).length === 0) return config;
  const last = config.stages.flatMap(innerStages).findLast((stage) => simpleRecordOf(stage).writes);
  const stages = mapSimpleStages(config.stages, (stage) =>
    stage !== last
      ? stage
      : withAgents(stage, (agents, role) =>
          role === 'router' ? agents : agents.map((agent) => ({ ...agent, ...overrides })),
        ),
  );
  return { ...config, stages };
}
