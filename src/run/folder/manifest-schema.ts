import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { ceilingKeys } from '../../domain/budget.ts';
import { moaConfigSchema } from '../../domain/moa-config.ts';
import { objectiveNames } from '../../domain/objective.ts';
import { boundsSchema, countSchema } from '../../domain/run-result-schema.ts';
import { mostRepeats } from '../../domain/task.ts';
import { taskWordingSchema } from '../../domain/task-wording.ts';
import { halfCharacter, parseWith } from '../../domain/validation.ts';
import { longestCallTimeout } from '../../models/limits/call-watch.ts';
import { searchSpaceSchema } from '../../search/space.ts';
import type { Manifest } from '../types.ts';

/** Run ids are folder names below the runs folder, and nothing else. */
export const runIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** How a run reached its models, as its files say it. */
export const endpointSchema = z.object({
  baseUrl: z.string().exactOptional(),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable')
    .exactOptional(),
  recorded: z.string().exactOptional(),
  callTimeout: z.number().min(1).max(longestCallTimeout).exactOptional(),
});

const count = countSchema;
const limit = z.number().positive().exactOptional();

const budgetSchema = z.partialRecord(z.enum(ceilingKeys), z.number().min(0));

const scheduleSchema = z.looseObject({
  startingCells: z.number().positive(),
  advised: z.boolean().exactOptional(),
  mostAtFirst: z.number().positive().exactOptional(),
  growAfter: z.number().positive(),
  // Those of earlier versions can be looked at.
  racing: z.string(),
  firstLook: z.number().min(0),
  reevaluationShare: z.number().min(0),
  reevaluateWhileGrowing: z.boolean().exactOptional(),
  reevaluationLimit: z.number().min(0),
});

const settingsSchema = z.looseObject({
  strategy: z.string(),
  objectives: z.array(z.enum(objectiveNames)).min(1),
  bounds: boundsSchema.exactOptional(),
  seed: z.number(),
  seeds: z.array(moaConfigSchema).exactOptional(),
  own: z.array(moaConfigSchema).exactOptional(),
  paidCells: z.record(z.string(), count).exactOptional(),
  repeats: z.int().min(1).max(mostRepeats),
  schedule: scheduleSchema.exactOptional(),
  finishRepeats: count.max(mostRepeats),
  holdoutRepeats: count.max(mostRepeats),
  headlineRepeats: count.max(mostRepeats).exactOptional(),
  concurrency: z.int().min(1),
  limits: z
    .record(
      z.string(),
      z.looseObject({ requestsPerMinute: limit, tokensPerMinute: limit, concurrency: limit }),
    )
    .exactOptional(),
  budget: budgetSchema,
  models: z.array(z.string()),
  simulated: z.boolean(),
  reflection: z
    .looseObject({
      believedGain: z.number().min(0).exactOptional(),
      after: count.exactOptional(),
      writer: z.string().exactOptional(),
    })
    .exactOptional(),
});

const priceSchema = z.looseObject({ inputPerMillion: z.number(), outputPerMillion: z.number() });

/** A whole manifest. What a newer version has added beside these is passed on as it is. */
const manifestSchema = z.looseObject({
  version: z.literal(1),
  run: z.string().regex(runIdPattern, 'a run id of letters, digits, ".", "_" and "-"'),
  mixtune: z.string(),
  node: z.string(),
  gitCommit: z.string().nullable(),
  startedAt: z.string(),
  simulated: z.boolean(),
  settings: settingsSchema,
  task: z.looseObject({
    name: z.string(),
    hash: z.string(),
    folder: z.string().exactOptional(),
    tuningInstances: z.int().min(1).exactOptional(),
    judge: z.string().exactOptional(),
    wording: taskWordingSchema.exactOptional(),
  }),
  space: z.looseObject({
    name: z.string(),
    hash: z.string(),
    file: searchSpaceSchema.loose().extend({ models: z.tuple([z.string()], z.string()) }),
  }),
  grader: z.looseObject({ name: z.string(), revision: z.string() }),
  models: z
    .record(z.string(), z.looseObject({ revision: z.string().nullable(), price: priceSchema.nullable() }))
    .exactOptional(),
  repeats: z.looseObject({ run: z.string(), recording: z.string() }).exactOptional(),
  command: z.array(z.string()),
  endpoint: endpointSchema,
  recording: z.string().exactOptional(),
  cache: z.boolean().exactOptional(),
  forecast: z.looseObject({ calls: z.number().min(0), seconds: z.number().min(0) }).exactOptional(),
  signature: z.string().exactOptional(),
  prices: z
    .looseObject({ hash: z.string(), checked: z.string(), source: z.string().nullable() })
    .exactOptional(),
});

/** @param source what holds it, for error texts. */
export function parseManifest(value: unknown, source: string): Result<Manifest, InputError> {
  const parsed = parseWith(manifestSchema, value, source);
  const half = parsed.ok ? halfCharacter(parsed.value, source) : undefined;
  if (half !== undefined) return err(half);
  // Racing rules are names, those of earlier versions among them; what else a newer version wrote stays in it.
  return parsed.ok ? ok(parsed.value as Manifest) : err(withMaker(parsed.error, value));
}

/** A fault of a manifest, and which version wrote it: another one may know a stage or a setting that this one does not. */
function withMaker(error: InputError, manifest: unknown): InputError {
  const maker = isRecord(manifest) ? manifest.mixtune : undefined;
  if (typeof maker !== 'string' || !/^\d[\w.+-]{0,39}$/.test(maker)) return error;
  const expected = 'what this version of mixtune knows';
  return new InputError(error.source, [
    ...error.issues,
    { path: '', expected, found: `a run that mixtune ${maker} made` },
  ]);
}
