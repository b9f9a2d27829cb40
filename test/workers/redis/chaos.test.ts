import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { openJournalOf } from '../../../src/run/look-into-journal.ts';
import { type CliProcess, killAll, spawnCli } from '../../support/cli-process.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { exhaustive } from '../../support/thorough.ts';

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

describe.skipIf(noRedis !== undefined)(
  `a run whose workers die (${noRedis ?? 'over a redis-server'})`,
  () => {
    let redis: TestRedis;
    let endpoint: CountingEndpoint;
    let folder: string;

    beforeAll(async () => {
      redis = await startRedis();
      // Programs that score something, or nothing.
      const textOf = (seed: number): string =>
        `\`\`\`python\ndef calculate_user_metrics(users, start_date, end_date):\n    return {"n": ${seed % 5}}\n\`\`\``;
      endpoint = await startCountingEndpoint({ delayMs: 400, textOf });
      folder = mkdtempSync(join(tmpdir(), 'mixtune-chaos-'));
    });
    afterAll(async () => {
      killAll();
      await endpoint.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const startWorker = async (): Promise<CliProcess> => {
      const worker = spawnCli([
        ...['worker', '--join', redis.url, '--base-url', endpoint.url],
        ...['--concurrency', '6', '--gradings', '1'],
      ]);
      await expect.poll(worker.text, { timeout: 120_000, interval: 50 }).toMatch(/^worker [0-9a-f]{16} at /m);
      return worker;
    };
    const tune = (run: string, maxCalls: number): CliProcess =>
      spawnCli([
        ...[
          'tune',
          'code-challenge',
          '--base-url',
          endpoint.url,
          '--models',
          'tiny,small',
          '--workers',
          redis.url,
        ],
        ...['--runs-dir', folder, '--run', run, '--max-calls', String(maxCalls), '--concurrency', '12'],
        ...['--no-report', '--no-cache', '--yes', '--json'],
      ]);
    const resume = (run: string): CliProcess =>
      spawnCli(['resume', run, '--runs-dir', folder, '--workers', redis.url, '--no-report', '--json']);
    const eventsOf = (run: string): readonly RunEvent[] => {
      const journal = openJournalOf(join(folder, run));
      try {
        return [...journal.events()];
      } finally {
        journal.close();
      }
    };

    /** What must hold of a run, whatever happened to it. */
    const check = (
      run: string,
      { maxCalls, askedBefore }: { maxCalls: number; askedBefore: number },
    ): void => {
      const events = eventsOf(run);
      const finished = events.flatMap((event) => (event.kind === 'cell-finished' ? [event.cell] : []));
      expect(finished.length).toBeGreaterThan(0);
      expect(new Set(finished).size).toBe(finished.length);
      const dispatched = events.filter(({ kind }) => kind === 'call-dispatched').length;
      const lost = events.filter(({ kind }) => kind === 'call-lost').length;
      const failed = events.flatMap((event) => (event.kind === 'call-failed' ? [event.failure] : []));
      const deaths = failed.filter(({ code }) => code === 'worker-lost');
      for (const { usage } of deaths) expect(usage?.outputTokens).toBeGreaterThan(10);
      const asked = endpoint.counts.asked - askedBefore;
      // Whatever was paid is in the journal; and what it holds beyond that is declared as lost.
      expect(dispatched).toBeGreaterThanOrEqual(asked);
      expect(asked).toBeGreaterThanOrEqual(dispatched - lost - failed.length);
      expect(dispatched).toBeLessThanOrEqual(maxCalls);
    };

    it('ends as one on one machine does, though a worker and the run itself are killed', async () => {
      const maxCalls = 160;
      const askedBefore = endpoint.counts.asked;
      const [first] = [await startWorker(), await startWorker()];
      const killed = tune('chaos', maxCalls);
      await expect
        .poll(() => endpoint.counts.asked - askedBefore, { timeout: 120_000, interval: 20 })
        .toBeGreaterThan(30);
      first.child.kill('SIGKILL');
      await expect
        .poll(() => endpoint.counts.asked - askedBefore, { timeout: 120_000, interval: 20 })
        .toBeGreaterThan(60);
      killed.child.kill('SIGKILL');
      await killed.ended;
      // What was begun is answered, whether or not anybody waits.
      await expect
        .poll(() => endpoint.counts.asked - endpoint.counts.answered, { timeout: 60_000 })
        .toBeLessThan(7);
      const again = resume('chaos');
      expect(await again.ended, again.text()).toBe(0);
      check('chaos', { maxCalls, askedBefore });
      killAll();
    });

    it.runIf(exhaustive)(
      'holds through twenty runs of kills, stops and outages',
      { timeout: 14_400_000 },
      async () => {
        for (let round = 0; round < Number(process.env.CHAOS_ROUNDS ?? 20); round++) {
          const run = `long-${round}`;
          const maxCalls = 1_500;
          const askedBefore = endpoint.counts.asked;
          const workers = await Promise.all([startWorker(), startWorker(), startWorker(), startWorker()]);
          let job = tune(run, maxCalls);
          let ended = false;
          const follow = (process: CliProcess): void => {
            void process.ended.then((code) => {
              if (code !== 'SIGKILL') ended = true;
            });
          };
          follow(job);
          for (let step = 1; !ended && step < 120; step++) {
            await seconds(5);
            const at = Math.floor(Math.random() * workers.length);
            workers[at]?.child.kill('SIGKILL');
            workers[at] = await startWorker();
            if (step === 3 || step === 9) {
              redis.process.kill('SIGSTOP');
              await seconds(20);
              redis.process.kill('SIGCONT');
            }
            if (step === 5) {
              const [stopped] = workers;
              stopped?.child.kill('SIGSTOP');
              void seconds(60).then(() => stopped?.child.kill('SIGCONT'));
            }
            if (step === 7 && !ended) {
              job.child.kill('SIGKILL');
              await job.ended;
              job = resume(run);
              follow(job);
            }
          }
          expect(await job.ended, job.text()).toBe(0);
          check(run, { maxCalls, askedBefore });
          killAll();
        }
      },
    );
  },
);
