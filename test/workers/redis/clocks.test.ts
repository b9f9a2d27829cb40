import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { testContext } from '../../support/cli.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { clusterEnv, connect, openRun, openWorker } from '../../support/workers.ts';

const hours = 3_600_000;

describe.skipIf(noRedis !== undefined)('clocks', () => {
  let redis: TestRedis;
  let endpoint: CountingEndpoint;
  beforeAll(async () => {
    redis = await startRedis();
    endpoint = await startCountingEndpoint({ delayMs: 20 });
  });
  afterAll(async () => {
    await endpoint.close();
    await redis.stop();
  });
  const asking = ({ model }: Awaited<ReturnType<typeof openRun>>, from: number) =>
    Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        model.complete({
          model: 'openai/tiny',
          messages: [{ role: 'user', content: `${from + index}` }],
          sample: { repeat: 0, index: 0 },
        }),
      ),
    );

  it.each([2 * hours, -2 * hours])(
    'a worker whose clock is %i ms off takes no jobs until it is right',
    async (off) => {
      const servers = [await connect(redis.url), await connect(redis.url), await connect(redis.url)] as const;
      let wrong = off;
      const said: string[] = [];
      const odd = await openWorker(servers[0], endpoint.url, {
        now: () => Date.now() + wrong,
        onLine: (line) => said.push(line),
      });
      const notices: string[] = [];
      const run = await openRun(servers[2], endpoint.url, `clocks${off}`, {
        onNotice: (text) => notices.push(text),
      });
      const right = await openWorker(servers[1], endpoint.url);
      await expect.poll(() => run.cluster.queuesOf('openai/tiny').length, { timeout: 20_000 }).toBe(1);
      expect((await asking(run, 0)).map(({ kind }) => kind)).toEqual(Array(12).fill('answered'));
      expect([odd.done, right.done]).toEqual([0, 12]);
      const word = off > 0 ? 'ahead of' : 'behind';
      const how = new RegExp(`clock.* 7[12]\\d\\d s ${word} `);
      expect(said).toEqual([expect.stringMatching(how)]);
      expect(notices).toEqual([expect.stringMatching(how)]);
      const status = testContext(['workers', 'status', redis.url], { env: clusterEnv });
      expect(await runCli(status)).toBe(0);
      expect(status.stdout.text).toMatch(how);
      expect(status.stdout.text).toContain('Jobs refused: 0');
      // Alone, and then with its clock set.
      await right.close();
      wrong = 0;
      await expect
        .poll(() => said.at(-1), { timeout: 20_000 })
        .toBe("this machine's clock is right: jobs are taken");
      expect((await asking(run, 100)).map(({ kind }) => kind)).toEqual(Array(12).fill('answered'));
      expect(odd.done).toBe(12);
      await odd.close();
      await run.cluster.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  );

  it('of run and worker may both be far from that of the server', async () => {
    const servers = [await connect(redis.url), await connect(redis.url)] as const;
    const now = () => Date.now() + 2 * hours;
    const worker = await openWorker(servers[0], endpoint.url, { now });
    const run = await openRun(servers[1], endpoint.url, 'both', { now });
    expect((await asking(run, 200)).map(({ kind }) => kind)).toEqual(Array(12).fill('answered'));
    await worker.close();
    await run.cluster.close();
    await Promise.all(servers.map((server) => server.close()));
  });
});
