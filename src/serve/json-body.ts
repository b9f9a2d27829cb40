import type { IncomingMessage } from 'node:http';
import { parsedJson } from '../core/json.ts';
import { isDeeperThan } from '../core/json-depth.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type ApiError, badRequest } from './api-error.ts';

/** Largest body of a request, in bytes, and deepest nesting in it. */
const largestBody = 4 * 2 ** 20;
const deepest = 64;

const tooLarge: ApiError = {
  status: 413,
  code: 'request_too_large',
  message: `The body is larger than ${largestBody} bytes`,
};

/** A request's body, read from Node itself without web streams in between. */
export async function readBody(incoming: IncomingMessage): Promise<Result<string, ApiError>> {
  if (Number(incoming.headers['content-length']) > largestBody) return err(tooLarge);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    // What is left of a body that is too large is for the server to pass over; the answer needs the connection.
    for await (const part of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > largestBody) return err(tooLarge);
      parts.push(part);
    }
  } catch (error) {
    if (incoming.complete) throw error;
    return err({ status: 499, code: 'client_gone', message: 'The request broke off' });
  }
  return ok(new TextDecoder().decode(Buffer.concat(parts)));
}

/** A request's JSON; what is nested deeper than any request is not parsed. */
export function parseJsonBody(text: string): Result<unknown, ApiError> {
  if (isDeeperThan(deepest, text)) return err(badRequest(`The body is nested deeper than ${deepest} levels`));
  const body = parsedJson(text);
  return body === undefined ? err(badRequest('The body is no JSON')) : ok(body);
}
