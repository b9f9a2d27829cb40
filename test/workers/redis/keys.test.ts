import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../src/models/chat-model.ts';
import { queueMs } from '../../../src/workers/board.ts';
import type { Server } from '../../../src/workers/server.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { exhaustive } from '../../support/thorough.ts';
import { connect, openRun, openWorker } from '../../support/workers.ts';

/** Milliseconds that each key of the server has to live, -1 for ever. */
async function lifetimes({ redis }: Server): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000);
    for (const key of keys) found.set(key, await redis.pttl(key));
    cursor = next;
  } while (cursor !== '0');
  return found;
}

async function usedMemory({ redis }: Server): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

const request = (content: string): ChatRequest => ({
  model: 'openai/tiny',
  messages: [{ role: 'user', content }],
  sample: { repeat: 0, index: 0 },
});

describe.skipIf(noRedis !== undefined)(`what is kept on the server (${noRedis ?? 'a redis-server'})`, () => {
  let redis: TestRedis;
  let endpoint: CountingEndpoint;
  beforeAll(async () => {
    redis = await startRedis();
    endpoint = await startCountingEndpoint();
  });
  afterAll(async () => {
    await endpoint.close();
    await redis.stop();
  });

  it('goes by itself, also jobs that nobody took, and is no more for many calls than for few', async () => {
    const watch = await connect(redis.url);
    const worker = await openWorker(await connect(redis.url), endpoint.url);
    const run = await openRun(await connect(redis.url), endpoint.url, 'long');
    let asked = 0;
    const ask = async (calls: number): Promise<void> => {
      const until = asked + calls;
      const one = async (): Promise<void> => {
        while (asked < until) {
          const each = request(`question ${asked++}`);
          run.model.settled(each, 0, await run.model.complete(each));
        }
      };
      await Promise.all(Array.from({ length: 8 }, one));
    };
    /** What has an end in sight has gone. */
    const afterItsTime = async (): Promise<Map<string, number>> => {
      // A worker publishes an answer before it takes the job off the queue.
      const underWay = async (): Promise<string[]> =>
        [...(await lifetimes(watch)).keys()].filter((key) => /:(active|lock)$/.test(key));
      await expect.poll(underWay, { timeout: 60_000 }).toEqual([]);
      const left = await lifetimes(watch);
      const passing = [...left.keys()].filter((key) => /:(answer|begun):/.test(key));
      if (passing.length > 0) await watch.redis.del(...passing);
      return left;
    };
    await ask(200);
    const few = await afterItsTime();
    const before = await usedMemory(watch);
    await ask(exhaustive ? 20_000 : 1_000);
    const many = await afterItsTime();
    // What a queue creates gets its end with the next word that the queue is in use.
    const kept = async (): Promise<string[]> =>
      [...(await lifetimes(watch))].flatMap(([key, ms]) => (ms === -1 ? [key] : []));
    await expect.poll(kept, { timeout: 60_000, interval: 500 }).toEqual([]);
    // Of each call its answer, and who has begun it; all else is there once.
    const others = (keys: ReadonlyMap<string, number>) =>
      [...keys.keys()].filter((key) => !/:(answer|begun):/.test(key)).sort();
    expect(others(many)).toEqual(others(few));
    expect(await usedMemory(watch)).toBeLessThan(before + 300_000);

    await worker.close();
    const given = new AbortController();
    void run.model.complete(request('nobody takes it'), { signal: given.signal });
    await expect
      .poll(async () => [...(await lifetimes(watch)).keys()].filter((key) => /:wait$/.test(key)))
      .toHaveLength(1);
    // It says every few seconds that its queue is in use.
    await expect
      .poll(async () => [...(await lifetimes(watch)).values()].every((ms) => ms > 0 && ms <= 7 * queueMs), {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(true);
    await run.cluster.close();
    await watch.close();
  });
});
