import { isIP } from 'node:net';
import { isLoopbackHost, nameInHost } from '../core/loopback.ts';
import type { ApiError } from '../models/api-error.ts';

/**
 * Whether a server without keys refuses a request. Every program of this machine may ask, and a browser is one: the
 * pages that it shows may not. A page of another site says where it is from (`Origin`), and one that has its own
 * name point here says that name (`Host`). A page cannot lie in either.
 */
export function refusedOrigin(host: string | undefined, origin: string | undefined): ApiError | undefined {
  if (host !== undefined && !isPrivateName(nameInHost(host))) return refusal('Host', host);
  if (origin !== undefined && !isOwnPage(origin)) return refusal('Origin', origin);
  return undefined;
}

/** `null`, the origin of nowhere, is no page of this machine. */
function isOwnPage(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackHost(new URL(origin).hostname);
}

/** A number, or a name that nobody can have in the public DNS, such as `host.docker.internal` in containers. */
function isPrivateName(name: string | undefined): boolean {
  if (name === undefined) return false;
  return isIP(name) !== 0 || /(?:^|\.)(?:localhost|internal)$/.test(name);
}

function refusal(header: string, found: string): ApiError {
  return {
    status: 403,
    code: 'not_local',
    message: `Without keys only programs of this machine may ask, and no web pages; found ${header} "${found.slice(0, 100)}" (mixtune serve key add NAME makes a key)`,
  };
}
