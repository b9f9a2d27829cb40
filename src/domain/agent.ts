import { z } from 'zod';
import { keysOf } from '../core/records.ts';
import { referencesSchema } from './references.ts';

/** `provider/model`, e.g. `openai/gpt-4o-mini`, `ollama/qwen2.5:7b`, `sim/…`. */
export const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\/\S+$/, 'provider/model, e.g. "openai/gpt-4o-mini" or "sim/sage-70b"');

/**
 * How a model is to write. Agents set them and requests carry them, each by one name; absent: the provider
 * decides. The texts are what editors show.
 */
const settings = {
  temperature: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe('Sampling temperature; absent: the provider decides.'),
  topP: z.number().gt(0).max(1).optional().describe('Nucleus sampling; absent: the provider decides.'),
  maxTokens: z.int().min(1).optional().describe('Cap on generated tokens of one call.'),
  reasoningEffort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high'])
    .optional()
    .describe('How long a reasoning model thinks; left out where the server does not take it.'),
  responseFormat: z
    .union([z.enum(['text', 'json']), z.strictObject({ schema: z.record(z.string(), z.unknown()) })])
    .optional()
    .describe(
      'Form of the answer: text, json, or a JSON Schema; left out where the server does not take it.',
    ),
  stop: z
    .array(z.string().min(1))
    .min(1)
    .max(4)
    .optional()
    .describe('Texts before which an answer ends; left out where the server does not take them.'),
};
export const settingsSchema = z.strictObject(settings);
export type ModelSettings = Readonly<z.infer<typeof settingsSchema>>;
export type SettingName = keyof ModelSettings;
export const settingNames = keysOf(settings);

/** The settings that are set, and nothing else. */
export function settingsOf(from: ModelSettings): ModelSettings {
  const set: Record<string, unknown> = {};
  for (const name of settingNames) if (from[name] !== undefined) set[name] = from[name];
  return set;
}

/** Answers that one agent may be asked for, at most. */
export const mostSamples = 64;

/**
 * One language model with its prompt and sampling settings. The prompt is the system message and the
 * question the user message; a prompt that contains `{{question}}` is sent as the user message alone.
 */
export const agentSchema = z.strictObject({
  name: z.string().min(1),
  model: modelName,
  prompt: z
    .string()
    .describe(
      'System message. {{question}}, {{references}}, {{critiques}} and {{task}} are replaced; a prompt with {{question}} is sent as the user message alone.',
    ),
  ...settings,
  /** Each with its own randomness. */
  samples: z.int().min(1).max(mostSamples).optional().describe('Answers asked of this agent; default 1.'),
  /** Default false: reasoning is paid for and counted, but only the answer becomes a candidate. */
  passReasoning: z
    .boolean()
    .optional()
    .describe('Also pass on what the model reasoned before its answer, where the provider tells it.'),
  references: referencesSchema
    .optional()
    .describe("How earlier answers enter this agent's prompt; default: mixtune's own form."),
});
/** One language model with its prompt and sampling settings. */
export type Agent = z.infer<typeof agentSchema>;

/** Answers asked of an agent. */
export function samplesOf(agent: Pick<Agent, 'samples'>): number {
  return agent.samples ?? 1;
}

/** Answers asked of several agents together. */
export function totalSamples(agents: readonly Pick<Agent, 'samples'>[]): number {
  return agents.reduce((sum, agent) => sum + samplesOf(agent), 0);
}

interface RoleRecord {
  /** What a model is told of an agent whose prompt it writes anew. */
  readonly duty: string;
  /** How often it is this role's prompt that is written anew: those who write answers before those who judge them. */
  readonly weight: number;
}

const roles = {
  proposer: { weight: 3, duty: 'It is sent the question and writes an answer to it.' },
  critic: {
    weight: 2,
    duty: 'It is shown candidate answers and says what is wrong and what is right in them; others mend them.',
  },
  verifier: { weight: 1, duty: 'It is shown a candidate answer and accepts or rejects it.' },
  ranker: { weight: 1, duty: 'It is shown candidate answers and puts them in order, best first.' },
  router: { weight: 1, duty: 'It chooses which of several agents answer the question.' },
  fuser: {
    weight: 3,
    duty: 'It is shown candidate answers, perhaps with comments on them, and writes the one final answer.',
  },
} satisfies Record<string, RoleRecord>;

/** What agents do in a config. A stage's agents, their prompts in a search space and in presets go by these names. */
export type AgentRole = keyof typeof roles;
export const agentRoles = keysOf(roles);
export const roleRecords: Readonly<Record<AgentRole, RoleRecord>> = roles;

/** Placeholders that a prompt may hold; other braces are text. */
export const placeholders = ['question', 'references', 'critiques', 'task'] as const;
export type Placeholder = (typeof placeholders)[number];
