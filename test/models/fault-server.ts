import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat request as it came over the wire. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** How the server treats one request. */
export type Handler = (request: ReceivedRequest, response: ServerResponse) => void;

export interface FaultServer {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** Starts an OpenAI-like endpoint on a free port; `handler` sees every request to `/chat/completions`. */
export async function startFaultServer(handler: Handler): Promise<FaultServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const received = {
        headers: incoming.headers,
        body: JSON.parse(Buffer.concat(parts).toString() || '{}'),
      };
      requests.push(received);
      handler(received, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Treats the n-th request with the n-th handler, later ones with the last. */
export function inTurn(...handlers: readonly [Handler, ...Handler[]]): Handler {
  let next = 0;
  return (request, response) => (handlers[next++] ?? handlers.at(-1) ?? handlers[0])(request, response);
}

export const answers = {
  /** A well-formed answer, streamed or plain as the request asks. */
  ok:
    (text = 'hello world', extra: Record<string, unknown> = {}): Handler =>
    (request, response) =>
      request.body.stream === true
        ? answers.stream(
            ...pieces(text).map((piece) => delta({ content: piece })),
            finish('stop'),
            usageChunk,
          )(request, response)
        : answers.json(200, completion({ content: text }, extra))(request, response),

  json:
    (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    },

  error: (status: number, message: string, details: Record<string, unknown> = {}, headers = {}): Handler =>
    answers.json(status, { error: { message, ...details } }, headers),

  /** Server-sent events, ended by `[DONE]`. */
  stream:
    (...chunks: readonly unknown[]): Handler =>
    (_request, response) => {
      for (const chunk of chunks) event(response, chunk);
      response.end('data: [DONE]\n\n');
    },

  /** The events, then the connection is torn down. */
  cutStream:
    (...chunks: readonly unknown[]): Handler =>
    (_request, response) => {
      for (const chunk of chunks) event(response, chunk);
      // Lets what was written reach the client before the reset.
      setTimeout(() => response.socket?.destroy(), 5);
    },

  /** The events, then an orderly end without `[DONE]`. */
  shortStream:
    (...chunks: readonly unknown[]): Handler =>
    (_request, response) => {
      for (const chunk of chunks) event(response, chunk);
      response.end();
    },

  /** The events, then nothing more for ever. Without any, not even headers. */
  hang:
    (...chunks: readonly unknown[]): Handler =>
    (_request, response) => {
      for (const chunk of chunks) event(response, chunk);
    },

  /** The bytes as they are, as an event stream. */
  raw:
    (text: string): Handler =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(text);
    },

  reset: (): Handler => (_request, response) => {
    response.socket?.destroy();
  },
};

export const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 };

export function delta(part: Record<string, unknown>): unknown {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta: part, finish_reason: null }] };
}

export function finish(reason: string): unknown {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: reason }] };
}

export const usageChunk = { object: 'chat.completion.chunk', choices: [], usage };

export function completion(message: Record<string, unknown>, extra: Record<string, unknown> = {}): unknown {
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' };
  return { object: 'chat.completion', choices: [choice], usage, ...extra };
}

function event(response: ServerResponse, chunk: unknown): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}

function pieces(text: string): string[] {
  return text.split(/(?<= )/);
}
