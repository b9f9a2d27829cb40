import { hostname } from 'node:os';
import { listen } from '../models/http-server.ts';
import { createUiApp, type UiAppOptions } from './app.ts';
import { namesOf } from './doors.ts';

export interface UiServerOptions extends Omit<UiAppOptions, 'answersTo' | 'ended'> {
  /** 0 takes any free port. */
  readonly port: number;
  /** `127.0.0.1`: this machine only. */
  readonly host: string;
}

export interface UiServer {
  /** Without the token: `http://127.0.0.1:8123/`. */
  readonly url: string;
  close(): Promise<void>;
}

/** How long a server that ends waits for pages to read what there is, in ms. */
const lastWordsMs = 1_000;

/** Serves the page and its data. @throws what the system says when the port cannot be had */
export async function startUiServer(options: UiServerOptions): Promise<UiServer> {
  const { port, host } = options;
  const ended = new AbortController();
  const app = createUiApp({ ...options, answersTo: namesOf(host, hostname()), ended: ended.signal });
  const { server, origin } = await listen(app.fetch, host, port);
  return {
    url: `${origin}/`,
    close: async () => {
      ended.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const open = new AbortController();
      // Pages that watch a run are told how it stands, and their connections end by themselves.
      await Promise.race([closed, options.clock.sleep(lastWordsMs, open.signal).catch(() => undefined)]);
      open.abort(new Error('closed'));
      server.closeAllConnections();
      await closed;
      await options.shelf.close();
    },
  };
}
