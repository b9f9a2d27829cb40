import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRealClock } from '../../src/core/clock.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { openSqliteJournal } from '../../src/run/sqlite-journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { worldDependencies, worldSettings } from '../run/world.ts';
import { against, type Bench } from './harness.ts';

const instantModel: ChatModel = {
  revision: () => 'instant',
  complete: () =>
    Promise.resolve({
      kind: 'answered',
      response: {
        text: 'yes, that is so',
        finishReason: 'stop',
        usage: { inputTokens: 20, outputTokens: 5, estimated: false },
        serviceMs: 1,
        firstTokenMs: 1,
        usd: 0.000001,
      },
    }),
};

/** A whole tuning run (engine, cache, budget, SQLite journal synced to disk) on a model that answers at once. */
export const bench: Bench = {
  name: 'orchestration',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'mixtune-bench-'));
    const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'background' });
    try {
      const settings = {
        ...worldSettings,
        concurrency: 64,
        budget: { maxCalls: 20_000, maxEvaluations: 2_000 },
      };
      const dependencies = { ...worldDependencies(), clock: createRealClock(), model: instantModel };
      const start = performance.now();
      const cpu = process.cpuUsage();
      const front = await new TuningRun('bench', journal, settings, dependencies).run();
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const note = `${front.spent.calls} calls, ${front.evaluations} trials, ${((user + system) / 1e6).toFixed(1)} s of processor`;
      return against(
        front.spent.calls / seconds,
        'calls/s',
        { kind: 'limit', name: 'goal', value: 5_000 },
        { atLeast: 1 },
        note,
      );
    } finally {
      journal.close();
      await rm(folder, { recursive: true });
    }
  },
};
