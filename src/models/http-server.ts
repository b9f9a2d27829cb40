import { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';

/** A server of this program at its port. */
export interface ListeningServer {
  readonly server: Server;
  readonly port: number;
  /** `http://127.0.0.1:8123`. */
  readonly origin: string;
  /** Ends at once, open connections too. */
  close(): Promise<void>;
}

/**
 * Lets an app answer at a port. @param port 0 for any that is free
 * @throws what the system says when the port cannot be had
 */
export async function listen(
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'],
  host: string,
  port: number,
): Promise<ListeningServer> {
  const server = createAdaptorServer({ fetch });
  if (!(server instanceof Server)) throw new TypeError('listen: expected a server of HTTP/1.1');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    server,
    port: bound,
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
