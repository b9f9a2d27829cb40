import { z } from 'zod';

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
export type Agent = z.infer<typeof agentSchema>;

/** Answers asked of an agent. */
export function samplesOf(agent: Pick<Agent, 'samples'>): number {
  return agent.samples ?? 1;
}

/** Answers asked of several agents together. */
export function totalSamples(agents: readonly Pick<Agent, 'samples'>[]): number {
  return agents.reduce((sum, agent) => sum + samplesOf(agent), 0);
}

/** What agents do in a config. A stage's agents, their prompts in a search space and in presets go by these names. */
export const agentRoles = ['proposer', 'critic', 'verifier', 'ranker', 'router', 'fuser'] as const;
export type AgentRole = (typeof agentRoles)[number];

/** Placeholders that a prompt may hold; other braces are text. */
export const placeholders = ['question', 'references', 'critiques', 'task'] as const;
export type Placeholder = (typeof placeholders)[number];
