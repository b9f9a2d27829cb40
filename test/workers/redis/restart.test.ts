import { afterEach, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/models/chat-model.ts';
import { queueOf } from '../../../src/workers/worker.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { connect, heldModel, offerOf, openRun, openWorker, testVersion } from '../../support/workers.ts';

const request = (content: string): ChatRequest => ({
  model: 'openai/tiny',
  messages: [{ role: 'user', content }],
  sample: { repeat: 0, index: 0 },
});

describe.skipIf(noRedis !== undefined)(
  `a server that is started again (${noRedis ?? 'a redis-server'})`,
  () => {
    let redis: TestRedis;
    afterEach(() => redis.stop());

    /** Two calls under way and one that waits for a slot, while the server goes and comes back. */
    const outcomesOver = async (options: readonly string[]) => {
      redis = await startRedis(options);
      const held = heldModel();
      const offer = offerOf('there');
      const worker = await openWorker(await connect(redis.url), 'there', {
        model: held.model,
        work: [{ offer, slots: 2 }],
      });
      const server = await connect(redis.url);
      const run = await openRun(server, 'there', 'again');
      const calls = ['a', 'b', 'c'].map((content) => run.model.complete(request(content)));
      const wait = server.keys.queue(queueOf(server, testVersion, offer), 'wait');
      await expect
        .poll(async () => [held.asked, await server.redis.llen(wait)], { timeout: 60_000 })
        .toEqual([2, 1]);
      await redis.kill();
      // While nobody can be told.
      held.answer();
      await expect.poll(() => server.redis.status, { timeout: 60_000 }).not.toBe('ready');
      await redis.start();
      const outcomes = await Promise.all(calls);
      const askedThen = held.asked;
      const again = await run.model.complete(request('afterwards'));
      await run.cluster.close();
      await worker.close();
      const codes = outcomes.map((each) => (each.kind === 'answered' ? 'answered' : each.failure.code));
      return { codes: codes.sort(), asked: askedThen, again: again.kind };
    };

    it('and has kept its jobs has all of them answered, each paid once', async () => {
      const outcomes = await outcomesOver(['--appendonly', 'yes']);
      expect(outcomes).toEqual({ codes: ['answered', 'answered', 'answered'], asked: 3, again: 'answered' });
    });

    it('and knows nothing of its jobs is handed the answers of those under way; the others count as lost', async () => {
      const outcomes = await outcomesOver([]);
      expect(outcomes).toEqual({
        codes: ['answered', 'answered', 'worker-lost'],
        asked: 2,
        again: 'answered',
      });
    });
  },
);
