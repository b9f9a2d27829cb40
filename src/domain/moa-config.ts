import { z } from 'zod';
import { sha256 } from '../core/canonical-json.ts';
import { remembered } from '../core/remembered.ts';
import type { Agent } from './agent.ts';
import { seatsOfStages, stageSchema } from './stages/stages.ts';
import { taskWordingSchema } from './task-wording.ts';

/** A complete MoA system as data (version 1). The rules beyond its shape are in moa-config-rules.ts. */
export const moaConfigSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  stages: z.array(stageSchema).min(1),
  /** Of the task that it was tuned for: `ask`, `chat` and `serve` word questions by it. No part of the system. */
  task: taskWordingSchema
    .exactOptional()
    .describe(
      'How the task that the config was tuned for words its questions; ask, chat and serve do the same.',
    ),
});

/** A Mixture-of-Agents system as data: stages in order, of which the last leaves one answer. */
export type MoaConfig = z.infer<typeof moaConfigSchema>;

export type { Agent } from './agent.ts';
export type { SimpleStage } from './stages/simple-stages.ts';
export type { Stage, StageKind, StageOf } from './stages/stages.ts';

/** Identity of a config: 12 hex digits of the SHA-256 of its canonical JSON, names and the task's words excluded. */
export type ConfigId = string;

/** A search asks for the same configs' ids again and again; configs never change. */
const known = new WeakMap<MoaConfig, ConfigId>();

/**
 * A config's {@link ConfigId}: two configs of one id are one system, whatever they are called.
 * @example
 * import { configId, presets } from 'mixtune';
 *
 * configId(presets.workshop(['openai/gpt-4o-mini'])); // '6f1e…', 12 hex digits
 */
export function configId(config: MoaConfig): ConfigId {
  return remembered(known, config, () => sha256(withoutNames(systemOf(config))).slice(0, 12));
}

/** The system alone, without the words of a task. */
export function systemOf(config: MoaConfig): MoaConfig {
  if (config.task === undefined) return config;
  const { task: _, ...system } = config;
  return system;
}

function withoutNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNames);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'name')
      .map(([key, inner]) => [key, withoutNames(inner)]),
  );
}

/** Configs by their ids: of those that are one system the last, at the place of the first. */
export function configsById(configs: readonly MoaConfig[]): ReadonlyMap<ConfigId, MoaConfig> {
  return new Map(configs.map((config) => [configId(config), config]));
}

/** The agents of a config, in the order in which they are asked. */
export function agentsOf(config: MoaConfig): Agent[] {
  return seatsOfStages(config.stages).map(({ agent }) => agent);
}

/** The distinct models that a config calls, in order of first mention. */
export function modelsOf(config: MoaConfig): string[] {
  return [...new Set(agentsOf(config).map((agent) => agent.model))];
}

export function asksAnyOf(config: MoaConfig, models: ReadonlySet<string>): boolean {
  return models.size > 0 && modelsOf(config).some((model) => models.has(model));
}
