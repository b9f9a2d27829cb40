import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { messageOf } from '../core/errors.ts';
import type { CallFailure, FailureCause } from './chat-model.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { redact } from './redact.ts';

/** Longest message kept of an error, in characters; servers sometimes answer with whole web pages. */
const messageLimit = 500;

type Verdict = Pick<CallFailure, 'cause' | 'code' | 'retryable'>;

const verdict = (cause: FailureCause, code: string, retryable = cause === 'infrastructure'): Verdict => ({
  cause,
  code,
  retryable,
});

const contextWords =
  /context.{0,20}(?:length|window|size|limit)|maximum (?:context|prompt|input)|(?:prompt|input|request|conversation|messages?) (?:is |are )?too (?:long|large)|too many (?:input )?tokens|exceeds?.{0,40}(?:context|token limit|max(?:imum)? (?:number of )?(?:input )?tokens)|reduce the length/i;
const filterWords =
  /content[ _-]?(?:filter|management|policy|moderation)|safety (?:system|filter)|responsible ai|flagged|violat\w+ .{0,40}polic/i;
const quotaWords = /insufficient_quota|exceeded your current quota|insufficient (?:balance|credits?|funds)/i;

/** Statuses a later attempt may survive. */
const transientStatuses = new Set([408, 409, 425, 429]);

/** Says what an HTTP answer that is an error means for the call. */
export function classifyStatus(status: number, details: string): Verdict {
  if (/context_length_exceeded|exceed_context_size/.test(details)) {
    return verdict('context-overflow', 'context-overflow');
  }
  if (quotaWords.test(details) && (status === 429 || status === 403)) {
    return verdict('rejected', 'insufficient-quota');
  }
  if (status === 429) return verdict('infrastructure', 'rate-limited');
  if (status === 408) return verdict('infrastructure', 'timeout');
  if (transientStatuses.has(status)) return verdict('infrastructure', 'conflict');
  if (status >= 500) return verdict('infrastructure', 'server-error');
  if ((status === 400 || status === 422 || status === 403) && filterWords.test(details)) {
    return verdict('refused', 'content-filter');
  }
  if ((status === 400 || status === 422) && contextWords.test(details)) {
    return verdict('context-overflow', 'context-overflow');
  }
  if (status === 413) return verdict('context-overflow', 'request-too-large');
  if (status === 401) return verdict('rejected', 'unauthorized');
  if (status === 402) return verdict('rejected', 'payment-required');
  if (status === 403) return verdict('rejected', 'forbidden');
  if (status === 404) return verdict('rejected', 'unknown-model');
  return verdict('rejected', 'bad-request');
}

/** What the server asked us to wait, in ms. A date counts from the server's own clock (`date`). */
export function retryAfterMs(headers: Headers | undefined): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const value = headers?.get('retry-after');
  if (value === null || value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const wait = Date.parse(value) - Date.parse(headers?.get('date') ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/**
 * The failure an error of the `openai` package (or of the stream below it) stands for.
 * @param secrets masked in the message.
 */
export function toCallFailure(error: unknown, secrets: readonly string[], serviceMs: number): CallFailure {
  const about = (kind: Verdict, message: string): CallFailure => ({
    ...kind,
    message: redact(message, secrets).slice(0, messageLimit),
    serviceMs,
  });
  if (error instanceof SyntaxError) {
    return about(
      verdict('infrastructure', 'malformed-stream'),
      `the server sent broken JSON: ${error.message}`,
    );
  }
  if (error instanceof APIConnectionTimeoutError) {
    return about(verdict('infrastructure', 'timeout'), 'the server did not answer in time');
  }
  if (error instanceof APIConnectionError || !(error instanceof APIError)) {
    const chain = causes(error);
    const late = /UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT|ETIMEDOUT/.test(chain);
    return about(verdict('infrastructure', late ? 'timeout' : 'connection'), chain);
  }
  return { ...about(classifyApiError(error), error.message), ...responseDetails(error) };
}

/** HTTP status of an error; one reported inside a stream has it, if at all, in its `code`. */
export function statusOf(error: APIError): number | undefined {
  if (typeof error.status === 'number') return error.status;
  const code = Number(error.code);
  return Number.isInteger(code) && code >= 400 && code < 600 ? code : undefined;
}

function classifyApiError(error: APIError): Verdict {
  const details = `${error.code ?? ''} ${error.type ?? ''} ${error.message}`;
  const status = statusOf(error);
  if (status !== undefined) return classifyStatus(status, details);
  // An error told inside a stream, with no status to go by.
  if (filterWords.test(details)) return verdict('refused', 'content-filter');
  if (contextWords.test(details)) return verdict('context-overflow', 'context-overflow');
  if (/rate.?limit/i.test(details)) return verdict('infrastructure', 'rate-limited');
  return verdict('infrastructure', 'server-error');
}

function responseDetails(
  error: APIError,
): Pick<CallFailure, 'status' | 'requestId' | 'retryAfterMs' | 'rateLimit'> {
  const status = statusOf(error);
  const wait = retryAfterMs(error.headers);
  const rateLimit = readRateLimit(error.headers, status === 429 ? error.message : '');
  return {
    ...(status === undefined ? {} : { status }),
    ...(typeof error.requestID === 'string' ? { requestId: error.requestID } : {}),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  };
}

/** Messages and codes of an error and all it was caused by: `fetch failed` alone tells nobody anything. */
function causes(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && parts.length < 5; ) {
    const code = (at as { code?: unknown }).code;
    const text = messageOf(at);
    parts.push(typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return [...new Set(parts)].join(': ');
}

/**
 * Wraps a fetch so that error bodies keep their text: the `openai` package shows only what stands
 * under `error`, while many servers answer `{"detail": …}` or `{"message": …}`.
 */
export function withReadableErrors(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.ok) return response;
    const text = await response.text();
    return new Response(wrapErrorBody(text), {
      status: response.status,
      statusText: response.statusText,
      headers: withoutLength(response.headers),
    });
  };
}

function wrapErrorBody(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || 'error' in body) return text;
    return JSON.stringify({ error: { ...body, message: text } });
  } catch {
    return text;
  }
}

function withoutLength(headers: Headers): Headers {
  const copy = new Headers(headers);
  copy.delete('content-length');
  copy.delete('content-encoding');
  return copy;
}
