import type { Clock } from '../core/clock.ts';
import type { InputError } from '../core/errors.ts';
import { ok, type Result } from '../core/result.ts';
import { abortedOutcome, failedOutcome } from './abort.ts';
import type { CallOptions, ChatModel, ChatOutcome, ChatRequest, ChatResponse, Usage } from './chat-model.ts';
import { openRecording, parseRecording, type Recording } from './recording.ts';
import type { RecordedResponse } from './recording-lines.ts';
import { estimateUsage } from './token-estimate.ts';

export interface RecordedModelOptions {
  /** Given, an answer takes its recorded service time on this clock; else it comes at once. */
  readonly clock?: Clock;
}

/** Reads a recording from a file, see {@link createRecordedModel}. */
export async function openRecordedModel(
  path: string,
  options: RecordedModelOptions = {},
): Promise<Result<ChatModel, InputError>> {
  const recording = await openRecording(path);
  return recording.ok ? ok(playRecording(recording.value, options)) : recording;
}

/**
 * A model that plays a recording back. `recorded/openai/gpt-4o` answers what `openai/gpt-4o` did; it
 * may also stand in for the original provider under its own name. A call that is not in the
 * recording is rejected with code `not-recorded`.
 * @param text the recording (format: see recording-lines.ts).
 * @param source where it is from, for errors.
 */
export function createRecordedModel(
  text: string,
  source: string,
  options: RecordedModelOptions = {},
): Result<ChatModel, InputError> {
  const recording = parseRecording(text, source);
  return recording.ok ? ok(playRecording(recording.value, options)) : recording;
}

/** See {@link createRecordedModel}. */
export function playRecording(recording: Recording, options: RecordedModelOptions = {}): ChatModel {
  const revision = `recorded:${recording.hash.slice(0, 12)}`;
  return {
    revision: () => revision,
    complete: (request, callOptions = {}) => {
      const found = recording.find(request);
      return found === undefined
        ? Promise.resolve(notRecorded(request, recording.source))
        : play(found, request, callOptions, options.clock);
    },
  };
}

/** What a call comes to that a recording lacks; says which call it is. */
export function notRecorded(request: ChatRequest, source: string): ChatOutcome {
  const { model, sample, messages } = request;
  const asked = (messages.at(-1)?.content ?? '').replaceAll(/\s+/g, ' ').trim();
  const shown = asked.length > 80 ? `${asked.slice(0, 77)}…` : asked;
  return failedOutcome({
    cause: 'rejected',
    code: 'not-recorded',
    message:
      `${source} holds no answer to this request to ${model} ` +
      `(repeat ${sample.repeat}, sample ${sample.index}): ${JSON.stringify(shown)}`,
    retryable: false,
    serviceMs: 0,
  });
}

async function play(
  found: RecordedResponse,
  request: ChatRequest,
  options: CallOptions,
  clock: Clock | undefined,
): Promise<ChatOutcome> {
  if (options.signal?.aborted) return abortedOutcome();
  if (clock !== undefined) {
    const startedAt = clock.now();
    // Whole milliseconds keep times exact sums, which a run that goes on after an interruption relies on.
    const left = Math.max(0, Math.round(found.serviceMs) - (options.elapsedMs ?? 0));
    try {
      await clock.sleep(left, options.signal);
    } catch (reason) {
      if (options.signal?.aborted) return abortedOutcome(clock.now() - startedAt);
      throw reason;
    }
  }
  const response = await completed(found, request, clock);
  if (response.text !== '') options.onDelta?.(response.text);
  return { kind: 'answered', response };
}

/** A recorded answer with its usage estimated where it has none. */
export async function completed(
  found: RecordedResponse,
  request: ChatRequest,
  clock?: Clock,
): Promise<ChatResponse> {
  const estimate = (): Promise<Usage> => estimateUsage(request.messages, found);
  // Loading the tokenizer is real work, which a virtual clock has to know of.
  const usage = found.usage ?? (await (clock === undefined ? estimate() : clock.external(estimate)));
  return { ...found, usage };
}
