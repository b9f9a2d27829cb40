import { z } from 'zod';
import {
  countSchema,
  estimateSchema,
  lockedMemberSchema,
  perObjective,
  slowdownSchema,
  valueSchema,
} from '../../domain/run-result-schema.ts';
import type { Stored } from '../../domain/stored.ts';
import { taskWordingSchema } from '../../domain/task-wording.ts';
import { endpointSchema, runIdPattern } from './manifest-schema.ts';

/** What a lock says a config does on one split, and the cells it says so from. */
const claimSchema = z.object({
  /** Scored cells behind the means. */
  cells: countSchema,
  instances: countSchema,
  /** Sample repeats that the calls of these cells were asked with; a re-measurement uses none of them. */
  sampleRepeats: z.array(z.int()),
  /** `deviation`: sample standard deviation of one cell; `null` where unknown or of a single cell. */
  objectives: perObjective(estimateSchema.extend({ deviation: valueSchema })),
  /** In the order in which the run finished them. */
  evidence: z.array(
    z.object({
      instance: z.string(),
      repeat: z.int(),
      score: z.number().min(0).max(1).nullable(),
      latency: z.number().min(0).nullable(),
      tokens: z.number().min(0).nullable(),
      usd: z.number().min(0).nullable(),
    }),
  ),
});

const hashes = z.record(z.string(), z.string());

const perMillion = z.number().nonnegative();

/** A model as a lock knows it. */
const lockedModelSchema = z.object({
  /** The provider's version as it enters call keys (for `sim/`, its version and seed); `null` when unknown. */
  revision: z.string().nullable(),
  /** US dollars per million tokens that the claim's `usd` was counted with; `null` when unknown. */
  price: z
    .object({
      inputPerMillion: perMillion,
      outputPerMillion: perMillion,
      cachedInputPerMillion: perMillion.exactOptional(),
    })
    .nullable(),
  /** Names that the provider gave the weights behind the claim's answers, sorted; empty when it told none. */
  fingerprints: z.array(z.string()),
});

/**
 * A lock: one config with what it claims and all that is needed to check it. `best.json` is the lock of
 * the best-scoring front member. Equal runs write equal locks but for `made`.
 */
export const lockSchema = z.object({
  version: z.literal(1),
  simulated: z.boolean(),
  task: z.string(),
  taskHash: z.string(),
  /** How the run changed the task: fewer tuning instances, another judge. */
  taskChanges: z
    .object({ tuningInstances: z.int().min(1).exactOptional(), judge: z.string().exactOptional() })
    .exactOptional(),
  /** How questions were worded; absent in locks of earlier versions. */
  taskWording: taskWordingSchema.exactOptional(),
  /** SHA-256 of each instance's canonical JSON, by id. */
  instances: z.object({ tuning: hashes, holdout: hashes }),
  grader: z.object({ name: z.string(), revision: z.string() }),
  member: lockedMemberSchema,
  claims: z.object({ tuning: claimSchema, holdout: claimSchema.nullable() }),
  /** Of the config's models, by name. */
  models: z.record(z.string(), lockedModelSchema),
  endpoint: endpointSchema,
  mixtune: z.string(),
  /** As of `front.json`: what the claims' latencies are told at. */
  slowdown: slowdownSchema.exactOptional(),
  /** The run's seed. */
  seed: z.number(),
  /** Seed of the embedded simulated models; `null` when none answered. */
  worldSeed: z.number().nullable(),
  /** Answers per instance: in the search, of front members at its end, and on the holdout. */
  repeats: z.object({ search: z.int(), finish: z.int(), holdout: z.int() }),
  /** Where and by what it was made: what equal runs may differ in. */
  made: z.object({
    run: z.string().regex(runIdPattern),
    node: z.string(),
    /** With `+` behind it where the checkout differed from the commit. */
    gitCommit: z.string().nullable(),
    /** Where the task was, when it was given as a folder and not by name. */
    taskFolder: z.string().exactOptional(),
    /** By which its maker knows the run again. */
    signature: z.string().exactOptional(),
  }),
});

export type BestFile = Stored<typeof lockSchema>;
export type Claim = BestFile['claims']['tuning'];
export type LockedCell = Claim['evidence'][number];
export type LockedModel = BestFile['models'][string];
