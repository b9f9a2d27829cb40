import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { codeOf, InputError, MixtuneError, messageOf } from '../core/errors.ts';
import { connectionAdvice } from '../models/connection-advice.ts';
import type { ClusterKey, Place } from './cluster-key.ts';
import { openServer, type ServerUrl } from './server-url.ts';

/** How long the server may take to answer at first, in ms. */
const connectMs = 10_000;
/** What is sent again after a broken connection waits this long at most, in ms. */
const mostBetweenTriesMs = 2_000;
/** How long a last word to the server may take, in ms: while it is away nobody hears it. */
const partingMs = 2_000;
/** Events that BullMQ keeps of each queue; nobody reads them. */
const keptEvents = 100;

/** Keys of one cluster on a server. Two clusters on one server never meet: their keys begin otherwise. */
interface ServerKeys {
  /** Begins all keys, those of BullMQ included; in braces, so that they lie on one node of a Redis Cluster. */
  readonly prefix: string;
  readonly workers: string;
  readonly runs: string;
  /** Counts since the first day, by name. */
  readonly counts: string;
  /** Channel on which the ids of answered jobs are told. */
  readonly answered: string;
  answer(id: string): string;
  /** Who has begun the job that a sealed text is. */
  begun(mark: string): string;
  worker(id: string): string;
  run(id: string): string;
  /** What BullMQ keeps of a queue: one of its own words, or a job's name. */
  queue(name: string, part: string): string;
}

/** A connection to the server of a cluster. */
export interface Server {
  readonly url: ServerUrl;
  readonly key: ClusterKey;
  readonly keys: ServerKeys;
  readonly redis: Redis;
  /** True where it takes clients without the password of the URL. */
  readonly isOpen: boolean;
  /** A further connection, for what blocks or subscribes; closed with this one. */
  another(): Redis;
  queue(name: string): Queue;
  worker(
    name: string,
    serve: (job: { readonly data: unknown; readonly id?: string | undefined }) => Promise<void>,
    options: { readonly slots: number },
  ): Worker;
  /** Sealed for a place. */
  seal(place: Place, value: unknown): string;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly url: ServerUrl;
  readonly key: ClusterKey;
  /** What names the server on the command line, for errors. */
  readonly source: string;
  /** Told when the server no longer answers, and when it does again. */
  readonly onTrouble?: (trouble: string | undefined) => void;
}

/** Death of a worker: its lock runs out, the check finds it, and the job is done again by another. In ms. */
export const death = { lockMs: 30_000, checkMs: 10_000, stalls: 3 } as const;

/** @throws InputError where no server answers; MixtuneError where the packages are not installed. */
export async function connectServer(options: ServerOptions): Promise<Server> {
  const { url, key, source, onTrouble } = options;
  const { bull, ioredis } = await loadPackages(source);
  const redis = new ioredis.Redis(url.href, {
    lazyConnect: true,
    connectTimeout: connectMs,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 200, mostBetweenTriesMs),
  });
  const opened: Redis[] = [redis];
  // BullMQ makes connections of its own from this one, and ends them by a word to the server, which may be away.
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (changes) => {
    const further = duplicate(changes);
    opened.push(further);
    return further;
  };
  let reason: unknown;
  // Without a listener an error would end the process; commands wait for the connection to come back.
  redis.on('error', (error) => {
    reason = error;
  });
  try {
    await firstAnswer(redis);
    // Refused a data base, the connection would go on with another.
    if (reason !== undefined) throw reason;
  } catch (error) {
    redis.disconnect();
    // What `connect` throws says only that there is no connection.
    throw unreachable(source, url, reason ?? error);
  }
  const isOpen = await asksNoPassword(redis);
  if (isOpen && !url.mayBeOpen) {
    redis.disconnect();
    throw openServer(source, url.shown);
  }
  // Further connections would be warned of it by ioredis, each on the console.
  if (isOpen) redis.options.password = undefined;
  redis.on('close', () => onTrouble?.(`the server at ${url.shown} does not answer`));
  redis.on('ready', () => onTrouble?.(undefined));
  const keys = keysOf(key);
  // BullMQ would write its findings to the console; `doctor` looks for the same and more.
  const connection = { connection: redis, prefix: keys.prefix, skipVersionCheck: true };
  const closers: (() => Promise<unknown>)[] = [];
  return {
    url,
    key,
    keys,
    redis,
    isOpen,
    another: () => {
      const further = redis.duplicate();
      further.on('error', () => undefined);
      return further;
    },
    queue: (name) => {
      const queue = new bull.Queue(name, { ...connection, streams: { events: { maxLen: keptEvents } } });
      queue.on('error', () => undefined);
      closers.push(() => queue.close());
      return queue;
    },
    worker: (name, serve, { slots }) => {
      const worker = new bull.Worker(name, (job) => serve(job), {
        ...connection,
        // It begins once it knows that its clock is right.
        autorun: false,
        concurrency: slots,
        lockDuration: death.lockMs,
        stalledInterval: death.checkMs,
        // One that stalls more often than this fails, with the third.
        maxStalledCount: death.stalls - 1,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      });
      worker.on('error', () => undefined);
      return worker;
    },
    seal: (place, value) => key.seal(place, JSON.stringify(value)),
    close: async () => {
      await atMost(partingMs, Promise.allSettled(closers.map((close) => close())));
      for (const each of opened) each.disconnect();
    },
  };
}

/** How often what a server refuses to take is sent again, in ms. */
const refusedMs = 1_000;

/** Whether a server that is there takes nothing at present: its memory or disk is full, or it is still loading. */
function isFull(error: unknown): boolean {
  return /^(?:OOM|MISCONF|LOADING|READONLY|NOREPLICAS|CLUSTERDOWN|BUSY) /.test(messageOf(error));
}

/**
 * Sends a word until the server takes it: one that is full is waited for, as is one that is away.
 * @param onFull told each time that it is refused
 * @throws what else goes wrong, and the refusal once nobody waits any more
 */
export async function insist<Value>(
  send: () => Promise<Value>,
  { waits, onFull }: { readonly waits: () => boolean; readonly onFull?: (reason: string) => void },
): Promise<Value> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!isFull(error)) throw error;
      onFull?.(messageOf(error));
      await sleep(refusedMs);
      if (!waits()) throw error;
    }
  }
}

/** Waits for a last word to the server, as long as it may take; that it failed is no news. */
export function lastWord(word: Promise<unknown>, ms = partingMs): Promise<void> {
  return atMost(
    ms,
    word.catch(() => undefined),
  );
}

/** Waits for what a server that is away holds up, as long as it may take. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

function keysOf(key: ClusterKey): ServerKeys {
  const prefix = `{mixtune-${key.name(['cluster'], 12)}}`;
  const under =
    (kind: string) =>
    (id: string): string =>
      `${prefix}:${kind}:${id}`;
  return {
    prefix,
    workers: `${prefix}:workers`,
    runs: `${prefix}:runs`,
    counts: `${prefix}:counts`,
    answered: `${prefix}:answered`,
    answer: under('answer'),
    begun: under('begun'),
    worker: under('worker'),
    run: under('run'),
    queue: (name, part) => `${prefix}:${name}:${part}`,
  };
}

async function firstAnswer(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), connectMs);
  });
  try {
    await Promise.race([redis.connect().then(() => redis.ping()), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the server has no password, and yet was given one. */
async function asksNoPassword(redis: Redis): Promise<boolean> {
  const { username, password } = redis.options;
  if (!password || username) return false;
  try {
    await redis.auth(password);
    return false;
  } catch (error) {
    return /no password is set|without any password configured/.test(messageOf(error));
  }
}

function unreachable(source: string, url: ServerUrl, error: unknown): InputError {
  return new InputError(source, {
    expected: `a Redis or Valkey server that answers at ${url.shown}`,
    found: isOtherProtocol(error)
      ? 'an answer in another protocol'
      : messageOf(error).replaceAll(url.href, url.shown) + connectionAdvice(codeOf(error) ?? ''),
  });
}

/** What ioredis says of a server that is none of its kind, such as one for HTTP. */
function isOtherProtocol(error: unknown): boolean {
  return messageOf(error).includes('RESP type');
}

async function loadPackages(source: string) {
  try {
    const [bull, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bull, ioredis };
  } catch (cause) {
    throw new MixtuneError(
      'not-installed',
      `${source} needs the packages bullmq and ioredis, which are not installed: npm install bullmq@6 ioredis@6`,
      { cause },
    );
  }
}
