import { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import { isRecord, keysOf } from '../../core/records.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { shortened } from '../../core/shortened.ts';
import { settingsSchema } from '../../domain/agent.ts';
import type { CallKey } from '../call-key.ts';
import { chatMessageSchema, chatResponseSchema, type StoredCall } from '../call-store/stored-call.ts';

/*
 * A recording is a text file with one JSON object a line, plain or gzipped; blank lines and lines that
 * begin with `#` are skipped. A line answers a call, named in one of three ways:
 *
 *   {"key": "<64 hex digits>", "model"?, "revision"?, "response": {…}}
 *       as exported from a call cache or a run (recordingLine)
 *   {"request": {"model": "openai/gpt-4o", "messages": […], "temperature"? and other settings,
 *       "sample"?: {"repeat": 0, "index": 0}}, "response": {"text": "…", …}}
 *       by hand or from other tools; without `sample` it answers every sample
 *   {"model": "openai/gpt-4o", "question": "…", "sample"?, "response": {"text": "…", …}}
 *       replies that somebody collected: answers whoever puts that question alone, under any prompt
 *       and settings
 *
 * or tells what was recorded:
 *
 *   {"recording": 1, "models": {"openai/gpt-4o": {"revision": "…"}}, "simulated"?, "run"?: {manifest}}
 *   {"event": {…}}
 *       a run's history, in order, which `mixtune repeat` follows
 *
 * Of `response` only `text` is needed: the rest defaults to finishReason "stop", serviceMs 0,
 * firstTokenMs null, usd null, and usage estimated. Of two lines for one call the first counts.
 */

const sampleSchema = z.strictObject({ repeat: z.int().nonnegative(), index: z.int().nonnegative() });

const requestSchema = z.strictObject({
  model: z.string().min(1),
  messages: z.array(chatMessageSchema).min(1),
  ...settingsSchema.shape,
  sample: sampleSchema.exactOptional(),
});

const responseSchema = chatResponseSchema.extend({
  finishReason: chatResponseSchema.shape.finishReason.default('stop'),
  usage: chatResponseSchema.shape.usage.exactOptional(),
  serviceMs: chatResponseSchema.shape.serviceMs.default(0),
  firstTokenMs: chatResponseSchema.shape.firstTokenMs.default(null),
  usd: chatResponseSchema.shape.usd.default(null),
});

const headerSchema = z.strictObject({
  recording: z.literal(1),
  /** mixtune's version. */
  mixtune: z.string().exactOptional(),
  /** Models by name, with the revision that is part of their calls' keys. */
  models: z.record(z.string(), z.looseObject({ revision: z.string() })).exactOptional(),
  simulated: z.boolean().exactOptional(),
  /** The manifest of the recorded run. */
  run: z.looseObject({ version: z.literal(1), run: z.string() }).exactOptional(),
});

const lineSchemas = {
  key: z.strictObject({
    key: z.string().regex(/^[0-9a-f]{64}$/),
    model: z.string().min(1).exactOptional(),
    revision: z.string().exactOptional(),
    response: responseSchema,
  }),
  request: z.strictObject({ request: requestSchema, response: responseSchema }),
  question: z.strictObject({
    model: z.string().min(1),
    question: z.string().min(1),
    sample: sampleSchema.exactOptional(),
    response: responseSchema,
  }),
  recording: headerSchema,
  event: z.strictObject({ event: z.looseObject({ kind: z.string(), at: z.number() }) }),
} as const;

export type RecordingHeader = z.infer<typeof headerSchema>;
export type RecordedResponse = z.infer<typeof responseSchema>;
/** An event of a recorded run; what it holds beyond these is the run's own affair. */
export type RecordedEvent = z.infer<typeof lineSchemas.event>['event'];

type LineKind = keyof typeof lineSchemas;
export type RecordingLine = {
  [Kind in LineKind]: { readonly kind: Kind; readonly line: z.infer<(typeof lineSchemas)[Kind]> };
}[LineKind];

const kinds = keysOf(lineSchemas);

/** One line of a recording for an answered call. Without `model` and `revision` the header must tell them. */
export function recordingLine(
  key: CallKey,
  call: Pick<StoredCall, 'response'> & Partial<StoredCall>,
): string {
  const { model, revision, response } = call;
  return JSON.stringify({ key, model, revision, response });
}

/** The first line of a recording. */
export function recordingHeader(header: Omit<RecordingHeader, 'recording'>): string {
  return JSON.stringify({ recording: 1, ...header });
}

/** One line for an event of a recorded run. */
export function recordingEvent(event: unknown): string {
  return JSON.stringify({ event });
}

/** Reads a line that holds something; the error says what was wrong with it. */
export function parseRecordingLine(text: string): Result<RecordingLine, { expected: string; found: string }> {
  const expected = 'a JSON object with "key", "request" or "question" and a "response"';
  try {
    const value: unknown = JSON.parse(text);
    const kind = isRecord(value) ? kinds.find((name) => name in value) : undefined;
    if (kind === undefined) return err({ expected, found: shortened(text, 78) });
    const parsed = lineSchemas[kind].safeParse(value);
    if (!parsed.success) return err({ expected, found: z.prettifyError(parsed.error) });
    return ok({ kind, line: parsed.data } as RecordingLine);
  } catch (error) {
    return err({ expected, found: messageOf(error) });
  }
}
