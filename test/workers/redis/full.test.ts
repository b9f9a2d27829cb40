import { afterEach, describe, expect, it } from 'vitest';
import { ask } from '../../models/scripted-model.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { connect, heldModel, offerOf, openRun, openWorker } from '../../support/workers.ts';

describe.skipIf(noRedis !== undefined)(
  `a server whose memory is full (${noRedis ?? 'a redis-server'})`,
  () => {
    let redis: TestRedis;
    afterEach(() => redis.stop());

    it('is waited for: calls under way are answered, others begin later, and none counts as made or lost', async () => {
      redis = await startRedis(['--maxmemory-policy', 'noeviction']);
      const held = heldModel();
      const worker = await openWorker(await connect(redis.url), 'there', {
        model: held.model,
        work: [{ offer: offerOf('there'), slots: 2 }],
      });
      const server = await connect(redis.url);
      const notices: string[] = [];
      const run = await openRun(server, 'there', 'full', { onNotice: (text) => notices.push(text) });
      const first = ['a', 'b'].map((content) => run.model.complete(ask(content, { model: 'openai/tiny' })));
      await expect.poll(() => held.asked, { timeout: 60_000 }).toBe(2);
      await server.redis.config('SET', 'maxmemory', '1');
      const next = run.model.complete(ask('c', { model: 'openai/tiny' }));
      const stopped = new AbortController();
      const given = run.model.complete(ask('d', { model: 'openai/tiny' }), { signal: stopped.signal });
      await expect.poll(() => notices.join('\n'), { timeout: 60_000 }).toMatch(/takes no jobs \(OOM /);
      stopped.abort();
      const refusals = async (): Promise<number> =>
        Number(/errorstat_OOM:count=(\d+)/.exec(await server.redis.info('errorstats'))?.[1] ?? 0);
      const before = await refusals();
      held.answer();
      // Both answers, and what waits to be put, once more.
      await expect.poll(refusals, { timeout: 60_000 }).toBeGreaterThan(before + 4);
      await server.redis.config('SET', 'maxmemory', '0');
      const outcomes = await Promise.all([...first, next]);
      const last = await given;
      await run.cluster.close();
      await worker.close();
      expect(outcomes.map((each) => each.kind)).toEqual(['answered', 'answered', 'answered']);
      expect(last).toMatchObject({ kind: 'failed', failure: { code: 'aborted' } });
      expect([held.asked, notices.at(-1)]).toEqual([3, expect.stringContaining('takes jobs again')]);
    });
  },
);
