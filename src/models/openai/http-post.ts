import { Agent, globalAgent, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import { pipeline } from 'node:stream';
import { constants, createBrotliDecompress, createUnzip } from 'node:zlib';
import { isRecord } from '../../core/records.ts';

/** What of a response is read; the platform's `Response` is one, too. */
export interface Reply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ReplyHeaders;
  readonly body: AsyncIterable<Uint8Array> | null;
}

export type ReplyHeaders = Pick<Headers, 'get'>;

interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the request and the reading of its response. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request once and hands back the response when its head is there. Redirects are not followed. What stands
 * in the way of a response is thrown, with the system's code.
 */
export type Post = (url: string, posting: Posting) => Promise<Reply>;

/** How long a connection may take to come about, in ms. */
const connectMs = 10_000;
/** A connection that nothing uses is closed after so many ms: a server may be about to do it, and servers do after five seconds. */
const idleMs = 4_000;

/** Where Node goes through the environment's proxies (NODE_USE_ENV_PROXY), as its fetch then does, an own agent does too. */
function proxies(): { readonly proxyEnv?: unknown } {
  const options = 'options' in globalAgent ? globalAgent.options : undefined;
  return isRecord(options) ? { proxyEnv: options.proxyEnv } : {};
}

const shared = { keepAlive: true, timeout: idleMs, maxFreeSockets: 1024, ...proxies() };
const agent = new Agent(shared);
const secureAgent = new SecureAgent(shared);

/**
 * Whoever waits is told by the request. A connection that is ended between the last byte of a response and its return
 * to the agent has no other listener, and Node would end the process.
 */
const heardElsewhere = (): void => undefined;

/** Over the http module of Node, which takes a third of the processor time of its fetch. */
export const postByHttp: Post = async (url, { headers, body, signal }) => {
  const isSecure = url.startsWith('https:');
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal,
    agent: isSecure ? secureAgent : agent,
  };
  const request = isSecure ? requestSecure(url, options) : requestPlain(url, options);
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      socket.on('error', heardElsewhere);
      const timer = setTimeout(() => {
        const late = new Error(`no connection came about in ${connectMs / 1000} s`);
        request.destroy(Object.assign(late, { code: 'ETIMEDOUT' }));
      }, connectMs);
      socket.once('connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    });
    request.end(body);
  });
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: {
      get: (name) => {
        const value = message.headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    body: unpacked(message),
  };
};

/** Nothing is asked for in a packed form, and some servers send it all the same. */
function unpacked(message: IncomingMessage): AsyncIterable<Uint8Array> {
  const encoding = message.headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || !['gzip', 'x-gzip', 'deflate', 'br'].includes(encoding)) return message;
  const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  const unpacking = encoding === 'br' ? createBrotliDecompress() : createUnzip(flush);
  // Whoever reads is told of what goes wrong.
  pipeline(message, unpacking, () => undefined);
  return unpacking;
}

/**
 * Over a given fetch. The platform's sends a request again by itself when it is answered with 421, unless its body is
 * a stream; what nobody has admitted must not leave.
 */
export function postByFetch(fetch: typeof globalThis.fetch): Post {
  return (url, { headers, body, signal }) => {
    const bytes = new Blob([body]);
    const length = { 'content-length': String(bytes.size) };
    // By a name of its own: a browser's types, with which the page's tests are checked, do not know it.
    const sending = { duplex: 'half' } as const;
    return fetch(url, {
      method: 'POST',
      headers: { ...headers, ...length },
      body: bytes.stream(),
      redirect: 'manual',
      signal,
      ...sending,
    });
  };
}
