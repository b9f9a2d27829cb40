import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { validateMoaConfig } from '../../domain/moa-config-rules.ts';
import type { BestFile } from '../../domain/run-result.ts';
import {
  countSchema,
  estimateSchema,
  lockedMemberSchema,
  perObjective,
  slowdownSchema,
  valueSchema,
} from '../../domain/run-result-schema.ts';
import { taskWordingSchema } from '../../domain/task-wording.ts';
import { parseWith } from '../../domain/validation.ts';
import { readPlainJson } from '../../models/plain-file.ts';
import { endpointSchema, runIdPattern } from '../../run/folder/manifest-schema.ts';

const claimSchema = z.object({
  cells: countSchema,
  instances: countSchema,
  sampleRepeats: z.array(z.int()),
  objectives: perObjective(estimateSchema.extend({ deviation: valueSchema })),
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

const lockSchema = z.object({
  version: z.literal(1),
  simulated: z.boolean(),
  task: z.string(),
  taskHash: z.string(),
  taskChanges: z
    .object({ tuningInstances: z.int().min(1).exactOptional(), judge: z.string().exactOptional() })
    .exactOptional(),
  taskWording: taskWordingSchema.exactOptional(),
  instances: z.object({ tuning: hashes, holdout: hashes }),
  grader: z.object({ name: z.string(), revision: z.string() }),
  member: lockedMemberSchema,
  claims: z.object({ tuning: claimSchema, holdout: claimSchema.nullable() }),
  models: z.record(
    z.string(),
    z.object({
      revision: z.string().nullable(),
      price: z
        .object({
          inputPerMillion: perMillion,
          outputPerMillion: perMillion,
          cachedInputPerMillion: perMillion.exactOptional(),
        })
        .nullable(),
      fingerprints: z.array(z.string()),
    }),
  ),
  endpoint: endpointSchema,
  mixtune: z.string(),
  slowdown: slowdownSchema.exactOptional(),
  seed: z.number(),
  worldSeed: z.number().nullable(),
  repeats: z.object({ search: z.int(), finish: z.int(), holdout: z.int() }),
  made: z.object({
    run: z.string().regex(runIdPattern),
    node: z.string(),
    gitCommit: z.string().nullable(),
    taskFolder: z.string().exactOptional(),
    signature: z.string().exactOptional(),
  }),
});

/** Reads `best.json` or an exported lock. @throws InputError when the file is missing or no lock. */
export async function readLock(file: string, shownAs = file): Promise<BestFile> {
  const expected = 'a lock (best.json, or a file of `mixtune export --format lock`)';
  const content = readPlainJson(file, expected, { way: 'readLinked', shownAs });
  if (content === undefined) throw new InputError(shownAs, { expected, found: 'no such file' });
  const lock: BestFile = unwrap(parseWith(lockSchema, content, shownAs));
  unwrap(validateMoaConfig(lock.member.config, `${shownAs}: member.config`));
  return lock;
}
