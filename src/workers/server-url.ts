import { InputError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

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
  if (url === null || !isServer(url)) {
    const hasPassword = text.includes('@');
    const hint = hasPassword ? ' (in a password %23 for #, %25 for %, %2F for /, %3F for ?, %40 for @)' : '';
    throw new InputError(source, {
      expected: `the URL of a Redis or Valkey server such as redis://${hasPassword ? ':PASSWORD@' : ''}127.0.0.1:6379/0${hint}`,
      found: redactUrl(text),
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

/** For a command line to be typed again: a word stands where the password did, which nothing prints. */
export function typedServerUrl(text: string): string {
  if (!URL.canParse(text)) return 'URL';
  const url = new URL(text);
  // A name alone may be a password in the wrong place.
  if (url.password === '' && url.username !== '') url.username = '';
  else if (url.password === '') return url.href;
  url.password = 'PASSWORD';
  return url.href;
}

/** Another path would be taken for database 0, other words behind it for options of the connection. */
function isServer({ protocol, hostname, pathname, search, hash, username, password }: URL): boolean {
  return (
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^\/?$|^\/\d{1,6}$/.test(pathname) &&
    /^(\?family=[046])?$/.test(search) &&
    hash === '' &&
    isEncoded(username) &&
    isEncoded(password)
  );
}

/** Whether each % begins the code of a character. */
function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** A server beyond this machine that takes anybody. */
export function openServer(source: string, shown: string): InputError {
  return new InputError(source, {
    expected:
      'a server beyond this machine to have a password (redis://:PASSWORD@host) or TLS (rediss://), or --insecure',
    found: shown,
  });
}
