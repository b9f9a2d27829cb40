import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { sha256 } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import { InputError, messageOf } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { abortedOutcome, failedOutcome } from './abort.ts';
import { type CallKey, callKey } from './call-key.ts';
import type { CallOptions, ChatModel, ChatOutcome, ChatRequest, ChatResponse, Usage } from './chat-model.ts';
import { chatResponseSchema, type StoredCall } from './stored-call.ts';
import { estimateUsage } from './token-estimate.ts';

/*
 * A recording is a text file with one JSON object a line; blank lines and lines that begin with `#`
 * are skipped. Each line answers one call, named in one of two ways:
 *
 *   {"key": "<64 hex digits>", "model": "openai/gpt-4o", "revision": "…", "response": {…}}
 *       as exported from a call cache (recordingLine)
 *   {"request": {"model": "openai/gpt-4o", "messages": […], "temperature"?, "topP"?, "maxTokens"?,
 *       "sample"?: {"repeat": 0, "index": 0}}, "response": {"text": "…", …}}
 *       by hand or from other tools; a request without `sample` answers every sample
 *
 * Of `response` only `text` is needed: the rest defaults to finishReason "stop", serviceMs 0,
 * firstTokenMs null, usd null, and usage estimated. Of two lines for one call the first counts.
 */

const requestSchema = z.strictObject({
  model: z.string().min(1),
  messages: z
    .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
    .min(1),
  temperature: z.number().exactOptional(),
  topP: z.number().exactOptional(),
  maxTokens: z.int().positive().exactOptional(),
  sample: z.strictObject({ repeat: z.int().nonnegative(), index: z.int().nonnegative() }).exactOptional(),
});

const responseSchema = chatResponseSchema.extend({
  finishReason: chatResponseSchema.shape.finishReason.default('stop'),
  usage: chatResponseSchema.shape.usage.exactOptional(),
  serviceMs: chatResponseSchema.shape.serviceMs.default(0),
  firstTokenMs: chatResponseSchema.shape.firstTokenMs.default(null),
  usd: chatResponseSchema.shape.usd.default(null),
});

const lineSchema = z.union([
  z.strictObject({
    key: z.string().regex(/^[0-9a-f]{64}$/),
    model: z.string().min(1),
    revision: z.string(),
    response: responseSchema,
  }),
  z.strictObject({ request: requestSchema, response: responseSchema }),
]);

type Line = z.infer<typeof lineSchema>;
type RecordedResponse = z.infer<typeof responseSchema>;

export interface RecordedModelOptions {
  /** Given, an answer takes its recorded service time on this clock; else it comes at once. */
  readonly clock?: Clock;
}

/** One line of a recording for a call of a cache. */
export function recordingLine(key: CallKey, call: StoredCall): string {
  return JSON.stringify({ key, ...call });
}

/** Reads a recording from a file, see {@link createRecordedModel}. */
export async function openRecordedModel(
  path: string,
  options: RecordedModelOptions = {},
): Promise<Result<ChatModel, InputError>> {
  try {
    return createRecordedModel(await readFile(path, 'utf8'), path, options);
  } catch (error) {
    return err(new InputError(path, { path: '', expected: 'a readable recording', found: messageOf(error) }));
  }
}

/**
 * A model that plays a recording back. `recorded/openai/gpt-4o` answers what `openai/gpt-4o` did; it
 * may also stand in for the original provider under its own name. A call that is not in the
 * recording is rejected with code `not-recorded`.
 * @param text the recording (format: see above).
 * @param source where it is from, for errors.
 */
export function createRecordedModel(
  text: string,
  source: string,
  options: RecordedModelOptions = {},
): Result<ChatModel, InputError> {
  const recording = new Recording();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if (!parsed.ok) return err(new InputError(source, { path: '', line: index + 1, ...parsed.error }));
    recording.add(parsed.value);
  }
  const revision = `recorded:${sha256(text).slice(0, 12)}`;
  return ok({
    revision: () => revision,
    complete: (request, callOptions = {}) =>
      play(recording.find(request), request, callOptions, options.clock),
  });
}

function parseLine(line: string): Result<Line, { expected: string; found: string }> {
  const expected = '{"request" or "key", "response"} as one JSON object';
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line));
    return parsed.success ? ok(parsed.data) : err({ expected, found: z.prettifyError(parsed.error) });
  } catch (error) {
    return err({ expected, found: messageOf(error) });
  }
}

/** Answers by key. Requests are looked up under every revision the recording has of their model. */
class Recording {
  readonly #byKey = new Map<CallKey, RecordedResponse>();
  readonly #revisions = new Map<string, Set<string>>();

  add(line: Line): void {
    if ('request' in line) {
      const { sample, ...asked } = line.request;
      const key = sample === undefined ? anySampleKey(asked) : keyUnder({ ...asked, sample }, null);
      if (!this.#byKey.has(key)) this.#byKey.set(key, line.response);
      return;
    }
    if (!this.#byKey.has(line.key)) this.#byKey.set(line.key, line.response);
    const revisions = this.#revisions.get(line.model) ?? new Set();
    this.#revisions.set(line.model, revisions.add(line.revision));
  }

  find(request: ChatRequest): RecordedResponse | undefined {
    const asked = { ...request, model: originalName(request.model) };
    for (const model of new Set([asked.model, request.model])) {
      for (const revision of this.#revisions.get(model) ?? []) {
        const found = this.#byKey.get(keyUnder({ ...asked, model }, revision));
        if (found !== undefined) return found;
      }
    }
    return this.#byKey.get(keyUnder(asked, null)) ?? this.#byKey.get(anySampleKey(asked));
  }
}

function originalName(model: string): string {
  return model.replace(/^recorded\//, '');
}

/** @param revision `null` for hand-written lines, which know none. */
function keyUnder(request: ChatRequest, revision: string | null): CallKey {
  if (revision !== null) return callKey(request, { revision: () => revision });
  return sha256({ ...request, model: originalName(request.model), revision: null });
}

function anySampleKey(request: Omit<ChatRequest, 'sample'>): CallKey {
  return sha256({ ...request, model: originalName(request.model), sample: null, revision: null });
}

async function play(
  found: RecordedResponse | undefined,
  request: ChatRequest,
  options: CallOptions,
  clock: Clock | undefined,
): Promise<ChatOutcome> {
  if (options.signal?.aborted) return abortedOutcome();
  if (found === undefined) {
    return failedOutcome({
      cause: 'rejected',
      code: 'not-recorded',
      message: `the recording holds no answer to this request to ${request.model} (repeat ${request.sample.repeat}, sample ${request.sample.index})`,
      retryable: false,
      serviceMs: 0,
    });
  }
  if (clock !== undefined) {
    const startedAt = clock.now();
    try {
      await clock.sleep(found.serviceMs, options.signal);
    } catch (reason) {
      if (options.signal?.aborted) return abortedOutcome(clock.now() - startedAt);
      throw reason;
    }
  }
  const estimate = (): Promise<Usage> => estimateUsage(request.messages, found);
  // Loading the tokenizer is real work, which a virtual clock has to know of.
  const usage = found.usage ?? (await (clock === undefined ? estimate() : clock.external(estimate)));
  const response: ChatResponse = { ...found, usage };
  if (response.text !== '') options.onDelta?.(response.text);
  return { kind: 'answered', response };
}
