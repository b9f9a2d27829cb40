import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CountingEndpoint, startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { checkAccount, type ProcessCluster, startProcessCluster } from '../../support/process-cluster.ts';
import { noRedis } from '../../support/redis.ts';
import { startSim } from '../../support/workers.ts';

const maxCalls = 200;
const run = 'killed';

describe.skipIf(noRedis !== undefined)(
  `a run of four worker processes (${noRedis ?? 'over a redis-server'})`,
  () => {
    let sim: Awaited<ReturnType<typeof startSim>>;
    let endpoint: CountingEndpoint;
    let cluster: ProcessCluster;

    beforeAll(async () => {
      sim = await startSim(8);
      endpoint = await startCountingEndpoint({ forwardTo: sim.url });
      cluster = await startProcessCluster(endpoint, { models: 'finch-3b,sage-70b', slots: 4 });
    });
    afterAll(async () => {
      await cluster.close();
      await endpoint.close();
      await sim.stop();
    });
    const asked = (count: number) =>
      expect.poll(() => endpoint.counts.asked, { timeout: 120_000, interval: 20 }).toBeGreaterThan(count);

    it('of which two are killed, and then the run, ends as on one machine and pays nothing that was answered', async () => {
      const { startWorker } = cluster;
      const workers = await Promise.all([startWorker(), startWorker(), startWorker(), startWorker()]);
      const first = cluster.tune(run, ['--max-calls', String(maxCalls), '--concurrency', '24']);
      await asked(40);
      for (const { child } of workers.slice(0, 2)) child.kill('SIGKILL');
      const sinceDeaths = endpoint.requests.length;
      await asked(80);
      first.child.kill('SIGKILL');
      expect(await first.ended).toBe('SIGKILL');
      const atDeath = Date.now();
      // What the living workers have begun is answered, whether or not anybody waits.
      await expect
        .poll(() => endpoint.requests.every(({ end }) => end !== undefined), { timeout: 60_000 })
        .toBe(true);
      const byTheLiving = endpoint.requests.slice(sinceDeaths).filter(({ end }) => end === 'answered');
      const answeredToNobody = byTheLiving.filter(({ endedAt = 0 }) => endedAt > atDeath);
      expect(answeredToNobody.length).toBeGreaterThan(0);
      const before = endpoint.requests.length;

      const again = cluster.resume(run);
      expect(await again.ended, again.text()).toBe(0);
      const paidBefore = new Set(byTheLiving.map(({ body }) => body));
      const afterwards = endpoint.requests.slice(before);
      expect(afterwards.length).toBeGreaterThan(0);
      expect(afterwards.filter(({ body }) => paidBefore.has(body))).toEqual([]);

      checkAccount(cluster.eventsOf(run), { asked: endpoint.counts.asked, maxCalls });
      for (const name of ['best.json', 'front.json'])
        expect(existsSync(join(cluster.folder, run, name)), name).toBe(true);
    });
  },
);
