import type { Server } from 'node:http';
import { onAbort } from '../core/abort.ts';
import { abortAfter, type Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { Rng } from '../core/rng.ts';
import { listen } from '../models/http-server.ts';
import type { ProviderLimits } from '../run/calls/traffic.ts';
import { AdaptLog } from './adapt-log.ts';
import { Adaptation } from './adaptation.ts';
import { createApp } from './app.ts';
import type { Front } from './catalogue.ts';
import type { KeyEntry } from './keys.ts';
import { ServeMetrics } from './serve-metrics.ts';
import { ChatService } from './service.ts';
import { StateHealth } from './state-health.ts';
import type { ServeStore } from './store.ts';
import { Upstream } from './upstream.ts';

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** What is served; asked at every request, so that it may change. */
  readonly front: () => Front;
  /** Who may ask; `undefined`: anybody who reaches the port. */
  readonly keys: () => readonly KeyEntry[] | undefined;
  readonly store: ServeStore;
  readonly clock: Clock;
  readonly today: () => Date;
  /** Names requests; must not repeat. */
  readonly newId: () => string;
  readonly rng: Rng;
  /** Requests answered at once. Default 64. */
  readonly maxInFlight?: number;
  /** Requests that may wait beyond that. Default four times as many. */
  readonly maxQueued?: number;
  /** Model calls in flight at once. Default 256. */
  readonly concurrency?: number;
  /** Seconds after which the best candidate so far is the answer. Default 120. */
  readonly deadline?: number;
  /** US dollars that all requests may cost in a day (UTC). Default: no limit. */
  readonly maxUsdDay?: number;
  /** Learns from feedback which member answers. Default: the run's figures decide. */
  readonly adapt?: {
    /** Share of the requests that may leave the champion, 0..1. */
    readonly explore: number;
    /** Decides what is tried. */
    readonly rng: Rng;
  };
  /** Of the providers' keys. */
  readonly limits?: ProviderLimits;
  readonly onNotice?: (text: string) => void;
  readonly onBug?: (error: unknown) => void;
}

interface DrainOptions {
  /** Seconds for which requests are still taken, so that whoever routes them notices. */
  readonly delay: number;
  /** Seconds that running answers have after that. */
  readonly patience: number;
}

export interface ServeServer {
  /** The base URL that clients want, e.g. `http://127.0.0.1:8400/v1`. */
  readonly url: string;
  readonly port: number;
  /** Requests being answered and waiting. */
  load(): { readonly inFlight: number; readonly queued: number };
  /** Ends politely: no new work after a while, running answers to their end or an error in the stream. */
  drain(options: DrainOptions): Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

/**
 * Serves configs as an OpenAI-compatible endpoint.
 * @throws what the system says when the port cannot be had
 */
export async function startServeServer(options: ServeOptions): Promise<ServeServer> {
  const { port, host = '127.0.0.1', store, clock, maxInFlight = 64, concurrency = 256 } = options;
  const { onNotice, onBug = () => undefined } = options;
  const stop = new AbortController();
  const metrics = new ServeMetrics({
    inFlight: () => service.places.load.inFlight,
    queued: () => service.places.load.queued,
  });
  const upstream = new Upstream({
    ...{ clock, concurrency, rng: options.rng },
    onCall: (request, outcome, ms) => metrics.called(request, outcome, ms),
    ...defined({ limits: options.limits }),
    ...defined({ onNotice }),
  });
  const adaptation =
    options.adapt === undefined
      ? undefined
      : new Adaptation({ ...options.adapt, log: new AdaptLog(store), today: options.today });
  const health = new StateHealth({ store, now: () => clock.now(), onTrouble: onBug, onNotice });
  const service: ChatService = new ChatService({
    ...{ front: options.front, upstream, store, health, metrics, clock, today: options.today },
    ...{ newId: options.newId, rng: options.rng, maxInFlight },
    maxQueued: options.maxQueued ?? 4 * maxInFlight,
    onBug,
    deadline: options.deadline ?? 120,
    ...defined({ maxUsdDay: options.maxUsdDay, adaptation }),
  });
  const app = createApp({
    ...{ service, front: options.front, store, health, metrics, clock, today: options.today },
    ...{ keys: options.keys, stop: stop.signal, onBug },
    ...defined({ adaptation }),
  });
  const { server, origin, port: bound, close } = await listen(app.fetch, host, port);
  return {
    url: `${origin}/v1`,
    port: bound,
    load: () => service.places.load,
    drain: async ({ delay, patience }) => {
      service.places.announceDrain();
      await clock.sleep(delay * 1000);
      service.places.close();
      const patient = abortAfter(clock, patience * 1000);
      onAbort(patient.signal, () => stop.abort());
      await service.places.idle();
      patient.cancel();
      upstream.close();
      await closedAfterLastWrites(server, clock);
    },
    close: async () => {
      service.places.close();
      stop.abort();
      upstream.close();
      await close();
    },
  };
}

/** How long a client may take to read the end of an answer that is through, and how often is looked; in ms. */
const lastWritesMs = 5_000;
const lookMs = 20;

/** Answers that are through may still be being written. */
async function closedAfterLastWrites(server: Server, clock: Clock): Promise<void> {
  let isClosed = false;
  const ended = new Promise<void>((resolve) => server.close(() => resolve())).then(() => {
    isClosed = true;
  });
  for (let waited = 0; !isClosed && waited < lastWritesMs; waited += lookMs) {
    server.closeIdleConnections();
    await Promise.race([ended, clock.sleep(lookMs)]);
  }
  server.closeAllConnections();
  await ended;
}
