import { defined } from '../../core/defined.ts';
import { isRecord } from '../../core/records.ts';

/** What a body says went wrong. */
export interface ToldError {
  readonly message: string;
  /** HTTP status that the error names, where the response's own says nothing of it. */
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  /** What it asks to wait, in ms. */
  readonly retryAfterMs?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Where servers put the words, the plainest first. */
const messageFields = [
  'message',
  'msg',
  'detail',
  'error_message',
  'error_msg',
  'error_description',
  'Message',
  'errorMessage',
  'status_msg',
  'reason',
  'title',
  'error',
  'text',
] as const;

/**
 * The error that a body holds, in any of the shapes in which servers tell one: under `error` (an object or
 * words), `errors`, `detail`, `base_resp`, in a list, in the choice, or as the body itself. `undefined` for
 * a body that tells none. Text beside choices that answer is no error.
 */
export function errorIn(body: unknown): ToldError | undefined {
  // Google puts its errors into a list.
  if (Array.isArray(body)) return errorIn(body.find(isRecord));
  if (!isRecord(body)) return undefined;
  const inside =
    firstOf(body.error) ?? firstOf(body.errors) ?? failedBase(body.base_resp) ?? responseError(body.Response);
  if (inside !== undefined) return told(inside, body);
  const choice: unknown = Array.isArray(body.choices) ? body.choices[0] : undefined;
  if (isRecord(choice)) return isRecord(choice.error) ? told(choice.error, {}) : undefined;
  const says =
    body.object === 'error' ||
    body.type === 'error' ||
    body.success === false ||
    (typeof body.status === 'string' && /^(?:error|fail)/i.test(body.status)) ||
    statusIn(body) !== undefined;
  return says ? told(body, {}) : undefined;
}

/** The words of a body that is neither an answer nor marked as an error. */
export function wordsIn(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  return isRecord(body) && !Array.isArray(body.choices) ? messageIn(body) : undefined;
}

/** `error: null`, `false`, `{}` and `""` stand beside answers and mean nothing. */
function firstOf(error: unknown): Fields | undefined {
  const first: unknown = Array.isArray(error) ? error[0] : error;
  if (typeof first === 'string' && first.trim() !== '') return { message: first };
  return isRecord(first) && Object.keys(first).length > 0 ? first : undefined;
}

/** Tencent's. */
function responseError(response: unknown): Fields | undefined {
  const error = isRecord(response) ? firstOf(response.Error) : undefined;
  return error && { ...error, code: error.Code };
}

function failedBase(base: unknown): Fields | undefined {
  return isRecord(base) && typeof base.status_code === 'number' && base.status_code !== 0 ? base : undefined;
}

function told(error: Fields, around: Fields): ToldError {
  // `{"error": {"error": {…}}}`, as gateways wrap what they were told.
  if (isRecord(error.error) && messageIn({ ...error, error: undefined }) === undefined) {
    return told({ ...error.error, error: undefined }, { ...around, ...error, error: undefined });
  }
  const status = statusIn(error) ?? statusIn(around);
  const wait = retryInfo(error) ?? secondsIn(error.retry_after ?? around.retry_after);
  const text = (name: string): string | undefined => {
    const value = error[name] ?? around[name];
    return typeof value === 'string' && value !== ''
      ? value
      : typeof value === 'number'
        ? String(value)
        : undefined;
  };
  const quota = quotaId(error);
  const message = messageIn(error) ?? messageIn(around) ?? asText(error);
  const code = text('code');
  const type = text('type');
  const param = text('param');
  return {
    message: quota === undefined ? message : `${message} (${quota})`,
    ...defined({ status, code, type, param, retryAfterMs: wait }),
  };
}

function messageIn(fields: Fields): string | undefined {
  for (const name of messageFields) {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'object' && value !== null) return asText(value);
  }
  return undefined;
}

/** An object too deep to be written has no words. */
export function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return 'an error without words';
  }
}

function statusIn(fields: Fields): number | undefined {
  for (const name of ['status', 'code', 'statusCode', 'status_code'] as const) {
    const value = fields[name];
    const status =
      typeof value === 'number' || (typeof value === 'string' && /^\d{3}$/.test(value)) ? Number(value) : 0;
    if (status >= 400 && status < 600) return status;
  }
  return undefined;
}

/** Google's `RetryInfo`. */
function retryInfo(error: Fields): number | undefined {
  for (const detail of Array.isArray(error.details) ? error.details : []) {
    const delay: unknown = isRecord(detail) ? detail.retryDelay : undefined;
    if (typeof delay === 'string') return parseWait(delay);
  }
  return undefined;
}

/** Cloudflare and others tell the wait in the body. */
function secondsIn(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value * 1000 : undefined;
}

/** The name of the quota that was used up, which says for which time it holds (Google). */
function quotaId(error: Fields): string | undefined {
  for (const detail of Array.isArray(error.details) ? error.details : []) {
    const violations: unknown = isRecord(detail) ? detail.violations : undefined;
    const first: unknown = Array.isArray(violations) ? violations[0] : undefined;
    if (isRecord(first) && typeof first.quotaId === 'string') return first.quotaId;
  }
  return undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `12ms`, `1.5s`, `60s`, or a plain number of seconds; in ms. */
export function parseWait(text: string): number | undefined {
  const trimmed = text.trim().slice(0, 40);
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?) ?(ms|s|m|h|d)[a-z]* ?/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== trimmed) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0);
}

/** What the words of a refusal ask to wait: `Please try again in 7.5s`, `retry in 11m31.2s`; in ms. */
export function waitInWords(message: string): number | undefined {
  const words =
    /\b(?:(?:re)?try (?:again )?(?:in|after)|wait(?: for)?) ((?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d)[a-z]* ?)+)/i.exec(
      message,
    )?.[1];
  return words === undefined ? undefined : parseWait(words.toLowerCase());
}
