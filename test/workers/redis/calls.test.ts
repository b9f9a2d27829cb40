import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { ChatRequest } from '../../../src/models/chat-model.ts';
import { giveAnswer, readCounts } from '../../../src/workers/board.ts';
import type { Server } from '../../../src/workers/server.ts';
import { queueOf } from '../../../src/workers/worker.ts';
import { testContext } from '../../support/cli.ts';
import { type CountingEndpoint, startCountingEndpoint } from '../../support/counting-endpoint.ts';
import { noRedis, startRedis, type TestRedis } from '../../support/redis.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  clusterEnv,
  connect,
  offerOf,
  openRun,
  openWorker,
  startSim,
  startWorker,
  testVersion,
} from '../../support/workers.ts';

const request = (content: string): ChatRequest => ({
  model: 'openai/tiny',
  messages: [{ role: 'user', content }],
  sample: { repeat: 0, index: 0 },
});
const textOf = async (outcome: ReturnType<Awaited<ReturnType<typeof openRun>>['model']['complete']>) => {
  const had = await outcome;
  return had.kind === 'answered' ? had.response.text : had.failure.code;
};

describe.skipIf(noRedis !== undefined)(`calls by workers (${noRedis ?? 'over a redis-server'})`, () => {
  let redis: TestRedis;
  let endpoint: CountingEndpoint;
  const opened: Server[] = [];
  const open = async (secret?: string): Promise<Server> => {
    const server = await connect(redis.url, secret);
    opened.push(server);
    return server;
  };

  beforeAll(async () => {
    redis = await startRedis();
    endpoint = await startCountingEndpoint();
  });
  afterAll(async () => {
    for (const server of opened) await server.close();
    await endpoint.close();
    await redis.stop();
  });

  it('are answered once, whoever asks the same', async () => {
    const worker = await openWorker(await open(), endpoint.url);
    const one = await openRun(await open(), endpoint.url, 'shared');
    const before = endpoint.counts.asked;
    const texts = await Promise.all(
      [1, 2, 3, 1, 2, 3].map((n) => textOf(one.model.complete(request(`q${n}`)))),
    );
    expect(texts).toEqual(Array(6).fill(texts[0]));
    expect(endpoint.counts.asked - before).toBe(3);
    expect(one.model.slowsUnderLoad('openai/tiny')).toBe(true);
    // Another process of the same run, as after a kill.
    const two = await openRun(await open(), endpoint.url, 'shared');
    expect(await textOf(two.model.complete(request('q1')))).toBe(texts[0]);
    expect(endpoint.counts.asked - before).toBe(3);
    await one.cluster.close();
    await two.cluster.close();
    await worker.close();
  });

  it('are found by a run that was killed before they were answered', async () => {
    const slow = await startCountingEndpoint({ delayMs: 500 });
    const worker = await openWorker(await open(), slow.url);
    const killed = await open();
    const run = await openRun(killed, slow.url, 'killed');
    void run.model.complete(request('asked by one that dies')).catch(() => undefined);
    await expect.poll(() => slow.counts.asked, { timeout: 20_000 }).toBe(1);
    // It takes nothing back, and says nothing.
    for (const client of [killed.redis]) client.disconnect();
    await expect.poll(() => slow.counts.answered, { timeout: 20_000 }).toBe(1);
    const again = await openRun(await open(), slow.url, 'killed');
    expect(await textOf(again.model.complete(request('asked by one that dies')))).toMatch(/^answer/);
    expect(slow.counts.asked).toBe(1);
    await again.cluster.close();
    await worker.close();
    await slow.close();
  });

  it('that are given up are taken off the queue, and not paid', async () => {
    const server = await open();
    const worker = await openWorker(await open(), endpoint.url, {
      work: [{ offer: offerOf(endpoint.url), slots: 1 }],
    });
    const run = await openRun(server, endpoint.url, 'gives up');
    await worker.close();
    const before = endpoint.counts.asked;
    const controller = new AbortController();
    const outcome = run.model.complete(request('nobody wants it'), { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort();
    expect(await textOf(outcome)).toBe('aborted');
    const later = await openWorker(await open(), endpoint.url);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(endpoint.counts.asked).toBe(before);
    await run.cluster.close();
    await later.close();
  });

  it('forged, altered, replayed and of another cluster are refused, and cost nothing', async () => {
    const server = await open();
    const lines: string[] = [];
    const worker = await openWorker(server, endpoint.url, { onLine: (line) => lines.push(line) });
    const queue = queueOf(server, testVersion, offerOf(endpoint.url));
    const run = await openRun(await open(), endpoint.url, 'honest');
    const bull = (await open()).queue(queue);
    const paid = endpoint.counts.asked;
    const id = server.key.name(['call', 'x']);
    const body = { kind: 'call', revision: endpoint.url, request: request('stolen') };
    const job = { version: testVersion, run: 'r', putAt: Date.now(), body };
    const good = server.seal({ kind: 'job', id, where: queue }, job);
    const flipped = `${good.slice(0, 100)}${good[100] === 'A' ? 'B' : 'A'}${good.slice(101)}`;
    const foreign = (await open('another cluster key, long enough for one')).seal(
      { kind: 'job', id, where: queue },
      job,
    );
    const old = { ...job, putAt: Date.now() - 3_600_000 };
    const bad: [unknown, RegExp][] = [
      [{ id, sealed: flipped }, /forged or altered/],
      [{ id, sealed: foreign }, /forged or altered/],
      [{ id: server.key.name(['y']), sealed: good }, /forged or altered/],
      [{ id, sealed: server.seal({ kind: 'job', id, where: 'elsewhere' }, job) }, /forged or altered/],
      [{ id, sealed: server.seal({ kind: 'answer', id, where: queue }, job) }, /forged or altered/],
      [{ id, sealed: server.seal({ kind: 'job', id, where: queue }, { ...job, more: 1 }) }, /another form/],
      [
        { id, sealed: server.seal({ kind: 'job', id, where: queue }, { ...job, version: '9' }) },
        /the run is 9/,
      ],
    ];
    for (const [data] of bad) await bull.add('job', data);
    // Not even worth an answer.
    for (const data of [null, 'x', {}, { id: '../../x', sealed: good }, { id, sealed: 7 }])
      await bull.add('job', data);
    await bull.add('job', { id, sealed: server.seal({ kind: 'job', id, where: queue }, old) });
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(bad.length);
    for (const [, reason] of bad) expect(lines.some((line) => reason.test(line))).toBe(true);
    expect(endpoint.counts.asked).toBe(paid);
    expect((await readCounts(server)).refused).toBe(bad.length);

    // A copy of an honest job, after its answer and all that the server knows of it are gone.
    expect(await textOf(run.model.complete(request('honest')))).toMatch(/^answer/);
    const copied = server.seal({ kind: 'job', id, where: queue }, { ...job, run: 'copied' });
    await server.redis.del(server.keys.answer(id));
    await bull.add('job', { id, sealed: copied });
    await expect.poll(() => endpoint.counts.asked, { timeout: 20_000 }).toBe(paid + 2);
    await expect.poll(() => server.redis.exists(server.keys.answer(id)), { timeout: 20_000 }).toBe(1);
    const mark = server.key.open({ kind: 'job', id, where: queue }, copied);
    await server.redis.del(server.keys.answer(id), server.keys.begun(mark.ok ? mark.value.mark : ''));
    await bull.add('job', { id, sealed: copied });
    await expect
      .poll(() => lines.at(-1), { timeout: 20_000 })
      .toMatch(/copy of one that was done here before/);
    expect(endpoint.counts.asked).toBe(paid + 2);
    await run.cluster.close();
    await worker.close();
  });

  it.each(['two', 'one'])(
    'of two runs on one key are told to share it, while both use it (one, %s)',
    async (name) => {
      const worker = await openWorker(await open(), endpoint.url);
      const one = await openRun(await open(), endpoint.url, 'one');
      const two = await openRun(await open(), endpoint.url, name);
      expect(one.model.sharers('openai/tiny', 0)).toBe(1);
      await one.model.complete(request('of one'));
      await two.model.complete(request('of two'));
      const both = (): number[] => [one, two].map(({ model }) => model.sharers('openai/tiny', 0));
      await expect.poll(both, { timeout: 60_000 }).toEqual([2, 2]);
      await two.cluster.close();
      await expect.poll(() => one.model.sharers('openai/tiny', 0), { timeout: 60_000 }).toBe(1);
      await one.cluster.close();
      await worker.close();
    },
  );

  it('keep their answer when somebody wrote rubbish in its place', async () => {
    const server = await open();
    const id = server.key.name(['rubbish']);
    await server.redis.set(server.keys.answer(id), 'rubbish');
    const outcome = { kind: 'unavailable', reason: 'a test' } as const;
    expect(await giveAnswer(server, id, { kind: 'grading', worker: 'w', outcome })).toBe(true);
    expect(await giveAnswer(server, id, { kind: 'lost', worker: 'w', reason: 'late' })).toBe(false);
  });
});

describe.skipIf(noRedis !== undefined)(`score by workers (${noRedis ?? 'over a redis-server'})`, () => {
  let redis: TestRedis;
  let sim: Awaited<ReturnType<typeof startSim>>;
  let folder: string;

  beforeAll(async () => {
    redis = await startRedis();
    sim = await startSim();
    folder = temporaryFolder('workers');
    const agent = (name: string, temperature: number) => ({
      ...{ name, temperature, model: 'openai/sage-70b', prompt: 'Choose the intent of the message.' },
    });
    const stages = [{ kind: 'propose', agents: [agent('a', 0.2)] }];
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ version: 1, name: 'mixture', stages }));
  });
  afterAll(async () => {
    await sim.stop();
    await redis.stop();
  });

  /** Every answer's figures but its latency, which differs from time to time. */
  const score = async (args: readonly string[], task = 'support-intent') => {
    const context = testContext(
      [
        ...['score', join(folder, 'config.json'), '--task', task, '--repeats', '1', '--json'],
        ...['--concurrency', '32', '--base-url', sim.url, '--runs-dir', folder, ...args],
      ],
      { env: clusterEnv, fetch: globalThis.fetch, today: () => new Date() },
    );
    expect(await runCli(context), context.stderr.text).toBe(0);
    const scored: { configs: { answers: Record<string, unknown>[] }[] } = JSON.parse(context.stdout.text);
    const answers = scored.configs.flatMap((config) => config.answers);
    const cells = answers.map(({ latency, ...rest }) => JSON.stringify(rest)).sort();
    return { cells, said: context.stderr.text };
  };

  it('gives the same cells with none, one and four', async () => {
    const { cells: alone } = await score([]);
    const workers = [await startWorker(redis.url, ['--base-url', sim.url])];
    const { cells: one } = await score(['--workers', redis.url]);
    for (let more = 0; more < 3; more++) workers.push(await startWorker(redis.url, ['--base-url', sim.url]));
    const { cells: four } = await score(['--workers', redis.url]);
    expect(alone.length).toBeGreaterThan(20);
    expect(one).toEqual(alone);
    expect(four).toEqual(alone);
    for (const worker of workers) expect(await worker.stop()).toBe(0);
  });

  it('says that simulated models guess where their server does not know the task', async () => {
    const task = join(folder, 'other-intent');
    cpSync('tasks/support-intent', task, { recursive: true });
    const file = join(task, 'task.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('name: support-intent', 'name: other-intent'));
    const worker = await startWorker(redis.url, ['--base-url', sim.url, '--gradings', '0']);
    const { said } = await score(['--workers', redis.url], task);
    expect(said).toContain('GUESS: their server does not know other-intent');
    expect(await worker.stop()).toBe(0);
  });
});
