import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { moaConfigSchema } from '../../domain/moa-config.ts';
import type { BestFile } from '../../domain/run-result.ts';
import { objectiveNames } from '../../domain/task.ts';
import { parseWith } from '../../domain/validation.ts';
import { endpointSchema, runIdPattern } from '../../run/manifest-file.ts';

const value = z.number().nullable();
const estimate = z.object({ mean: value, low: value, high: value });
const perObjective = <Schema extends z.ZodType>(schema: Schema) => z.record(z.enum(objectiveNames), schema);

const claimSchema = z.object({
  cells: z.int().min(0),
  instances: z.int().min(0),
  sampleRepeats: z.array(z.int()),
  objectives: perObjective(estimate.extend({ deviation: value })),
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

/** The form of a lock; `satisfies` below holds it to {@link BestFile}. */
const lockSchema = z.object({
  version: z.literal(1),
  simulated: z.boolean(),
  task: z.string(),
  taskHash: z.string(),
  taskChanges: z
    .object({ tuningInstances: z.int().min(1).optional(), judge: z.string().optional() })
    .optional(),
  instances: z.object({ tuning: hashes, holdout: hashes }),
  grader: z.object({ name: z.string(), revision: z.string() }),
  member: z.object({
    id: z.string(),
    config: moaConfigSchema,
    objectives: perObjective(estimate),
    holdout: perObjective(estimate).nullable(),
    cells: z.int(),
    origin: z.object({ operator: z.string(), parents: z.array(z.string()) }),
  }),
  claims: z.object({ tuning: claimSchema, holdout: claimSchema.nullable() }),
  models: z.record(
    z.string(),
    z.object({
      revision: z.string().nullable(),
      price: z.object({ inputPerMillion: z.number(), outputPerMillion: z.number() }).nullable(),
      fingerprints: z.array(z.string()),
    }),
  ),
  endpoint: endpointSchema,
  mixtune: z.string(),
  seed: z.number(),
  worldSeed: z.number().nullable(),
  repeats: z.object({ search: z.int(), finish: z.int(), holdout: z.int() }),
  made: z.object({
    run: z.string().regex(runIdPattern),
    node: z.string(),
    gitCommit: z.string().nullable(),
    taskFolder: z.string().optional(),
    signature: z.string().optional(),
  }),
});

/** Reads `best.json` or an exported lock. @throws InputError when the file is missing or no lock. */
export async function readLock(file: string, shownAs = file): Promise<BestFile> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InputError(shownAs, {
      path: '',
      expected: 'a lock (best.json, or a file of `mixtune export --format lock`)',
      found: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : messageOf(error),
    });
  }
  return unwrap(parseWith(lockSchema, content, shownAs)) as BestFile;
}
