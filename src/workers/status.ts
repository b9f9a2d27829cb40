import { type CountName, readCounts, readRuns, readWorkers, type SeenPresence } from './board.ts';
import { offerText } from './cluster.ts';
import type { RunPresence, WorkerPresence } from './job-schema.ts';
import type { Server } from './server.ts';

/** A cluster at one moment. */
export interface ClusterStatus {
  readonly queues: readonly {
    readonly name: string;
    /** What its workers offer; null where none of them is there. */
    readonly offer: string | null;
    readonly workers: number;
    readonly slots: number;
    readonly busy: number;
    readonly waiting: number;
  }[];
  readonly workers: readonly SeenPresence<WorkerPresence>[];
  readonly runs: readonly SeenPresence<RunPresence>[];
  readonly counts: Readonly<Record<CountName, number>>;
}

/** Who is there and what waits, as far as workers and runs tell it. */
export async function readStatus(server: Server): Promise<ClusterStatus> {
  const [workers, runs, counts] = await Promise.all([
    readWorkers(server),
    readRuns(server),
    readCounts(server),
  ]);
  const names = new Set([
    ...workers.flatMap(({ queues }) => queues.map(({ name }) => name)),
    ...runs.flatMap(({ waiting }) => Object.keys(waiting)),
  ]);
  const queues = await Promise.all(
    [...names].sort().map(async (name) => {
      const own = workers.flatMap(({ queues: of }) => of.filter((queue) => queue.name === name));
      const [first] = own;
      return {
        name,
        offer: first === undefined ? null : offerText(first.offer),
        workers: own.length,
        slots: own.reduce((sum, { slots }) => sum + slots, 0),
        busy: own.reduce((sum, { busy }) => sum + busy, 0),
        waiting: await server.redis.llen(server.keys.queue(name, 'wait')),
      };
    }),
  );
  return { queues, workers, runs, counts };
}
