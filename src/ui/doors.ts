import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { isLoopback, nameInHost } from '../core/loopback.ts';
import type { ApiTrouble } from '../report/view-model/api.ts';

export interface Doors {
  /** Whoever asks for data shows it as `Authorization: Bearer …`. */
  readonly token: string;
  /** Whether the server may be asked under a name (or address), without port. */
  readonly answersTo: (name: string) => boolean;
}

/** Sent with everything. */
const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  // What a page of another site could do with this one in a frame or window.
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Lets in only the page itself. A local server can be reached by every web site that the user visits: by
 * requests from its scripts (they have an `Origin`, or `Sec-Fetch-Site` of another site), and by a name that
 * leads to this machine (`Host`). Neither has the token, which is checked besides.
 */
export function guardDoors({ token, answersTo }: Doors): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    const refuse = (status: 401 | 403 | 405 | 415, trouble: string): Response =>
      context.json({ trouble } satisfies ApiTrouble, status, headers);
    const host = req.header('host') ?? '';
    if (!answersTo(nameInHost(host) ?? '')) return refuse(403, 'This server does not answer to that name.');
    const origin = req.header('origin');
    if (origin !== undefined && origin !== `http://${host}`)
      return refuse(403, 'This server answers to its own page only.');
    if (req.method !== 'GET' && req.method !== 'POST')
      return refuse(405, 'Only GET and POST are known here.');
    if (isUnder(req.path, '/api')) {
      const site = req.header('sec-fetch-site') ?? 'none';
      if (site !== 'same-origin' && site !== 'none')
        return refuse(403, 'This server answers to its own page only.');
      if (!isToken(req.header('authorization'), token))
        return refuse(
          401,
          'The token of this page is not known to the server, which may have been started anew: open the address that mixtune ui prints.',
        );
      if (req.method === 'POST' && !/^application\/json\s*(;|$)/i.test(req.header('content-type') ?? ''))
        return refuse(415, 'Bodies are JSON, with content-type: application/json.');
    }
    await next();
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
    return undefined;
  };
}

/**
 * The names under which a server that listens at an address is asked for. Beyond this machine that is any address
 * in figures too, since no other site's name is one.
 */
export function namesOf(address: string, ownName: string): Doors['answersTo'] {
  if (isLoopback(address)) return isLoopback;
  return (name) => isLoopback(name) || isIP(name) !== 0 || name === address || name === ownName.toLowerCase();
}

function isToken(authorization: string | undefined, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(authorization ?? ''), hash(`Bearer ${token}`));
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
