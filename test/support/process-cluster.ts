import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { openJournalOf } from '../../src/run/journal/look-into-journal.ts';
import { type CliProcess, killAll, spawnCli } from './cli-process.ts';
import type { CountingEndpoint } from './counting-endpoint.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Workers and runs in processes of their own around one server, each of which may be killed. */
export interface ProcessCluster {
  readonly redis: TestRedis;
  /** Holds the runs' folders. */
  readonly folder: string;
  startWorker(): Promise<CliProcess>;
  tune(run: string, options: readonly string[]): CliProcess;
  resume(run: string): CliProcess;
  eventsOf(run: string): readonly RunEvent[];
  close(): Promise<void>;
}

export async function startProcessCluster(
  endpoint: CountingEndpoint,
  {
    models,
    slots,
    redisOptions,
  }: { readonly models: string; readonly slots: number; readonly redisOptions?: readonly string[] },
): Promise<ProcessCluster> {
  const redis = await startRedis(redisOptions);
  const folder = temporaryFolder('cluster');
  return {
    redis,
    folder,
    startWorker: async () => {
      const worker = spawnCli([
        ...['worker', '--join', redis.url, '--base-url', endpoint.url],
        ...['--concurrency', String(slots), '--gradings', '1'],
      ]);
      // It waits for a server that is away.
      await expect
        .poll(worker.text, { timeout: 600_000, interval: 50 })
        .toMatch(/^worker [0-9a-f]{16} at |answers at redis:/m);
      return worker;
    },
    tune: (run, options) =>
      spawnCli([
        ...['tune', 'code-challenge', '--base-url', endpoint.url, '--models', models],
        ...['--workers', redis.url, '--runs-dir', folder, '--run', run],
        ...['--no-report', '--no-cache', '--yes', '--json', ...options],
      ]),
    resume: (run) =>
      spawnCli(['resume', run, '--runs-dir', folder, '--workers', redis.url, '--no-report', '--json']),
    eventsOf: (run) => {
      const journal = openJournalOf(join(folder, run));
      try {
        return [...journal.events()];
      } finally {
        journal.close();
      }
    },
    close: async () => {
      killAll();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a run's journal says, beside what the endpoint has counted. */
export interface RunAccount {
  readonly cells: number;
  /** Calls in the journal, and requests that the endpoint had. */
  readonly dispatched: number;
  readonly asked: number;
  /** Calls that nobody knows more of, since the run died over them. */
  readonly lostWithRun: number;
  /** Failed calls, by code. */
  readonly failed: Readonly<Record<string, number>>;
}

/** What must hold of a run, whatever happened to it. @param asked requests that the endpoint counted for it */
export function checkAccount(
  events: readonly RunEvent[],
  { asked, maxCalls }: { readonly asked: number; readonly maxCalls: number },
): RunAccount {
  const finished = events.flatMap((event) => (event.kind === 'cell-finished' ? [event.cell] : []));
  expect(finished.length).toBeGreaterThan(0);
  expect(new Set(finished).size).toBe(finished.length);
  const dispatched = events.filter(({ kind }) => kind === 'call-dispatched').length;
  const lostWithRun = events.filter(({ kind }) => kind === 'call-lost').length;
  const failures = events.flatMap((event) => (event.kind === 'call-failed' ? [event.failure] : []));
  const failed: Record<string, number> = {};
  for (const { code, usage } of failures) {
    failed[code] = (failed[code] ?? 0) + 1;
    // At its worst case: an answer has 10 tokens or more.
    if (code === 'worker-lost') expect(usage?.outputTokens).toBeGreaterThan(10);
  }
  // Whatever was paid is in the journal; and what it holds beyond that is declared as lost.
  expect(dispatched).toBeGreaterThanOrEqual(asked);
  expect(asked).toBeGreaterThanOrEqual(dispatched - lostWithRun - failures.length);
  expect(dispatched).toBeLessThanOrEqual(maxCalls);
  expect(events.at(-1)).toMatchObject({ kind: 'phase-started', phase: 'done' });
  return { cells: finished.length, dispatched, asked, lostWithRun, failed };
}
