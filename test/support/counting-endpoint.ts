import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint that answers after a while and counts what it is asked. */
export interface CountingEndpoint {
  readonly url: string;
  /** Requests that came, and those that were answered whole. */
  readonly counts: { asked: number; answered: number };
  /** Keys that the requests carried. */
  readonly keys: Set<string>;
  /** Times (ms) at which requests came. */
  readonly times: number[];
  close(): Promise<void>;
}

/** Each answer is of 10 tokens for 20, and a function of the request alone. */
export async function startCountingEndpoint({
  delayMs = 0,
  refuse = () => false,
  textOf = (seed) => `answer ${seed % 7}`,
}: {
  readonly delayMs?: number;
  /** The answer to a request with this seed. */
  readonly textOf?: (seed: number) => string;
  /** Whether a request at this time (ms) is refused with 429. */
  readonly refuse?: (at: number) => boolean;
} = {}): Promise<CountingEndpoint> {
  const counts = { asked: 0, answered: 0 };
  const keys = new Set<string>();
  const times: number[] = [];
  const models = ['tiny', 'small'].map((id) => ({ id, object: 'model', owned_by: 'tests' }));
  const server: Server = createServer((request, response) => {
    if (request.method === 'GET') {
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
      setTimeout(() => answer(body), delayMs);
    });
    const answer = (body: string): void => {
      const asked = JSON.parse(body) as { stream?: boolean; seed?: number };
      const text = textOf(asked.seed ?? 0);
      const usage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
      response.on('finish', () => counts.answered++);
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
