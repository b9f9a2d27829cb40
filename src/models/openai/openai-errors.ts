import { defined } from '../../core/defined.ts';
import { codeOf, messageOf } from '../../core/errors.ts';
import { parsedJson } from '../../core/json.ts';
import { redact } from '../../core/redact.ts';
import type { CallFailure } from '../chat-model.ts';
import { connectionAdvice } from '../connection-advice.ts';
import { errorIn, parseWait, type ToldError, waitInWords, wordsIn } from './error-body.ts';
import { classifyStatus, classifyWords, type FailureVerdict, verdict } from './error-verdict.ts';
import type { Reply, ReplyHeaders } from './http-post.ts';
import { readRateLimit } from './rate-limit-headers.ts';
import { RedirectedError } from './redirected-error.ts';
import { ResponseTooLargeError, readText, responseLimit } from './response-body.ts';

/** Longest message kept of an error, in characters; servers sometimes answer with whole web pages. */
const messageLimit = 500;
/** Nobody looks for keys beyond this: it takes time that grows with the text. */
const searchedLength = 4000;

/** An error as a server told it, with HTTP status 200 or another. */
export class ServerError extends Error {
  readonly told: ToldError;
  readonly headers: ReplyHeaders | undefined;

  constructor(told: ToldError, headers: ReplyHeaders | undefined) {
    super(told.message);
    this.told = told;
    this.headers = headers;
  }
}

/** Where nobody knows the date a wait until some date is not known either. */
type Today = (() => Date) | undefined;

const nowOf = (today: Today): number => today?.().getTime() ?? Number.NaN;

/**
 * What the server asked us to wait, in ms: seconds, a time with its unit (`60s`, `1m30s`), or a date, which
 * counts from the server's own clock (`date`) where it tells it.
 */
function retryAfterMs(headers: ReplyHeaders | undefined, today: Today): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const value = headers?.get('retry-after');
  if (value === null || value === undefined || value.trim() === '') return resetMs(headers, today);
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const spelt = parseWait(value.toLowerCase());
  if (spelt !== undefined) return spelt;
  const from = Date.parse(headers?.get('date') ?? '');
  const wait = Date.parse(value) - (Number.isNaN(from) ? nowOf(today) : from);
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/**
 * When the limit is free again: seconds until then, or since 1970 in seconds or milliseconds (OpenRouter). The
 * headers of OpenAI's kind (`x-ratelimit-reset-tokens`) tell when all of it is, which nobody need wait for.
 */
function resetMs(headers: ReplyHeaders | undefined, today: Today): number | undefined {
  const told = ['ratelimit-reset', 'x-ratelimit-reset-after', 'x-ratelimit-reset']
    .map((name) => headers?.get(name) ?? '')
    .find((value) => /^\d+(?:\.\d+)?$/.test(value.trim()));
  if (told === undefined) return undefined;
  const value = Number(told);
  if (value < 1e9) return value * 1000;
  const wait = (value < 1e12 ? value * 1000 : value) - nowOf(today);
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/**
 * The failure that an error of a request, or of the reading of its response, stands for.
 * @param secrets keys that the call could carry, masked in the message; without any it was refused for want of one.
 * @param today by which a wait until some date is reckoned where the server does not tell its own.
 */
export function toCallFailure(
  error: unknown,
  {
    secrets,
    serviceMs,
    today,
  }: { readonly secrets: readonly string[]; readonly serviceMs: number; readonly today?: Today },
): CallFailure {
  const about = (kind: FailureVerdict, message: string): CallFailure => ({
    ...kind,
    message: redact(message.slice(0, searchedLength), secrets).slice(0, messageLimit),
    serviceMs,
  });
  if (error instanceof ServerError) {
    const { status, message } = error.told;
    const kind = secrets.length > 0 ? classify(error, today) : keyless(classify(error, today));
    const hint =
      kind.code === 'unknown-endpoint' ? ' (does the base URL end in /v1, as the server wants it?)' : '';
    const text = `${status === undefined ? '' : `${status} `}${message}${hint}`;
    return { ...about(kind, text), ...details(error, secrets, today) };
  }
  if (error instanceof RedirectedError) {
    return about(verdict('rejected', 'redirected'), `${error.message}; give that address as --base-url`);
  }
  if (error instanceof ResponseTooLargeError) {
    return about(verdict('infrastructure', 'response-too-large', false), error.message);
  }
  if (error instanceof SyntaxError) {
    // What V8 quotes of the text may be the beginning of a key, and is of no use to anybody.
    const what = error.message.replace(/,? ?(?:\.\.\.)?".*$/s, '');
    return about(verdict('infrastructure', 'malformed-stream'), `the server sent broken JSON: ${what}`);
  }
  const chain = causes(error);
  const late = /UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT|ETIMEDOUT/.test(chain);
  return about(verdict('infrastructure', late ? 'timeout' : 'connection'), chain + connectionAdvice(chain));
}

function classify(
  { told: { status, code, type, message, retryAfterMs: wait }, headers }: ServerError,
  today: Today,
): FailureVerdict {
  const words = `${code ?? ''} ${type ?? ''} ${message}`.slice(0, searchedLength);
  return status === undefined
    ? classifyWords(words)
    : classifyStatus(status, words, retryAfterMs(headers, today) ?? wait);
}

/** What is refused as unauthorized or forbidden, where no key was sent. */
function keyless(kind: FailureVerdict): FailureVerdict {
  return kind.code === 'unauthorized' || kind.code === 'forbidden' ? verdict('rejected', 'no-key') : kind;
}

function details(
  { told, headers }: ServerError,
  secrets: readonly string[],
  today: Today,
): Pick<CallFailure, 'status' | 'requestId' | 'retryAfterMs' | 'rateLimit'> {
  const { status, message } = told;
  const wait =
    retryAfterMs(headers, today) ?? told.retryAfterMs ?? (status === 429 ? waitInWords(message) : undefined);
  const rateLimit = readRateLimit(headers, status === 429 ? message : '');
  const requestId = headers?.get('x-request-id')?.slice(0, 200);
  return defined({
    status,
    requestId: requestId && redact(requestId, secrets),
    retryAfterMs: wait,
    rateLimit,
  });
}

/** Messages and codes of an error and all it was caused by: `fetch failed` alone tells nobody anything. */
function causes(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && parts.length < 5; ) {
    const code = codeOf(at);
    const text = messageOf(at);
    parts.push(code !== undefined && !text.includes(code) ? `${text} (${code})` : text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return [...new Set(parts)].join(': ');
}

/** The error of a response that is none of success; no more is read of it than of any response. */
export async function errorOf(response: Reply): Promise<ServerError> {
  const text = await readText(response.body, responseLimit(0));
  return new ServerError(toldIn(text, response), response.headers);
}

function toldIn(text: string, { status, statusText }: Reply): ToldError {
  const body = parsedJson(text) ?? text;
  const told = errorIn(body) ?? { message: wordsIn(body) ?? text };
  const message = told.message.trim() === '' ? statusText || 'no words' : told.message;
  return { ...told, message, status };
}
