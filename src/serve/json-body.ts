import { isDeeperThan } from '../core/json-depth.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type ApiError, badRequest } from './api-error.ts';

/** Largest body of a request, in bytes, and deepest nesting in it. */
export const largestBody = 4 * 2 ** 20;
const deepest = 64;

export const tooLarge: ApiError = {
  status: 413,
  code: 'request_too_large',
  message: `The body is larger than ${largestBody} bytes`,
};

/** A request's JSON; what is nested deeper than any request is not parsed. */
export function parseJsonBody(text: string): Result<unknown, ApiError> {
  if (isDeeperThan(deepest, text)) return err(badRequest(`The body is nested deeper than ${deepest} levels`));
  try {
    return ok(JSON.parse(text));
  } catch {
    return err(badRequest('The body is no JSON'));
  }
}
