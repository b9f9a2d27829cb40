import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealClock } from '../../../src/core/clock.ts';
import type { PythonOutcome, PythonSandbox } from '../../../src/grading/grader.ts';
import { createPythonSandbox } from '../../../src/grading/sandbox/index.ts';
import { Cluster } from '../../../src/workers/cluster.ts';
import { RemoteSandbox } from '../../../src/workers/remote-model.ts';
import type { Server } from '../../../src/workers/server.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { connect, openWorker, testVersion } from '../../support/workers.ts';

const programs = [
  'def f(x):\n    return [x, {"a": (1, 2.5, None)}, "é\\ud83d\\ude00"]',
  'def f(x):\n    raise ValueError("no")',
  'def f(x):\n    return {1, 2, 10 ** 40, float("nan")}',
  'def g(x):\n    return 1',
  'while True:\n    pass',
  'def f(x):\n    return object()',
];

describe.skipIf(noRedis !== undefined)(`gradings by workers (${noRedis ?? 'over a redis-server'})`, () => {
  let redis: TestRedis;
  let here: PythonSandbox;
  const opened: Server[] = [];
  const open = async (): Promise<Server> => {
    const server = await connect(redis.url);
    opened.push(server);
    return server;
  };

  beforeAll(async () => {
    redis = await startRedis();
    here = await createPythonSandbox({ workers: 1 });
  });
  afterAll(async () => {
    for (const server of opened) await server.close();
    await here.close();
    await redis.stop();
  });

  const offering = (tier: string) => [{ offer: { kind: 'gradings', tier } as const, slots: 2 }];

  it('come to the same as here', async () => {
    const worker = await openWorker(await open(), '', { work: offering(here.tier), sandbox: here });
    const server = await open();
    const cluster = new Cluster({
      server,
      version: testVersion,
      run: 'grades',
      now: Date.now,
      clock: createRealClock(),
    });
    await cluster.open();
    const [queue] = cluster.gradingQueues();
    expect(queue?.tier).toBe(here.tier);
    const remote = new RemoteSandbox(cluster, server.key, queue ?? { name: '', tier: '' });
    for (const source of programs) {
      const job = {
        source,
        calls: [{ function: 'f', args: [{ type: 'int', value: '3' }] }],
        timeLimitMs: 100,
      } as const;
      const far = await remote.run(job);
      expect(far.kind).not.toBe('unavailable');
      expect(far).toEqual(await here.run(job));
    }
    await cluster.close();
    await worker.close();
  });

  it('are done once for equal programs, and given up in one word', async () => {
    let runs = 0;
    let release = (): void => undefined;
    const counting: PythonSandbox = {
      tier: 'counting',
      run: async (): Promise<PythonOutcome> => {
        runs++;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return { kind: 'ran', calls: [] };
      },
      close: async () => undefined,
    };
    const worker = await openWorker(await open(), '', { work: offering('counting'), sandbox: counting });
    const server = await open();
    const cluster = new Cluster({
      server,
      version: testVersion,
      run: 'grades',
      now: Date.now,
      clock: createRealClock(),
    });
    await cluster.open();
    const queue = cluster.gradingQueues().find(({ tier }) => tier === 'counting');
    const remote = new RemoteSandbox(cluster, server.key, queue ?? { name: '', tier: '' });
    const job = { source: 'x = 1', calls: [] };
    const both = Promise.all([remote.run(job), remote.run(job)]);
    await expect.poll(() => runs, { timeout: 20_000 }).toBe(1);
    release();
    expect(await both).toEqual(Array(2).fill({ kind: 'ran', calls: [] }));
    expect(runs).toBe(1);
    const controller = new AbortController();
    const asked = remote.run({ source: 'x = 2', calls: [] }, { signal: controller.signal });
    controller.abort();
    expect(await asked).toEqual({ kind: 'unavailable', reason: 'aborted' });
    await cluster.close();
    release();
    await worker.close();
  });
});
