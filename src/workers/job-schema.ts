import { z } from 'zod';
import { parsedJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { providerOf } from '../models/router.ts';
import { chatOutcomeSchema, chatRequestSchema, modelCardSchema } from './call-schema.ts';
import { clockSkewMs } from './clocks.ts';
import { pythonJobSchema, pythonOutcomeSchema } from './python-schema.ts';

/** How long a job may wait before it is put anew, in ms: a copy of an old one is worth nothing. */
export const jobValidMs = 15 * 60_000;
/** Names of queues and jobs, which come from a server that others may write to. */
export const idPattern = /^[0-9a-f]{64}$/;

const time = z.number().nonnegative();

const callJob = z.strictObject({
  kind: z.literal('call'),
  request: chatRequestSchema,
  /** The provider's version of the model, as the run's call key has it. */
  revision: z.string(),
});
const gradingJob = z.strictObject({
  kind: z.literal('grading'),
  /** How the sandbox must isolate. */
  tier: z.string(),
  job: pythonJobSchema,
});

/** What a worker is asked to do. */
export type JobBody = z.infer<typeof callJob> | z.infer<typeof gradingJob>;

const jobSchema = z.strictObject({
  /** mixtune's version at the run. */
  version: z.string(),
  run: z.string(),
  /** Milliseconds since 1970, by the run's clock. */
  putAt: time,
  body: z.discriminatedUnion('kind', [callJob, gradingJob]),
});
export type WorkerJob = z.infer<typeof jobSchema>;

const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('call'), worker: z.string(), outcome: chatOutcomeSchema }),
  z.strictObject({ kind: z.literal('grading'), worker: z.string(), outcome: pythonOutcomeSchema }),
  /** Begun by a worker that is gone: nobody knows what came of it. */
  z.strictObject({ kind: z.literal('lost'), worker: z.string(), reason: z.string() }),
  z.strictObject({
    kind: z.literal('refused'),
    worker: z.string(),
    reason: z.string(),
    /** True where the job only waited for too long: it may be put anew. */
    expired: z.boolean(),
  }),
]);
export type JobAnswer = z.infer<typeof answerSchema>;

const offerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('key'),
    provider: z.string(),
    /** Where its models are asked, as the call key's revision has it. */
    revision: z.string(),
    /** Names the key to those who know the cluster's, and tells nothing of it. */
    fingerprint: z.string(),
    /** Full names; null: all of the provider. */
    models: z.array(z.string()).nullable(),
    /** Names that the endpoint lists, as it writes them; null: it does not tell, or too many. */
    listed: z.array(z.string()).nullable(),
    /** What simulated models there know by heart; null: the models are real. */
    knows: z.array(z.string()).nullable(),
  }),
  z.strictObject({ kind: z.literal('local'), revision: z.string(), card: modelCardSchema }),
  z.strictObject({ kind: z.literal('gradings'), tier: z.string() }),
]);
/** What a worker does for runs. */
export type Offer = z.infer<typeof offerSchema>;

const workerSchema = z.strictObject({
  version: z.string(),
  worker: z.string(),
  host: z.string(),
  startedAt: time,
  at: time,
  /** True once it takes no more jobs. */
  leaving: z.boolean(),
  done: z.int().nonnegative(),
  queues: z.array(
    z.strictObject({
      name: z.string(),
      offer: offerSchema,
      /** Jobs that it does at once. */
      slots: z.int().positive(),
      busy: z.int().nonnegative(),
    }),
  ),
});
/** What a worker says of itself every few seconds. */
export type WorkerPresence = z.infer<typeof workerSchema>;

const runSchema = z.strictObject({
  version: z.string(),
  run: z.string(),
  host: z.string(),
  startedAt: time,
  at: time,
  /** Jobs put and not answered, by queue. */
  waiting: z.record(z.string(), z.int().nonnegative()),
  /** Fingerprints of the keys that it uses at present. */
  keys: z.array(z.string()),
});
/** What a run says of itself every few seconds. */
export type RunPresence = z.infer<typeof runSchema>;

const schemas = { job: jobSchema, answer: answerSchema, worker: workerSchema, run: runSchema } as const;
type Kinds = { readonly [K in keyof typeof schemas]: z.infer<(typeof schemas)[K]> };

/** What was opened is of this cluster's making; one of another version may still be of another form. */
export function parseAs<K extends keyof Kinds>(kind: K, text: string): Result<Kinds[K], string> {
  const json = parsedJson(text);
  if (json === undefined) return err('not JSON');
  const parsed = schemas[kind].safeParse(json);
  if (parsed.success) return ok(parsed.data as Kinds[K]);
  const [issue] = parsed.error.issues;
  return err(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'of another form'}`);
}

/** Why a worker does not do a job, in one sentence; `undefined` where it does. */
export function refusalOf(
  job: WorkerJob,
  { version, offer, now }: { readonly version: string; readonly offer: Offer; readonly now: number },
): string | undefined {
  if (job.version !== version)
    return `this worker is mixtune ${version} and the run is ${job.version}: give both the same version`;
  if (isExpired(job, now)) {
    const minutes = Math.round(Math.abs(now - job.putAt) / 60_000);
    return `the job is of ${minutes} minutes ${job.putAt > now ? 'ahead' : 'ago'}, or the clocks of run and worker differ (mixtune doctor --workers tells)`;
  }
  const { body } = job;
  if (body.kind === 'grading') {
    if (offer.kind !== 'gradings') return 'this worker does no gradings';
    return offer.tier === body.tier
      ? undefined
      : `the run asks for the sandbox tier ${body.tier} and this worker has ${offer.tier}`;
  }
  const { model } = body.request;
  if (!offersModel(offer, model)) return `this worker does not offer the model ${model}`;
  return offer.kind !== 'gradings' && offer.revision === body.revision
    ? undefined
    : `the run asks for ${model} of ${body.revision}, and this worker has another`;
}

/** Whether a job is too old, or of a time to come. */
export function isExpired({ putAt }: Pick<WorkerJob, 'putAt'>, now: number): boolean {
  return now - putAt > jobValidMs + clockSkewMs || putAt - now > clockSkewMs;
}

export function offersModel(offer: Offer, model: string): boolean {
  if (offer.kind === 'local') return offer.card.name === model;
  if (offer.kind === 'gradings' || offer.provider !== providerOf(model)) return false;
  return offer.models === null || offer.models.includes(model);
}
