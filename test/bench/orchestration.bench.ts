import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRealClock } from '../../src/core/clock.ts';
import type { ChatModel } from '../../src/models/chat-model.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
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

/**
 * Calls per second of processor time of a whole tuning run (engine, cache, budget, SQLite journal synced to disk) on a
 * model that answers at once. Of processor time, since others may use the machine; on an idle one a little less a second.
 */
export const bench: Bench = {
  name: 'orchestration',
  async run() {
    // The second run is measured: by then the engine's code is compiled, as it is in any job of an hour.
    await play(3_000);
    const { calls, trials, seconds, busy } = await play(20_000);
    const note = `${calls} calls, ${trials} trials; ${busy.toFixed(1)} s of processor in ${seconds.toFixed(1)} s`;
    return against(
      calls / busy,
      'calls/s',
      { kind: 'limit', name: 'goal', value: 5_000 },
      { atLeast: 1 },
      note,
    );
  },
};

async function play(
  maxCalls: number,
): Promise<{ calls: number; trials: number; seconds: number; busy: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'mixtune-bench-'));
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'background' });
  try {
    const settings = { ...worldSettings, concurrency: 64, budget: { maxCalls, maxEvaluations: 2_000 } };
    const dependencies = { ...worldDependencies(), clock: createRealClock(), model: instantModel };
    const start = performance.now();
    const cpu = process.cpuUsage();
    const front = await new TuningRun('bench', journal, settings, dependencies).run();
    const { user, system } = process.cpuUsage(cpu);
    return {
      calls: front.spent.calls,
      trials: front.evaluations,
      seconds: (performance.now() - start) / 1000,
      busy: (user + system) / 1e6,
    };
  } finally {
    journal.close();
    await rm(folder, { recursive: true });
  }
}
