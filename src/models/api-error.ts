import { defined } from '../core/defined.ts';
import type { InputError } from '../core/errors.ts';

/** An expected failure of a request, as OpenAI's clients read it. */
export interface ApiError {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 499 | 500 | 502 | 503 | 504;
  /** Stable and short: `model_not_found`, `no_config_within_bounds`, … */
  readonly code: string;
  /** For people; holds no key and nothing of an upstream's secrets. */
  readonly message: string;
  /** What of the request is at fault: `messages[0].role`. */
  readonly param?: string;
  /** When asking again makes sense, in seconds. */
  readonly retryAfter?: number;
  /** Figures for programs, under the error's `mixtune` key. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A bug of ours. */
export const serverFailed: ApiError = {
  status: 500,
  code: 'internal_error',
  message: 'The server failed; its log tells why',
};

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** The body of an error answer, and the `data:` of one within a stream. */
export function errorBody({ status, code, message, param, details }: ApiError): object {
  return {
    error: {
      message,
      type:
        code === 'insufficient_quota'
          ? code
          : (types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')),
      param: param ?? null,
      code,
      ...defined({ mixtune: details }),
    },
  };
}

/** 499 is nobody's to see: the client has gone. */
export function shownStatus({ status }: ApiError): Exclude<ApiError['status'], 499> {
  return status === 499 ? 500 : status;
}

export function errorHeaders({ retryAfter }: ApiError): Record<string, string> {
  if (retryAfter === undefined) return {};
  const ms = Math.max(1, Math.ceil(retryAfter * 1000));
  return { 'retry-after': String(Math.ceil(ms / 1000)), 'retry-after-ms': String(ms) };
}

export function badRequest(message: string, param?: string, code = 'invalid_value'): ApiError {
  return { status: 400, code, message, ...defined({ param }) };
}

/** What a schema found wrong with a part of a request: its first fault. */
export function badInput(error: InputError): ApiError {
  const [issue] = error.issues;
  if (issue === undefined) return badRequest(error.message);
  const { path, expected, found, suggestion } = issue;
  const place = path === '' ? 'The body' : path;
  const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
  const told = found === undefined ? '' : `, found ${found}`;
  return badRequest(`${place}: expected ${expected}${told}${hint}`, path || undefined);
}
