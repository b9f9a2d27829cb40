import { type Clock, exactMs } from '../../core/clock.ts';
import type { InputError } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { ok, type Result } from '../../core/result.ts';
import { shortened } from '../../core/shortened.ts';
import { abortedOutcome, callFailure, failedOutcome } from '../abort.ts';
import { callKey } from '../call-key.ts';
import { longestCallMs } from '../call-store/stored-call.ts';
import type {
  CallFailure,
  CallOptions,
  ChatModel,
  ChatOutcome,
  ChatRequest,
  ChatResponse,
  ModelPrice,
} from '../chat-model.ts';
import { pricedAt } from '../priced.ts';
import { estimateUsage } from '../token-estimate.ts';
import { parseRecording, type Recording } from './recording.ts';
import type { RecordedResponse } from './recording-lines.ts';

export interface RecordedModelOptions {
  /** Given, an answer takes its recorded service time on this clock; else it comes at once. */
  readonly clock?: Clock;
  /** Of a model, in place of what was recorded. @defaultValue `undefined`: what was recorded holds */
  readonly price?: (model: string) => ModelPrice | undefined;
  /** Told of each call that the recording lacks. */
  readonly onMissing?: (failure: CallFailure) => void;
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
  const ownRevision = `recorded:${recording.hash.slice(0, 12)}`;
  const revision = (model: string): string => recording.revisionOf(model) ?? ownRevision;
  const failures = failedAttempts(recording);
  return {
    revision,
    complete: async (request, callOptions = {}) => {
      const attempt = `${callKey(request, { revision })}/${callOptions.attempt ?? 0}`;
      const found = failures.get(attempt) ?? recording.find(request);
      if (found === undefined) {
        const lacking = notRecorded(request, recording.source);
        options.onMissing?.(lacking);
        return failedOutcome(lacking);
      }
      const cancelled = await wait(found.serviceMs, callOptions, options.clock);
      if (cancelled !== undefined) return cancelled;
      if ('cause' in found) return failedOutcome(found);
      const response = completed(found, request);
      if (response.text !== '') callOptions.onDelta?.(response.text);
      const outcome: ChatOutcome = { kind: 'answered', response };
      const price = options.price?.(request.model);
      return price === undefined ? outcome : pricedAt(outcome, price);
    },
  };
}

/** How attempts of a recorded run failed, by `key/attempt`; later ones may have been answered. */
function failedAttempts({ events }: Recording): ReadonlyMap<string, CallFailure> {
  const attempts = new Map<unknown, string>();
  const failures = new Map<string, CallFailure>();
  for (const event of events) {
    if (event.kind === 'call-dispatched') attempts.set(event.call, `${event.key}/${event.attempt}`);
    if (event.kind !== 'call-failed') continue;
    const attempt = attempts.get(event.call);
    if (attempt !== undefined && isFailure(event.failure)) failures.set(attempt, event.failure);
  }
  return failures;
}

function isFailure(value: unknown): value is CallFailure {
  if (value === null || typeof value !== 'object' || !('cause' in value) || !('serviceMs' in value))
    return false;
  return typeof value.serviceMs === 'number' && value.serviceMs <= longestCallMs;
}

/** What a call comes to that a recording lacks; says which call it is. */
export function notRecorded(request: ChatRequest, source: string): CallFailure {
  const { model, sample, messages } = request;
  const shown = shortened(oneLine(messages.at(-1)?.content ?? ''), 78);
  const message =
    `${source} holds no answer to this request to ${model} ` +
    `(repeat ${sample.repeat}, sample ${sample.index}): ${JSON.stringify(shown)}`;
  return callFailure('rejected', 'not-recorded', message);
}

/** Lets a call's time pass; what it comes to when it is cancelled meanwhile. */
async function wait(
  serviceMs: number,
  options: CallOptions,
  clock: Clock | undefined,
): Promise<ChatOutcome | undefined> {
  if (options.signal?.aborted) return abortedOutcome();
  if (clock === undefined) return undefined;
  const startedAt = clock.now();
  try {
    await clock.sleep(Math.max(0, exactMs(serviceMs) - (options.elapsedMs ?? 0)), options.signal);
    return undefined;
  } catch (reason) {
    if (options.signal?.aborted) return abortedOutcome(clock.now() - startedAt);
    throw reason;
  }
}

/** A recorded answer with its usage estimated where it has none. */
export function completed(found: RecordedResponse, request: ChatRequest): ChatResponse {
  return { ...found, usage: found.usage ?? estimateUsage(request.messages, found) };
}
