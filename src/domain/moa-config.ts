import { z } from 'zod';
import { sha256 } from '../core/canonical-json.ts';

/** `provider/model`, e.g. `openai/gpt-4o-mini`, `ollama/qwen2.5:7b`, `sim/…`. */
export const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\/\S+$/, 'provider/model, e.g. "openai/gpt-4o-mini" or "sim/sage-70b"');

/**
 * One language model with its prompt and sampling settings. The prompt is the system message and the
 * question the user message; a prompt that contains `{{question}}` is sent as the user message alone.
 */
export const agentSchema = z.strictObject({
  name: z.string().min(1),
  model: modelName,
  prompt: z.string(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().gt(0).max(1).optional(),
  /** Cap on generated tokens of one call. */
  maxTokens: z.int().min(1).optional(),
  /** Answers asked of this agent, each with its own randomness; default 1. */
  samples: z.int().min(1).max(64).optional(),
  /**
   * Also pass on what the model reasoned before it answered, where the provider tells it; default false:
   * reasoning is paid for and counted, but only the answer becomes a candidate.
   */
  passReasoning: z.boolean().optional(),
});

const proposeSchema = z.strictObject({
  kind: z.literal('propose'),
  agents: z.array(agentSchema).min(1),
  /** From the second round on each agent sees the previous round's answers; default 1. */
  rounds: z.int().min(1).max(16).optional(),
});
const routeSchema = z.strictObject({
  kind: z.literal('route'),
  router: agentSchema,
  agents: z.array(agentSchema).min(1),
  choose: z.int().min(1),
});
const critiqueSchema = z.strictObject({ kind: z.literal('critique'), agents: z.array(agentSchema).min(1) });
const verifySchema = z.strictObject({ kind: z.literal('verify'), agent: agentSchema });
const rankSchema = z.strictObject({ kind: z.literal('rank'), agent: agentSchema, keep: z.int().min(1) });
const voteSchema = z.strictObject({ kind: z.literal('vote') });
const fuseSchema = z.strictObject({ kind: z.literal('fuse'), agent: agentSchema });

/** Every stage kind but `loop`, which may hold these and never another loop. */
export const simpleStageSchema = z.discriminatedUnion('kind', [
  proposeSchema,
  routeSchema,
  critiqueSchema,
  verifySchema,
  rankSchema,
  voteSchema,
  fuseSchema,
]);

const loopSchema = z.strictObject({
  kind: z.literal('loop'),
  stages: z.array(simpleStageSchema).min(1),
  /** Times the inner stages run; with `until`, at most so many (default 3). */
  times: z.int().min(1).max(16).optional(),
  /** `verified`: stop as soon as an inner verify stage has accepted a candidate. */
  until: z.literal('verified').optional(),
});

export const stageSchema = z.discriminatedUnion('kind', [
  proposeSchema,
  routeSchema,
  critiqueSchema,
  verifySchema,
  rankSchema,
  voteSchema,
  fuseSchema,
  loopSchema,
]);

/** A complete MoA system as data (version 1). The rules beyond its shape are in moa-config-rules.ts. */
export const moaConfigSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  stages: z.array(stageSchema).min(1),
});

export type Agent = z.infer<typeof agentSchema>;
export type SimpleStage = z.infer<typeof simpleStageSchema>;
export type Stage = z.infer<typeof stageSchema>;
export type StageKind = Stage['kind'];
export type StageOf<Kind extends StageKind> = Extract<Stage, { kind: Kind }>;
export type MoaConfig = z.infer<typeof moaConfigSchema>;

/** Placeholders that a prompt may hold; other braces are text. */
export const placeholders = ['question', 'references', 'critiques', 'task'] as const;
export type Placeholder = (typeof placeholders)[number];

/** Identity of a config: 12 hex digits of the SHA-256 of its canonical JSON, names excluded. */
export type ConfigId = string;

export function configId(config: MoaConfig): ConfigId {
  return sha256(withoutNames(config)).slice(0, 12);
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

/** The agents a stage holds, in the order in which they are written (a loop's inner ones included). */
export function agentsOfStage(stage: Stage): Agent[] {
  switch (stage.kind) {
    case 'propose':
    case 'critique':
      return stage.agents;
    case 'route':
      return [stage.router, ...stage.agents];
    case 'verify':
    case 'rank':
    case 'fuse':
      return [stage.agent];
    case 'vote':
      return [];
    case 'loop':
      return stage.stages.flatMap(agentsOfStage);
  }
}

export function agentsOf(config: MoaConfig): Agent[] {
  return config.stages.flatMap(agentsOfStage);
}

/** The distinct models that a config calls, in order of first mention. */
export function modelsOf(config: MoaConfig): string[] {
  return [...new Set(agentsOf(config).map((agent) => agent.model))];
}
