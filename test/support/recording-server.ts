import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server was sent, and what it answers: an OpenAI-compatible endpoint that keeps every header. */
export interface RecordingServer {
  readonly url: string;
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[];
  /** Pieces of an answer, each an event of its own; or an error's status and body. */
  answer: readonly string[] | { readonly status: number; readonly body: string };
  models: readonly string[];
  close(): Promise<void>;
}

export async function startRecordingServer(): Promise<RecordingServer> {
  const requests: RecordingServer['requests'] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      response.setHeader('content-type', 'application/json');
      if (request.url?.endsWith('/models') === true) {
        response.end(JSON.stringify({ data: started.models.map((id) => ({ id })) }));
        return;
      }
      const { answer } = started;
      if ('status' in answer) {
        response.statusCode = answer.status;
        response.end(answer.body);
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      const send = (event: unknown): void => void response.write(`data: ${JSON.stringify(event)}\n\n`);
      for (const content of answer) send({ choices: [{ delta: { content } }] });
      const usage = { prompt_tokens: 9, completion_tokens: 3 };
      send({ choices: [{ delta: {}, finish_reason: 'stop' }], usage });
      response.end('data: [DONE]\n\n');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const started: RecordingServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    answer: ['Paris or Rome'],
    models: ['a', 'b'],
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return started;
}
