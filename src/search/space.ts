import { z } from 'zod';
import { recordOf } from '../core/records.ts';
import { agentRoles, modelName, settingsSchema } from '../domain/agent.ts';
import { type StageKind, stageKinds } from '../domain/stages/stages.ts';

const range = z.strictObject({ min: z.int().min(1), max: z.int().min(1) });

const promptList = z.array(z.string()).min(1);

/** Roles for which a space keeps prompts. */
export const promptRoles = ['single', ...agentRoles] as const;

/** `search-spaces/<name>.yaml`: what may vary in a config. */
export const searchSpaceSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case words joined by hyphens'),
  description: z.string().default(''),
  /** Models to choose from; absent: those given by `--models` or the embedded default. */
  models: z.array(modelName).min(1).optional(),
  /** Temperatures to choose from. */
  temperatures: z.array(z.number().min(0).max(2)).min(1),
  /** Top-p values to choose from; absent: never set. */
  topP: z.array(z.number().gt(0).max(1)).min(1).optional(),
  /** Efforts of reasoning to choose from, the one for start configs first; absent: never set. */
  reasoningEfforts: z.array(settingsSchema.shape.reasoningEffort.unwrap()).min(1).optional(),
  /** Forms of answers to choose from (`text`, `json`, a JSON Schema), the one for start configs first; absent: never set. */
  responseFormats: z.array(settingsSchema.shape.responseFormat.unwrap()).min(1).optional(),
  /** Lists of stop texts to choose from, the one for start configs first; absent: never set. */
  stops: z.array(settingsSchema.shape.stop.unwrap()).min(1).optional(),
  /** Cap on generated tokens of each call. */
  maxTokens: z.int().min(1).default(2048),
  /** Samples asked of one agent. */
  samples: range.prefault({ min: 1, max: 1 }),
  /** Rounds of a propose stage. */
  rounds: range.prefault({ min: 1, max: 1 }),
  /** Agents of a propose (or route) stage. */
  agents: range.prefault({ min: 1, max: 6 }),
  /** Stage kinds that may stand between the proposals and the end, and at most how many. */
  stages: z
    .strictObject({
      kinds: z
        .array(z.enum(stageKinds.filter((kind) => kind !== 'propose')))
        .default(['critique', 'rank', 'vote', 'fuse']),
      max: z.int().min(0).max(12).default(3),
    })
    .prefault({}),
  /** Prompt library by role. `fuser`, `critic`, … prompts normally hold `{{references}}`. */
  prompts: z.strictObject({
    single: promptList,
    ...recordOf(agentRoles, () => promptList.optional()),
  }),
});
export type SearchSpaceFile = z.infer<typeof searchSpaceSchema>;

/** Stage kinds that a config of the space may have: those that it lists, and propose in any case. */
export function kindsOf({ stages }: Pick<SearchSpaceFile, 'stages'>): readonly StageKind[] {
  return ['propose', ...stages.kinds];
}

/** A space ready to search: the file with its models settled. */
export interface SearchSpace extends SearchSpaceFile {
  readonly models: [string, ...string[]];
  /** Models that are to route no more, since they name nobody. Absent: none. */
  readonly unfitRouters?: readonly string[];
}
