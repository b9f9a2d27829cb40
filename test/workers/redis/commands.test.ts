import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { readWorkers, sayRun } from '../../../src/workers/board.ts';
import { Cluster } from '../../../src/workers/cluster.ts';
import { ClusterKey } from '../../../src/workers/cluster-key.ts';
import { connectServer } from '../../../src/workers/server.ts';
import { readServerUrl } from '../../../src/workers/server-url.ts';
import { type TestContext, testContext } from '../../support/cli.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import {
  clusterEnv,
  connect,
  openRun,
  openWorker,
  startSim,
  startWorker,
  testVersion,
} from '../../support/workers.ts';

const mixtune = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = clusterEnv,
): Promise<TestContext & { readonly code: number }> => {
  const context = testContext(args, { env, today: () => new Date() });
  return { ...context, code: await runCli(context) };
};

describe.skipIf(noRedis !== undefined)(
  `the commands of workers (${noRedis ?? 'over a redis-server'})`,
  () => {
    let redis: TestRedis;
    let locked: TestRedis;
    let endpoint: CountingEndpoint;
    beforeAll(async () => {
      locked = await startRedis(['--requirepass', 'the-password']);
      redis = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
      endpoint = await startCountingEndpoint();
    });
    afterAll(async () => {
      await endpoint.close();
      await redis.stop();
      await locked.stop();
    });

    it('workers status tells who is there, and doctor what the server lacks', async () => {
      const worker = await startWorker(redis.url, [
        '--base-url',
        endpoint.url,
        '--models',
        'tiny',
        '--concurrency',
        '3',
      ]);
      const server = await connect(redis.url);
      const at = Date.now();
      const run = {
        version: testVersion,
        run: 'my-run',
        host: 'there',
        startedAt: at,
        waiting: {},
        keys: [],
      };
      for (const id of ['first', 'second']) await sayRun(server, id, run, Date.now);
      const status = await mixtune(['workers', 'status', redis.url, '--json']);
      const found = JSON.parse(status.stdout.text);
      expect(found.workers).toHaveLength(1);
      const there = { run: 'my-run', host: 'there' };
      expect(found.runs).toMatchObject([there, there]);
      expect(found.queues).toMatchObject([
        { offer: expect.stringMatching(/^gradings/), workers: 1, waiting: 0 },
        { offer: 'openai/tiny', workers: 1, slots: 3, busy: 0, waiting: 0 },
      ]);
      expect(found.counts).toEqual({ lost: 0, paidTwice: 0, refused: 0 });
      const shown = await mixtune(['workers', 'status', redis.url]);
      for (const word of ['openai/tiny', 'my-run', 'Calls paid twice: 0'])
        expect(shown.stdout.text).toContain(word);

      const doctor = await mixtune(['doctor', '--offline', '--workers', redis.url]);
      expect(doctor.stdout.text).toMatch(/^Workers +1 at redis:\/\/127/m);
      expect(doctor.stdout.text).toMatch(/maxmemory-policy noeviction/);
      expect(doctor.stdout.text).toMatch(/appendonly yes/);
      expect(await worker.stop()).toBe(0);
      const gone = await mixtune(['workers', 'status', redis.url, '--json']);
      expect(JSON.parse(gone.stdout.text).workers).toEqual([]);
      await server.close();
    });

    it('a server that has no password is taken with one, and doctor says so; beyond this machine it is not', async () => {
      const given = redis.url.replace('//', '//:a-password@');
      const doctor = await mixtune(['doctor', '--offline', '--workers', given]);
      expect(doctor.stdout.text).toMatch(/The server takes anybody, though the URL has a password/);
      const url = { ...readServerUrl(given, { source: '--join' }), mayBeOpen: false };
      const key = new ClusterKey(clusterEnv.MIXTUNE_CLUSTER_KEY);
      await expect(connectServer({ url, key, source: '--join' })).rejects.toThrow(
        /^--join: expected a server beyond this machine to have a password/,
      );
      const trusted = { source: '--join', insecure: true };
      expect(readServerUrl('redis://queue.example:6379', trusted).mayBeOpen).toBe(true);
    });

    it('a server of another kind is told as such', async () => {
      const { code, stderr } = await mixtune([
        'workers',
        'status',
        endpoint.url.replace(/^http|\/v1$/g, (part) => (part === 'http' ? 'redis' : '')),
      ]);
      expect(code).toBe(2);
      expect(stderr.text).toMatch(/found an answer in another protocol/);
    });

    it('a run refuses a model that the endpoint of its workers does not list, as without workers', async () => {
      const sim = await startSim();
      const worker = await startWorker(redis.url, ['--base-url', sim.url, '--gradings', '0']);
      const begin = ['tune', 'support-intent', '--base-url', sim.url, '--models', 'finch-3b,nosuch'];
      const far = await mixtune([...begin, '--workers', redis.url]);
      expect(far.code).toBe(2);
      expect(far.stderr.text).toMatch(
        /--models: expected a model that .* serves: one of sim\/wisp-1b.* found "nosuch"/,
      );
      expect(await worker.stop()).toBe(0);
      await sim.stop();
    });

    it('a run that waits for a worker says so again, with what there is', async () => {
      const worker = await startWorker(redis.url, [
        '--base-url',
        endpoint.url,
        '--models',
        'tiny',
        '--gradings',
        '0',
      ]);
      const said: string[] = [];
      let at = 0;
      const cluster = new Cluster({
        ...{ server: await connect(redis.url), version: testVersion, run: 'waits' },
        // The date is set back by a day while it waits.
        now: () => Date.now() - (at === 0 ? 0 : 86_400_000),
        clock: { now: () => (at += 2_000) },
        onNotice: (notice) => said.push(notice),
      });
      await cluster.open();
      const needed = { source: '--workers', needed: 'openai/large', patienceMs: 60_000 };
      await expect(cluster.waitFor(() => false, needed)).rejects.toThrow(
        /a worker that offers openai\/large/,
      );
      expect(said.length).toBeGreaterThan(3);
      const [clocks, ...others] = said.toSorted();
      // Set back, the date is no longer that of the worker, which does nothing for the run then.
      expect(clocks).toMatch(/^the clock of worker \S+ on \S+ is 86400 s ahead of this machine's: /);
      for (const line of others)
        expect(line).toMatch(/^waiting for a worker that offers openai\/large .*, \d+ s at most; found /);
      await cluster.close();
      expect(await worker.stop()).toBe(0);
    });

    it('a run whose last worker has gone says so again, after a minute, two, four', async () => {
      const said: string[] = [];
      let ahead = 0;
      const worker = await openWorker(await connect(redis.url), endpoint.url);
      const run = await openRun(await connect(redis.url), endpoint.url, 'deserted', {
        clock: { now: () => performance.now() + ahead },
        onNotice: (notice) => said.push(notice),
      });
      await worker.close();
      const controller = new AbortController();
      const call = run.model.complete(
        { model: 'openai/tiny', messages: [], sample: { repeat: 0, index: 0 } },
        { signal: controller.signal },
      );
      const minutes = ['', ', for 1 min now', ', for 2 min now', ', for 4 min now'];
      const expected = minutes.map((long) =>
        expect.stringMatching(new RegExp(`any more${long}: what needs it`)),
      );
      for (const [times, ms] of [0, 60_000, 120_000, 240_000].entries()) {
        ahead = ms;
        await expect.poll(() => said.length, { timeout: 60_000 }).toBe(times + 1);
      }
      expect(said).toEqual(expected);
      controller.abort();
      expect((await call).kind).toBe('failed');
      await run.cluster.close();
    });

    it('a worker whose date is wrong takes no other off the board, nor is taken off', async () => {
      const servers = [await connect(redis.url), await connect(redis.url), await connect(redis.url)] as const;
      const days = [0, 2, -2];
      const workers = [];
      for (const [at, server] of servers.entries()) {
        const now = (): number => Date.now() + (days[at] ?? 0) * 86_400_000;
        workers.push(await openWorker(server, endpoint.url, { now }));
      }
      const there = (await readWorkers(servers[0])).map(({ worker }) => worker);
      expect(there.toSorted()).toEqual(workers.map(({ id }) => id).toSorted());
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all(servers.map((server) => server.close()));
    });

    it('a worker ends when it has had nothing to do for as long as it was told', async () => {
      const context = testContext(
        ['worker', '--join', redis.url, '--base-url', endpoint.url, '--gradings', '0', '--max-idle', '1s'],
        { env: clusterEnv, today: () => new Date() },
      );
      expect(await runCli(context)).toBe(0);
      expect(context.stderr.text).toMatch(/ended after 0 jobs/);
    });

    it.each([
      [-7_200_000, 'behind'],
      [7_200_000, 'ahead of'],
    ])('a worker whose clock is %i ms off says so before it takes jobs', async (off, word) => {
      const argv = ['worker', '--join', redis.url, '--max-idle', '1s', '--base-url', endpoint.url];
      const context = testContext([...argv, '--models', 'tiny', '--gradings', '0'], {
        ...{ env: clusterEnv, fetch: globalThis.fetch, today: () => new Date(Date.now() + off) },
      });
      expect(await runCli(context), context.stderr.text).toBe(0);
      const [first] = context.stderr.text.split('\n');
      expect(first).toMatch(
        new RegExp(`clock is 7[12]\\d\\d s ${word} the server's: no jobs are taken until it is right`),
      );
    });

    it('a worker that is asked to end does what it has begun, and takes no more', async () => {
      const slow = await startCountingEndpoint({ delayMs: 600 });
      const worker = await startWorker(redis.url, [
        '--base-url',
        slow.url,
        '--gradings',
        '0',
        '--concurrency',
        '1',
      ]);
      const state = JSON.parse((await mixtune(['workers', 'status', redis.url, '--json'])).stdout.text);
      expect(state.workers).toHaveLength(1);
      const server = await connect(redis.url);
      const run = await openRun(server, slow.url, 'ends');
      const ask = (content: string) =>
        run.model.complete({
          model: 'openai/tiny',
          messages: [{ role: 'user', content }],
          sample: { repeat: 0, index: 0 },
        });
      const begun = ask('begun');
      await expect.poll(() => slow.counts.asked, { timeout: 20_000 }).toBe(1);
      const ended = worker.stop();
      const controller = new AbortController();
      const later = run.model.complete(
        { model: 'openai/tiny', messages: [], sample: { repeat: 0, index: 1 } },
        { signal: controller.signal },
      );
      expect((await begun).kind).toBe('answered');
      expect(await ended).toBe(0);
      expect(slow.counts.asked).toBe(1);
      controller.abort();
      expect((await later).kind).toBe('failed');
      await run.cluster.close();
      await slow.close();
    });

    it('a server that goes away is told, and holds up no worker and no run that end', async () => {
      const away = await startRedis();
      const worker = await startWorker(away.url, ['--base-url', endpoint.url, '--gradings', '0']);
      const { cluster } = await openRun(await connect(away.url), endpoint.url, 'ends');
      await away.stop();
      await expect
        .poll(() => worker.context.stderr.text, { timeout: 60_000 })
        .toMatch(/the server at redis:.* does not answer: no new calls until it does/);
      expect(await worker.stop()).toBe(0);
      await cluster.close();
    });

    it.each<[string, () => readonly string[], Record<string, string>, RegExp]>([
      [
        'no cluster key',
        () => ['worker', '--join', redis.url],
        {},
        /^mixtune: MIXTUNE_CLUSTER_KEY: expected a secret/,
      ],
      [
        'a server that does not answer',
        () => ['workers', 'status', 'redis://127.0.0.1:1/0'],
        clusterEnv,
        /expected a Redis or Valkey server that answers at redis:\/\/127\.0\.0\.1:1\/0, found .*ECONNREFUSED/,
      ],
      [
        'a data base that the server does not have',
        () => ['workers', 'status', redis.url.replace(/0$/, '99')],
        clusterEnv,
        /found ERR DB index is out of range/,
      ],
      [
        'a server without its password',
        () => ['worker', '--join', locked.url],
        clusterEnv,
        /--join: expected .* that answers at .*, found NOAUTH/,
      ],
      [
        'a server with a wrong password',
        () => ['worker', '--join', locked.url.replace('//', '//:wrong-password@')],
        clusterEnv,
        /^(?!.*wrong-password).*--join: expected .* that answers at .*, found WRONGPASS/,
      ],
      [
        'an open server',
        () => ['worker', '--join', 'redis://queue.example:6379'],
        clusterEnv,
        /--join: expected a server beyond this machine to have a password/,
      ],
      [
        'a model that is not there',
        () => ['worker', '--join', redis.url, '--models', 'local/none'],
        clusterEnv,
        /--models: expected a local model that is on this machine/,
      ],
      [
        'a model that the endpoint does not serve',
        () => ['worker', '--join', redis.url, '--base-url', endpoint.url, '--models', 'huge'],
        clusterEnv,
        /expected a model that http:.* serves/,
      ],
      [
        'a key that is not there',
        () => ['worker', '--join', redis.url, '--models', 'groq/x'],
        clusterEnv,
        /GROQ_API_KEY/,
      ],
      [
        'simulated models',
        () => ['worker', '--join', redis.url, '--models', 'sim/sage-70b'],
        clusterEnv,
        /whose models answer in the process of the run/,
      ],
      [
        'nothing to offer',
        () => ['worker', '--join', redis.url, '--gradings', '0'],
        clusterEnv,
        /nothing that this worker could do/,
      ],
    ])('refuse %s in one line', async (_what, args, env, said) => {
      const { code, stderr } = await mixtune(args(), env);
      expect(stderr.text).toMatch(said);
      expect(stderr.text.trim().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    });
  },
);
