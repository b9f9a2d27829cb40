import { InputError } from '../core/errors.ts';
import { redact } from '../core/redact.ts';

/** A Redis or Valkey server, as a URL names it. */
export interface ServerUrl {
  /** As given, with its password. */
  readonly href: string;
  /** For people, without the password. */
  readonly shown: string;
  readonly host: string;
  readonly loopback: boolean;
  readonly tls: boolean;
  readonly password: boolean;
  /** Whether a server there may be one that takes anybody. */
  readonly mayBeOpen: boolean;
}

/**
 * Reads `redis://:password@host:6379/0` (`rediss://` for TLS).
 * @throws InputError for a text that is none, and for a server beyond this machine that anybody in between could
 *   use, having neither password nor TLS.
 */
export function readServerUrl(
  text: string,
  { source, insecure = false }: { readonly source: string; readonly insecure?: boolean },
): ServerUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  // Another path would be taken for database 0, or fail somewhere inside.
  const isServer =
    url !== null &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    /^\/?$|^\/\d{1,6}$/.test(url.pathname);
  if (!isServer) {
    throw new InputError(source, {
      path: '',
      expected: 'the URL of a Redis or Valkey server such as redis://127.0.0.1:6379/0',
      found: redact(text),
    });
  }
  const tls = url.protocol === 'rediss:';
  const password = url.password !== '';
  const loopback =
    url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname);
  const shown = `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  const mayBeOpen = loopback || tls || insecure;
  if (!mayBeOpen && !password) throw openServer(source, shown);
  return { href: text, shown, host: url.hostname, loopback, tls, password, mayBeOpen };
}

/** A server beyond this machine that takes anybody. */
export function openServer(source: string, shown: string): InputError {
  return new InputError(source, {
    path: '',
    expected:
      'a server beyond this machine to have a password (redis://:PASSWORD@host) or TLS (rediss://), or --insecure',
    found: shown,
  });
}
