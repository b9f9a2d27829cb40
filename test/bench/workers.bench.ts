import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatModel, ChatRequest } from '../../src/models/chat-model.ts';
import type { RemoteModel } from '../../src/workers/remote-model.ts';
import { startRedis } from '../support/redis.ts';
import { connect, offerOf, openRun, openWorker } from '../support/workers.ts';
import { against, type Bench, median } from './harness.ts';

const slots = 16;

/** Answers after so many ms, like a hosted model that costs this machine nothing. */
function waitingModel(ms: number): ChatModel {
  return {
    revision: () => 'bench',
    complete: async () => {
      await sleep(ms);
      const usage = { inputTokens: 20, outputTokens: 10, estimated: false };
      const times = { serviceMs: ms, firstTokenMs: ms };
      return { kind: 'answered', response: { text: 'x', finishReason: 'stop', usage, usd: null, ...times } };
    },
  };
}

/** Has workers of this process answer, and gives the run's side to the work. */
async function withWorkers<Value>(
  count: number,
  ms: number,
  work: (model: RemoteModel) => Promise<Value>,
): Promise<Value> {
  const redis = await startRedis();
  const offered = [{ offer: offerOf('bench'), slots }];
  const opened = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = await connect(redis.url);
      return {
        server,
        worker: await openWorker(server, 'bench', { model: waitingModel(ms), work: offered }),
      };
    }),
  );
  const run = await openRun(await connect(redis.url), 'bench', 'bench');
  try {
    return await work(run.model);
  } finally {
    await run.cluster.close();
    for (const { server, worker } of opened) {
      await worker.close();
      await server.close();
    }
    await redis.stop();
  }
}

let asked = 0;

async function ask(model: ChatModel): Promise<number> {
  const start = performance.now();
  const content = `${'A prompt of usual length. '.repeat(80)}${asked++}`;
  const request: ChatRequest = {
    model: 'openai/bench',
    messages: [{ role: 'user', content }],
    sample: { repeat: 0, index: 0 },
  };
  const outcome = await model.complete(request);
  if (outcome.kind !== 'answered') throw new Error(outcome.failure.message);
  return performance.now() - start;
}

/** Wall-clock seconds for so many calls, as many at once as the desk of a run would have under way. */
async function secondsOf(model: ChatModel, calls: number, atOnce: number): Promise<number> {
  const start = performance.now();
  let left = calls;
  const loop = async (): Promise<void> => {
    while (left-- > 0) await ask(model);
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return (performance.now() - start) / 1000;
}

export const benches: readonly Bench[] = [
  {
    name: 'workers',
    async run() {
      const one = await withWorkers(1, 1000, (model) => secondsOf(model, 10 * slots, 1.5 * slots));
      const four = await withWorkers(4, 1000, (model) => secondsOf(model, 40 * slots, 6 * slots));
      return against(
        (40 * slots) / four,
        'calls/s',
        { kind: 'peer', name: 'one worker', value: (10 * slots) / one },
        { atLeast: 3.6 },
        `calls of 1 s, ${slots} at once a worker; run, workers and server on this machine`,
      );
    },
  },
  {
    name: 'workers-processor-time',
    async run() {
      const calls = 2_000;
      const used = await withWorkers(1, 0, async (model) => {
        await secondsOf(model, 200, slots);
        const before = process.cpuUsage();
        await secondsOf(model, calls, slots);
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000 / calls;
      });
      const limit = { kind: 'limit', name: 'of the run and the worker together', value: 2 } as const;
      return against(
        used,
        'ms/call',
        limit,
        { atMost: 1 },
        `${calls} calls, ${slots} at once, 2 kB of prompt`,
      );
    },
  },
  {
    name: 'workers-latency',
    async run() {
      const times = await withWorkers(1, 0, async (model) => {
        const all: number[] = [];
        for (let call = 0; call < 220; call++) all.push(await ask(model));
        return all.slice(20);
      });
      const limit = { kind: 'limit', name: 'added to a call', value: 10 } as const;
      return against(
        median(times.sort((a, b) => a - b)),
        'ms',
        limit,
        { atMost: 1 },
        'median of 200, one after the other',
      );
    },
  },
];
