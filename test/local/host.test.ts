import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { LocalHost } from '../../src/local/host.ts';
import { createLocalModels, type InstalledModel } from '../../src/local/index.ts';
import { ask } from '../models/scripted-model.ts';
import { FakeWorker, type FakeWorkerPlan } from './fake-worker.ts';

const gigabyte = 2 ** 30;

function installed(name: string): InstalledModel {
  return {
    name,
    file: `/models/${name}.gguf`,
    bytes: gigabyte / 2,
    sha256: name.padEnd(64, '0'),
    licence: 'none',
    source: 'a test',
  };
}

const models = ['one', 'two', 'three'].map(installed);
const settings = { threads: 1, lanes: 1, contextTokens: 4096, memoryBytes: 100 * gigabyte, sequences: 1 };

function modelNamed(name: string): InstalledModel {
  const found = models.find((model) => model.name === name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
}

/** A host over fake workers, with a log of what each did when. */
function hostOf(clock: VirtualClock, changes: Partial<typeof settings> = {}, plan: FakeWorkerPlan = {}) {
  const workers: FakeWorker[] = [];
  const createWorker = (): FakeWorker => {
    const worker = new FakeWorker(clock, { memoryBytes: gigabyte, ...plan });
    workers.push(worker);
    return worker;
  };
  const host = new LocalHost({ ...settings, ...changes, clock, runtime: '/runtime', createWorker });
  return { host, workers };
}

/** Takes its turn and holds it for 10 ms. */
async function work(
  { host, clock, log }: { host: LocalHost; clock: VirtualClock; log: string[] },
  id: string,
  model: string,
  priority = 0,
  signal?: AbortSignal,
): Promise<string> {
  const outcome = await host.run(modelNamed(model), { priority, signal }, async () => {
    log.push(id);
    await clock.sleep(10);
    return id;
  });
  return outcome.kind;
}

describe('LocalHost', () => {
  it('serves equal requests in order, and lower priority numbers first', async () => {
    const clock = new VirtualClock();
    const { host } = hostOf(clock);
    const log: string[] = [];
    const on = { host, clock, log };
    await clock.run(async () => {
      const works = [
        work(on, 'a', 'one', 1),
        work(on, 'b', 'one', 1),
        work(on, 'c', 'two', 0),
        work(on, 'd', 'one', 0),
        work(on, 'e', 'two', 2),
      ];
      expect(await Promise.all(works)).toEqual(Array(5).fill('worked'));
    });
    // `a` found nobody before it.
    expect(log).toEqual(['a', 'c', 'd', 'b', 'e']);
  });

  it('keeps models loaded while they fit, and lets the one longest unused make room', async () => {
    const clock = new VirtualClock();
    const { host, workers } = hostOf(clock, { memoryBytes: 2.2 * gigabyte });
    const log: string[] = [];
    const on = { host, clock, log };
    await clock.run(async () => {
      for (const model of ['one', 'two', 'one', 'two', 'three', 'two', 'one']) await work(on, model, model);
    });
    expect(host.loaded).toEqual(['one', 'two']);
    // one, two, three, and one again.
    expect(workers.length).toBe(4);
    expect(workers.map((worker) => worker.alive)).toEqual([false, true, false, true]);
  });

  it('does not load two models that do not fit together anew for every call, nor starves either', async () => {
    const clock = new VirtualClock();
    const { host, workers } = hostOf(clock, { memoryBytes: 1.5 * gigabyte });
    const log: string[] = [];
    const on = { host, clock, log };
    await clock.run(async () => {
      const works = Array.from({ length: 40 }, (_, at) => work(on, `${at}`, at % 2 === 0 ? 'one' : 'two'));
      await Promise.all(works);
    });
    expect(log.length).toBe(40);
    expect(workers.length).toBeLessThan(12);
    // The first request for the model that is not loaded waits for eight others at most.
    expect(log.indexOf('1')).toBeLessThanOrEqual(10);
  });

  it('never exceeds its lanes or its memory, and loses no request', async () => {
    const request = fc.record({
      model: fc.constantFrom('one', 'two', 'three'),
      priority: fc.integer({ min: 0, max: 2 }),
      at: fc.integer({ min: 0, max: 60 }),
      abortAfter: fc.option(fc.integer({ min: 1, max: 40 })),
    });
    const memories = fc.constantFrom(1.2, 2.2, 5);
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        memories,
        async (requests, lanes, memory) => {
          const clock = new VirtualClock();
          const { host, workers } = hostOf(clock, { lanes, memoryBytes: memory * gigabyte });
          let running = 0;
          const kinds = await clock.run(() =>
            Promise.all(
              requests.map(async ({ model, priority, at, abortAfter }) => {
                await clock.sleep(at);
                const controller = new AbortController();
                if (abortAfter !== null) {
                  void clock.sleep(abortAfter).then(() => controller.abort(new Error('enough')));
                }
                const call = { priority, signal: controller.signal };
                const outcome = await host.run(modelNamed(model), call, async (worker) => {
                  expect(++running).toBeLessThanOrEqual(lanes);
                  expect(worker.alive).toBe(true);
                  const alive = workers.filter((each) => each.alive).length;
                  expect(alive).toBeLessThanOrEqual(Math.max(1, Math.floor(memory)));
                  await clock.sleep(7);
                  running--;
                });
                return outcome.kind;
              }),
            ),
          );
          for (const [at, kind] of kinds.entries()) {
            expect(requests[at]?.abortAfter === null ? ['worked'] : ['worked', 'aborted']).toContain(kind);
          }
        },
      ),
    );
  });

  it('says so when a model can never fit', async () => {
    const clock = new VirtualClock();
    const { host, workers } = hostOf(clock, { memoryBytes: gigabyte / 2 });
    const outcome = await clock.run(() => host.run(modelNamed('one'), { priority: 0 }, async () => 'done'));
    expect(outcome).toMatchObject({
      kind: 'too-large',
      message: expect.stringContaining('MIXTUNE_LOCAL_MEMORY'),
    });
    expect(workers).toEqual([]);
  });

  it('tells why a model cannot be loaded, and goes on with others', async () => {
    const clock = new VirtualClock();
    const { host } = hostOf(clock, {}, { cannotLoad: 'one' });
    await clock.run(async () => {
      const works = ['one', 'two', 'one'].map((model) =>
        host.run(modelNamed(model), { priority: 0 }, async () => 'done'),
      );
      expect(await Promise.all(works)).toEqual([
        { kind: 'cannot-load', message: 'no such file' },
        { kind: 'worked', value: 'done' },
        { kind: 'cannot-load', message: 'no such file' },
      ]);
    });
  });

  it('gives up a model whose loading never ends', async () => {
    const clock = new VirtualClock();
    const { host } = hostOf(clock, {}, { loadMs: Number.POSITIVE_INFINITY });
    const outcome = await clock.run(() => host.run(modelNamed('one'), { priority: 0 }, async () => 'done'));
    expect(outcome.kind).toBe('cannot-load');
  });
});

describe('local models, with workers that fail', () => {
  const request = (text: string) => ask(text, { model: 'local/one' });

  function open(clock: VirtualClock, plan: FakeWorkerPlan) {
    const workers: FakeWorker[] = [];
    const model = createLocalModels({
      clock,
      models,
      runtime: { entry: '/runtime', version: '0' },
      settings,
      createWorker: () => {
        const worker = new FakeWorker(clock, { memoryBytes: gigabyte, ...plan });
        workers.push(worker);
        return worker;
      },
    });
    return { model, workers };
  }

  it('a process that dies under a call fails it as infrastructure, and the next call has a new one', async () => {
    const clock = new VirtualClock();
    const { model, workers } = open(clock, { dieOn: 'die' });
    await clock.run(async () => {
      expect(await model.complete(request('die'))).toMatchObject({
        kind: 'failed',
        failure: { cause: 'infrastructure', code: 'worker-died', retryable: true },
      });
      expect(await model.complete(request('hello'))).toMatchObject({ kind: 'answered' });
    });
    expect(workers.length).toBe(2);
  });

  it('a call that hangs is stopped at its time-out, and its process ended when it does not heed that', async () => {
    const clock = new VirtualClock();
    const { model, workers } = open(clock, { hangOn: 'hang' });
    await clock.run(async () => {
      expect(await model.complete(request('hang'))).toMatchObject({
        kind: 'failed',
        failure: { cause: 'infrastructure', code: 'first-token-timeout', retryable: true },
      });
      expect(workers[0]?.alive).toBe(false);
      expect(await model.complete(request('hello'))).toMatchObject({ kind: 'answered' });
    });
  });

  it('waiting for a turn is no part of the time of a call', async () => {
    const clock = new VirtualClock();
    const { model } = open(clock, { loadMs: 5000, answerMs: 100 });
    const outcomes = await clock.run(() =>
      Promise.all(['a', 'b', 'c'].map((text) => model.complete(request(text)))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'answered', response: { serviceMs: 100, usd: 0 } });
    }
    expect(clock.now()).toBe(5300);
  });

  it('parts reasoning from the answer', async () => {
    const clock = new VirtualClock();
    const { model } = open(clock, { pieces: ['<thi', 'nk>so', ' so</th', 'ink>\n\n42'] });
    const pieces: string[] = [];
    const outcome = await clock.run(() =>
      model.complete(request('a'), { onDelta: (piece) => pieces.push(piece) }),
    );
    expect(outcome).toMatchObject({ response: { text: '42', reasoning: 'so so' } });
    expect(pieces).toEqual(['42']);
  });
});
