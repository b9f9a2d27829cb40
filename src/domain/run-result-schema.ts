import { z } from 'zod';
import type { CallsSpent, Spent } from './budget.ts';
import { notNegative } from './estimates.ts';
import { headlineKinds } from './headliners.ts';
import { moaConfigSchema } from './moa-config.ts';
import { objectiveNames } from './objective.ts';
import type { FrontFile, FrontMember, ShortBaseline } from './run-result.ts';

/* What `front.json` and locks hold, for whoever reads them: they may come from anybody. */

export const valueSchema = z.number().nullable();
export const countSchema = z.int().min(0);
const callsSpentSchema = z.object({
  calls: countSchema,
  tokens: z.number().min(0),
  usd: z.number().min(0).nullable(),
} satisfies Fields<CallsSpent>);

const troublesSchema = z.array(z.object({ model: z.string(), answers: countSchema, of: countSchema }));
export const estimateSchema = z.object({
  mean: valueSchema,
  // Earlier versions wrote ends below 0.
  low: valueSchema.transform(notNegative),
  high: valueSchema,
});
export const perObjective = <Schema extends z.ZodType>(schema: Schema) =>
  z.record(z.enum(objectiveNames), schema);

export const boundsSchema = z.partialRecord(z.enum(objectiveNames), z.number().min(0));

/** A schema for every field, optional ones too: what a schema does not name is lost in reading. */
type Fields<Whole> = { readonly [Key in keyof Required<Whole>]: z.ZodType };

const member = {
  id: z.string(),
  config: moaConfigSchema,
  objectives: perObjective(estimateSchema),
  holdout: perObjective(estimateSchema).nullable(),
  cells: countSchema,
  origin: z.object({ operator: z.string(), parents: z.array(z.string()) }),
};
export const lockedMemberSchema = z.object(member);
const memberSchema = z.object({
  ...member,
  holdoutCells: countSchema.exactOptional(),
  onFront: z.number().min(0).max(1).exactOptional(),
} satisfies Fields<FrontMember>);

const differenceFields = { mean: z.number(), low: valueSchema, high: valueSchema, questions: countSchema };

const headlineSchema = z.object({
  split: z.enum(['holdout', 'tuning']),
  questions: countSchema,
  cells: countSchema,
  lines: z.array(
    z.object({
      kind: z.enum(headlineKinds),
      id: z.string(),
      score: estimateSchema,
      cells: countSchema.exactOptional(),
      tokens: valueSchema,
      over: z.array(
        z.object({
          kind: z.enum(headlineKinds),
          id: z.string(),
          ...differenceFields,
        }),
      ),
    }),
  ),
});

export const slowdownSchema = z.record(
  z.string(),
  z.object({ growth: z.number().min(0), statedAt: z.number().min(1), slowest: z.number().min(0) }),
);

export const frontFileSchema = z.object({
  version: z.literal(1),
  simulated: z.boolean(),
  task: z.string(),
  strategy: z.string(),
  seed: z.number(),
  objectives: z.array(z.enum(objectiveNames)).min(1),
  bounds: boundsSchema.exactOptional(),
  front: z.array(memberSchema),
  baselines: z.array(memberSchema.extend({ label: z.string() })),
  others: z.array(memberSchema).exactOptional(),
  best: z.string().exactOptional(),
  overruled: z.string().exactOptional(),
  headline: headlineSchema.exactOptional(),
  slowdown: slowdownSchema.exactOptional(),
  cutShort: z.object({ cells: countSchema, of: countSchema, others: countSchema }).exactOptional(),
  unmeasured: z
    .object({
      points: z.number(),
      partly: z.number(),
      of: z.number(),
      because: z.string().default('unknown'),
    })
    .exactOptional(),
  hypervolume: z.number(),
  spent: z.object({
    calls: countSchema,
    tokensIn: z.number().min(0),
    tokensOut: z.number().min(0),
    usd: z.number().min(0).nullable(),
    seconds: z.number().min(0),
  } satisfies Fields<Spent>),
  lost: callsSpentSchema.exactOptional(),
  grading: callsSpentSchema.exactOptional(),
  evaluations: countSchema,
  short: z
    .array(
      z.object({
        id: z.string(),
        of: countSchema,
        ...differenceFields,
      } satisfies Fields<ShortBaseline>),
    )
    .exactOptional(),
  timedOut: countSchema.exactOptional(),
  unscored: z.object({ answers: countSchema, of: countSchema, last: z.string() }).exactOptional(),
  cutOff: troublesSchema.exactOptional(),
  empty: troublesSchema.exactOptional(),
  writing: z
    .object({
      drafts: countSchema,
      accepted: countSchema,
      rejected: countSchema,
      lastRejection: z.string().exactOptional(),
      lastRefusal: z.string().exactOptional(),
      tokens: z.number().min(0),
      share: z.number(),
      trialTokens: z.number().min(0),
      front: countSchema,
      added: z.object({ hypervolume: z.number(), score: z.number() }).nullable(),
      stopped: countSchema.exactOptional(),
    })
    .exactOptional(),
  servers: z.array(z.string()).exactOptional(),
  ended: z.string(),
} satisfies Fields<FrontFile>);
