import { z } from 'zod';
import { notNegative } from './estimates.ts';
import { failedStageSchema } from './failed-stages.ts';
import { headlineKinds } from './headliners.ts';
import { moaConfigSchema } from './moa-config.ts';
import { objectiveNames } from './objective.ts';

/* What `front.json` and locks hold, for whoever reads them: they may come from anybody. */

export const valueSchema = z.number().nullable();
export const countSchema = z.int().min(0);
const callsSpentSchema = z.object({
  calls: countSchema,
  tokens: z.number().min(0),
  usd: z.number().min(0).nullable(),
});

/** How often something was amiss with a model's answers. */
export const troubleSchema = z.object({
  model: z.string(),
  /** Answers of configs in which it was with one of the model's. */
  answers: countSchema,
  /** Answers of configs that have the model. */
  of: countSchema,
});
const troublesSchema = z.array(troubleSchema);
export const estimateSchema = z.object({
  mean: valueSchema,
  // Earlier versions wrote ends below 0.
  low: valueSchema.transform(notNegative),
  high: valueSchema,
});
export const perObjective = <Schema extends z.ZodType>(schema: Schema) =>
  z.record(z.enum(objectiveNames), schema);

export const boundsSchema = z.partialRecord(z.enum(objectiveNames), z.number().min(0));

const member = {
  id: z.string(),
  config: moaConfigSchema,
  /** Over tuning cells. */
  objectives: perObjective(estimateSchema),
  /** Over holdout cells, or `null` before the holdout was measured. */
  holdout: perObjective(estimateSchema).nullable(),
  /** Scored tuning cells behind `objectives`. */
  cells: countSchema,
  origin: z.object({ operator: z.string(), parents: z.array(z.string()) }),
};
export const lockedMemberSchema = z.object(member);
/** One non-dominated trial of a finished or interrupted run. */
export const memberSchema = z.object({
  ...member,
  /** Scored holdout cells behind `holdout`; absent in runs of earlier versions. */
  holdoutCells: countSchema.exactOptional(),
  /** Probability that no other trial of the run dominates it, by its tuning cells; absent while searching. */
  onFront: z.number().min(0).max(1).exactOptional(),
  /** Stages whose model did not do its part in half of the config's answers or more. Absent where there are none. */
  failedStages: z.array(failedStageSchema).exactOptional(),
});

/** A plain way to do the task, which every result is compared with. */
export const baselineSchema = memberSchema.extend({
  /** e.g. `single sim/sage-70b`; `your own system NAME`. */
  label: z.string(),
});

const differenceFields = { mean: z.number(), low: valueSchema, high: valueSchema, questions: countSchema };

const headlineLineSchema = z.object({
  kind: z.enum(headlineKinds),
  id: z.string(),
  /**
   * Mean score on the cells that all lines have but those with `cells`, whose own it is; with its 95% interval; unknown
   * where it was not measured there.
   */
  score: estimateSchema,
  /** Cells behind the score, where they are so few that what the others are compared on leaves them out. */
  cells: countSchema.exactOptional(),
  /** Tokens per question on tuning cells. */
  tokens: valueSchema,
  /** How much more it scores than others, paired by question, with 95% intervals, each for itself. */
  over: z.array(z.object({ kind: z.enum(headlineKinds), id: z.string(), ...differenceFields })),
});

/**
 * The best single model as asked first, the same tuned, the best mixture, and plain ways to spend as much: each is the
 * one that TUNING put first, none the luckiest on the holdout, so the differences on the holdout are unbiased; but for
 * the best's where it has a line of its own, since the holdout chose it.
 */
export const headlineSchema = z.object({
  /** Where scores and differences are from: the holdout, or tuning cells where there is none (too good by luck). */
  split: z.enum(['holdout', 'tuning']),
  /** Questions, and cells of each line. */
  questions: countSchema,
  cells: countSchema,
  lines: z.array(headlineLineSchema),
});

export const slowdownSchema = z.record(
  z.string(),
  z.object({ growth: z.number().min(0), statedAt: z.number().min(1), slowest: z.number().min(0) }),
);

/** What having prompts written by a model brought a run. */
export const writingSchema = z.object({
  /** Drafts that a writer was asked for; accepted and rejected ones, and those that the run's end cut off. */
  drafts: countSchema,
  accepted: countSchema,
  rejected: countSchema,
  /** Why the last rejected one was; absent where none was. */
  lastRejection: z.string().exactOptional(),
  /** Why the last one that was wanted was never asked for; absent where none was. */
  lastRefusal: z.string().exactOptional(),
  /** Tokens that the writers took, and as a share of all that the run spent, 0..1. */
  tokens: z.number().min(0),
  share: z.number(),
  /** Tokens of the configs that began with a written prompt, over their tuning cells; calls shared with others included. */
  trialTokens: z.number().min(0),
  /** Members of the front with a written prompt. */
  front: countSchema,
  /**
   * What the front of all configs that were ever candidates for it has more than one of those without a written
   * prompt, by tuning cells; `null` while the search goes on.
   */
  added: z.object({ hypervolume: z.number(), score: z.number() }).nullable(),
  /** Configs that the search began after it last had a prompt written, where those are so many that it had all but stopped. */
  stopped: countSchema.exactOptional(),
});

/** A baseline with fewer answers than others, compared with the best on what both answered. */
export const shortBaselineSchema = z.object({
  id: z.string(),
  /** Tuning cells that it was to get. */
  of: countSchema,
  ...differenceFields,
});

/** `front.json`. Holds no run id and no wall-clock time: equal runs write equal bytes. */
export const frontFileSchema = z.object({
  version: z.literal(1),
  simulated: z.boolean(),
  task: z.string(),
  strategy: z.string(),
  seed: z.number(),
  objectives: z.array(z.enum(objectiveNames)).min(1),
  /** What the user can accept: `best` and the points with names meet them where any does. Absent: no bounds. */
  bounds: boundsSchema.exactOptional(),
  /** Best score first. */
  front: z.array(memberSchema),
  /** The user's own systems first, then single models; each best score first. */
  baselines: z.array(baselineSchema),
  /** Others that `best` or the headline names. Absent where there are none. */
  others: z.array(memberSchema).exactOptional(),
  /** The best config (`bestOf` in best.ts), of the front, the baselines or the others. Absent in runs of earlier versions. */
  best: z.string().exactOptional(),
  /** The one that tuning put first, where the holdout turned it down. */
  overruled: z.string().exactOptional(),
  /** What tuning and mixing were worth. Absent in runs of earlier versions, and where no single model was measured. */
  headline: headlineSchema.exactOptional(),
  /** Providers whose calls slow each other down, and the load that latencies are told at. Absent: as measured. */
  slowdown: slowdownSchema.exactOptional(),
  /** Where the search ended before any config had all tuning cells that each is to get first. Absent otherwise. */
  cutShort: z
    .object({
      /** Scored cells of the config that has most. */
      cells: countSchema,
      /** Cells that it was to get. */
      of: countSchema,
      /** Configs that were begun and are left out. */
      others: countSchema,
    })
    .exactOptional(),
  /** Points of the front that the holdout did not reach, where it was asked for; absent where it reached all. */
  unmeasured: z
    .object({
      /** Not a single holdout cell was scored. */
      points: z.number(),
      /** Fewer of them than of the point with most. */
      partly: z.number(),
      of: z.number(),
      /**
       * The ceiling that stopped the holdout, as in `ended`; else `interrupted` or `running` (it may go on), `left-out` (it
       * has no place for all), `unscored` (asked, and without a score); `unknown` in runs of earlier versions.
       */
      because: z.string().default('unknown'),
    })
    .exactOptional(),
  /** Hypervolume of the front in normalised objectives (see docs/architecture.md), 0..1. */
  hypervolume: z.number(),
  spent: z.object({
    calls: countSchema,
    tokensIn: z.number().min(0),
    tokensOut: z.number().min(0),
    usd: z.number().min(0).nullable(),
    seconds: z.number().min(0),
  }),
  /** Of it, calls that were cut off before their answer came, at their worst case. Absent where there were none. */
  lost: callsSpentSchema.exactOptional(),
  /**
   * Calls of `spent` that were in flight when the run was interrupted, at their worst case: their tokens and dollars are
   * not in it, and will be when the run goes on. Absent where there were none, and with simulated models.
   */
  inFlight: callsSpentSchema.exactOptional(),
  /** Of `spent`, what answered calls of the grader took; absent where it asked no model. */
  grading: callsSpentSchema.exactOptional(),
  evaluations: countSchema,
  /**
   * Baselines that the end was to give as many tuning cells as the others, and could not, with how much more they score than
   * the best on the tuning questions that both answered. Absent where there are none.
   */
  short: z.array(shortBaselineSchema).exactOptional(),
  /** Answers whose program was stopped by its time limit; absent where there were none. */
  timedOut: countSchema.exactOptional(),
  /** Answers that got no score and count in no mean, of how many, and why the last one did not; absent where there are none. */
  unscored: z.object({ answers: countSchema, of: countSchema, last: z.string() }).exactOptional(),
  /** Models whose answers were cut off at their most tokens (`maxTokens` of agents); absent where none were. */
  cutOff: troublesSchema.exactOptional(),
  /** Models that answered with nothing, without being cut off; absent where none did. */
  empty: troublesSchema.exactOptional(),
  /** Absent where no prompt was to be written. */
  writing: writingSchema.exactOptional(),
  /** What is worth knowing of the servers that were asked, a line each; absent where there is nothing. */
  servers: z.array(z.string()).exactOptional(),
  /** Why the run ended: `evaluations`, `calls`, `tokens`, `usd`, `time`, `space-exhausted`, `interrupted`; of one that has not ended `running`, or `stopped` where no process works on it. */
  ended: z.string(),
});
