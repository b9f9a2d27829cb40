import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request for an answer, as it came. */
export interface CountedRequest {
  readonly body: string;
  /** Times in ms since 1970: when it came, and when it was answered whole or its client went away. */
  readonly at: number;
  endedAt?: number;
  end?: 'answered' | 'refused' | 'broken';
}

/** An endpoint that answers after a while, or has another answer, and counts what it is asked. */
export interface CountingEndpoint {
  readonly url: string;
  /** Requests that came, and those that were answered whole. */
  readonly counts: { asked: number; answered: number };
  /** Keys that the requests carried. */
  readonly keys: Set<string>;
  /** Times (ms) at which requests came. */
  readonly times: number[];
  readonly requests: CountedRequest[];
  close(): Promise<void>;
}

/** Each answer is of 10 tokens for 20, and a function of the request alone. */
export async function startCountingEndpoint({
  delayMs = 0,
  refuse = () => false,
  textOf = (seed) => `answer ${seed % 7}`,
  forwardTo,
}: {
  readonly delayMs?: number;
  /** The answer to a request with this seed. */
  readonly textOf?: (seed: number) => string;
  /** Whether a request at this time (ms) is refused with 429. */
  readonly refuse?: (at: number) => boolean;
  /** URL of the endpoint that answers in place of this one. */
  readonly forwardTo?: string;
} = {}): Promise<CountingEndpoint> {
  const counts = { asked: 0, answered: 0 };
  const keys = new Set<string>();
  const times: number[] = [];
  const requests: CountedRequest[] = [];
  const models = ['tiny', 'small'].map((id) => ({ id, object: 'model', owned_by: 'tests' }));
  const server: Server = createServer((request, response) => {
    if (request.method === 'GET') {
      if (forwardTo !== undefined) return void forward(forwardTo, request, undefined, response);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', data: models }));
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      counts.asked++;
      times.push(performance.now());
      keys.add(request.headers.authorization ?? '');
      if (refuse(performance.now())) {
        response.statusCode = 429;
        response.end('{"error":{"message":"too many requests"}}');
        return;
      }
      const body = Buffer.concat(pieces).toString();
      const counted: CountedRequest = { body, at: Date.now() };
      requests.push(counted);
      response.on('finish', () => {
        counts.answered++;
        const end = response.statusCode === 200 ? 'answered' : 'refused';
        Object.assign(counted, { end, endedAt: Date.now() });
      });
      response.on('close', () => {
        if (counted.end === undefined) Object.assign(counted, { end: 'broken', endedAt: Date.now() });
      });
      if (forwardTo === undefined) setTimeout(() => answer(body), delayMs);
      else void forward(forwardTo, request, body, response);
    });
    const answer = (body: string): void => {
      const asked = JSON.parse(body) as { stream?: boolean; seed?: number };
      const text = textOf(asked.seed ?? 0);
      const usage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
      if (asked.stream !== true) {
        response.setHeader('content-type', 'application/json');
        const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
        response.end(JSON.stringify({ id: 'x', object: 'chat.completion', choices, usage }));
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      const chunk = (value: object): void => {
        response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...value })}\n\n`);
      };
      chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: null }] });
      chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      chunk({ choices: [], usage });
      response.end('data: [DONE]\n\n');
    };
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    counts,
    keys,
    times,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Has another endpoint answer; a client that goes away breaks off there, too. */
async function forward(
  to: string,
  { method = 'GET', url = '', headers }: IncomingMessage,
  body: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const { authorization = '' } = headers;
  try {
    const answer = await fetch(to.replace(/\/v1$/, url), {
      method,
      headers: { 'content-type': 'application/json', authorization },
      signal: gone.signal,
      ...(body === undefined ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    for await (const piece of answer.body ?? []) response.write(piece);
    response.end();
  } catch {
    response.destroy();
  }
}
