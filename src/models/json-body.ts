import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { parsedJson } from '../core/json.ts';
import { isDeeperThan } from '../core/json-depth.ts';
import { err, ok, type Result } from '../core/result.ts';
import { type ApiError, badRequest } from './api-error.ts';

/** How many times the largest body is read to its end and dropped: a client that still writes hears no answer. */
const passedOver = 16;

/** Deepest nesting in a request's body. */
const deepest = 64;

/**
 * A request's body, read from Node itself without web streams in between.
 * @param largest in bytes
 */
export async function readBody(
  incoming: IncomingMessage,
  largest = 4 * 2 ** 20,
): Promise<Result<string, ApiError>> {
  const message = `The body is larger than ${largest} bytes`;
  const tooLarge: ApiError = { status: 413, code: 'request_too_large', message };
  const most = passedOver * largest;
  if (Number(incoming.headers['content-length']) > most) return err(tooLarge);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    // What is left of a body that is larger still is for the server to pass over, which ends the connection soon.
    for await (const part of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > most) return err(tooLarge);
      if (size <= largest) parts.push(part);
      else parts.length = 0;
    }
    if (size > largest) return err(tooLarge);
  } catch (error) {
    if (incoming.complete) throw error;
    return err({ status: 499, code: 'client_gone', message: 'The request broke off' });
  }
  const body = Buffer.concat(parts);
  // Decoded all the same, a question would hold other characters than its client meant.
  if (!isUtf8(body)) return err(badRequest('The body is no UTF-8'));
  return ok(new TextDecoder().decode(body));
}

/** A request's JSON; what is nested deeper than any request is not parsed. */
export function parseJsonBody(text: string): Result<unknown, ApiError> {
  if (isDeeperThan(deepest, text)) return err(badRequest(`The body is nested deeper than ${deepest} levels`));
  const body = parsedJson(text);
  return body === undefined ? err(badRequest('The body is no JSON')) : ok(body);
}

/** A field of a request that may be absent; clients send null for it, too. */
export const nullish = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);
