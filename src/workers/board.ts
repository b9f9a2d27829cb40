import { aheadMs, type ClockLook, lookAtClock } from './clocks.ts';
import { type JobAnswer, parseAs, type RunPresence, type WorkerPresence } from './job-schema.ts';
import type { Server } from './server.ts';

/** How often workers and runs say that they are there, in ms. */
export const beatMs = 3_000;
/** Who has said nothing for so long is taken to be gone, in ms. */
export const silentMs = 15_000;
const dayMs = 86_400_000;
/** Counts are kept so long after the last one. */
const countsMs = 30 * dayMs;

/** What is on a queue goes so long after the last run or worker that used it, in ms. */
export const queueMs = 3 * dayMs;
/** What BullMQ keeps of a queue, beside its jobs. */
const queueParts = ['active', 'completed', 'events', 'failed', 'id', 'marker', 'meta', 'stalled', 'wait'];

/** How long answers stay, in ms: until their run says that it has them, and a while after, for others that ask the same. */
const kept = { answered: 7 * dayMs, other: dayMs, refused: 60_000, settled: 10 * 60_000 } as const;

/** What others read of a worker or a run that is there. */
export type SeenPresence<Presence> = Presence & {
  /** Milliseconds that its clock is ahead of the server's. */
  readonly clockAheadMs: number;
};

/** Says that a worker is there. @param now milliseconds since 1970, as this machine has them */
export function sayWorker(
  server: Server,
  state: Omit<WorkerPresence, 'at'>,
  now: () => number,
): Promise<ClockLook> {
  return say(server, { kind: 'worker', id: state.worker }, state, now);
}

/** Says that a run is there. @param id its process: two runs may have one name */
export function sayRun(
  server: Server,
  id: string,
  state: Omit<RunPresence, 'at'>,
  now: () => number,
): Promise<ClockLook> {
  return say(server, { kind: 'run', id }, state, now);
}

async function say(
  server: Server,
  { kind, id }: { readonly kind: 'worker' | 'run'; readonly id: string },
  state: object,
  now: () => number,
): Promise<ClockLook> {
  const { redis, keys } = server;
  const where = keys[`${kind}s`];
  const look = await lookAtClock(redis, now);
  const { at, serverAt } = look;
  await redis
    .pipeline()
    .set(keys[kind](id), server.seal({ kind, id, where }, { ...state, at }), 'PX', silentMs)
    // By the server's clock: a machine whose date is wrong would take all others off.
    .zadd(where, serverAt, id)
    .zremrangebyscore(where, 0, serverAt - dayMs)
    .pexpire(where, dayMs)
    .exec();
  return look;
}

/** Says that queues are in use: BullMQ would keep what is on them for ever. */
export async function keepQueues({ redis, keys }: Server, names: Iterable<string>): Promise<void> {
  const pipeline = redis.pipeline();
  for (const name of names) for (const part of queueParts) pipeline.pexpire(keys.queue(name, part), queueMs);
  await pipeline.exec();
}

/** Takes a worker or a run off the board. */
export async function takeOff(server: Server, kind: 'worker' | 'run', id: string): Promise<void> {
  const { redis, keys } = server;
  await redis.pipeline().del(keys[kind](id)).zrem(keys[`${kind}s`], id).exec();
}

/** The workers that are there. What others wrote in their places is passed over. */
export function readWorkers(server: Server): Promise<SeenPresence<WorkerPresence>[]> {
  return readAll(server, 'worker');
}

export function readRuns(server: Server): Promise<SeenPresence<RunPresence>[]> {
  return readAll(server, 'run');
}

async function readAll<K extends 'worker' | 'run'>(
  server: Server,
  kind: K,
): Promise<SeenPresence<K extends 'worker' ? WorkerPresence : RunPresence>[]>;
async function readAll(
  { redis, keys, key }: Server,
  kind: 'worker' | 'run',
): Promise<SeenPresence<WorkerPresence | RunPresence>[]> {
  const where = keys[`${kind}s`];
  const found = await redis.zrange(where, '0', '-1', 'WITHSCORES');
  const ids = found.filter((_, at) => at % 2 === 0);
  if (ids.length === 0) return [];
  const sealed = await redis.mget(ids.map((id) => keys[kind](id)));
  return ids.flatMap((id, at) => {
    const opened = key.open({ kind, id, where }, sealed[at] ?? '');
    if (!opened.ok) return [];
    const parsed = parseAs(kind, opened.value.text);
    if (!parsed.ok) return [];
    const serverAt = Number(found[2 * at + 1]);
    return [{ ...parsed.value, clockAheadMs: aheadMs({ at: parsed.value.at, serverAt }) }];
  });
}

/** Whether a worker has been heard of lately. */
export async function isAlive({ redis, keys }: Server, worker: string): Promise<boolean> {
  return (await redis.exists(keys.worker(worker))) === 1;
}

/** The answers that there are, in the order of the ids. */
export async function readAnswers(
  { redis, keys, key }: Server,
  ids: readonly string[],
): Promise<(JobAnswer | undefined)[]> {
  if (ids.length === 0) return [];
  const sealed = await redis.mget(ids.map((id) => keys.answer(id)));
  return ids.map((id, at) => openAnswer({ keys, key }, id, sealed[at] ?? null));
}

function openAnswer(
  { keys, key }: Pick<Server, 'keys' | 'key'>,
  id: string,
  sealed: string | null,
): JobAnswer | undefined {
  if (sealed === null) return undefined;
  const opened = key.open({ kind: 'answer', id, where: keys.prefix }, sealed);
  if (!opened.ok) return undefined;
  const parsed = parseAs('answer', opened.value.text);
  return parsed.ok ? parsed.value : undefined;
}

/**
 * Keeps an answer unless there is one, and tells those who wait. What somebody without the key wrote in its place
 * is no answer.
 * @returns false where another came first.
 */
export async function giveAnswer(server: Server, id: string, answer: JobAnswer): Promise<boolean> {
  const { redis, keys } = server;
  const sealed = server.seal({ kind: 'answer', id, where: keys.prefix }, answer);
  const isPaid = answer.kind === 'call' && answer.outcome.kind === 'answered';
  const ms = isPaid ? kept.answered : answer.kind === 'refused' ? kept.refused : kept.other;
  let first = (await redis.set(keys.answer(id), sealed, 'PX', ms, 'NX')) === 'OK';
  if (!first) {
    const there = openAnswer(server, id, await redis.get(keys.answer(id)));
    if (there === undefined) {
      await redis.set(keys.answer(id), sealed, 'PX', ms);
      first = true;
    }
  }
  await tellAnswered(server, id);
  return first;
}

export async function tellAnswered({ redis, keys }: Server, id: string): Promise<void> {
  await redis.publish(keys.answered, id);
}

/** The run has the answer where nothing takes it away: it goes soon, an answer that was none at once. */
export async function letGo({ redis, keys }: Server, id: string, isAnswer: boolean): Promise<void> {
  if (isAnswer) await redis.pexpire(keys.answer(id), kept.settled);
  else await redis.del(keys.answer(id));
}

/** What is counted for `workers status`: calls begun by a worker that died, calls paid though another's answer came first, jobs refused. */
const countNames = ['lost', 'paidTwice', 'refused'] as const;
export type CountName = (typeof countNames)[number];

export async function count({ redis, keys }: Server, name: CountName): Promise<void> {
  await redis.pipeline().hincrby(keys.counts, name, 1).pexpire(keys.counts, countsMs).exec();
}

export async function readCounts({ redis, keys }: Server): Promise<Record<CountName, number>> {
  const found = await redis.hmget(keys.counts, ...countNames);
  const [lost = 0, paidTwice = 0, refused = 0] = found.map((text) => Number(text ?? 0));
  return { lost, paidTwice, refused };
}
