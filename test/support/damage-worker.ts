import { appendFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createRealClock } from '../../src/core/clock.ts';
import { MixtuneError } from '../../src/core/errors.ts';
import { callKey } from '../../src/models/call-key.ts';
import { openRun } from '../../src/run/folder/run-folder.ts';
import { readStatus } from '../../src/run/folder/run-status.ts';
import { JournalDamagedError } from '../../src/run/journal/journal-rows.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { tune } from '../../src/run/tune.ts';
import { createWorldModel, worldDependencies, worldSettings } from '../run/world.ts';

/** What is asked of a run in its folder; a line of JSON each. */
export interface DamageJob {
  readonly folder: string;
  /** `open` opens the journal to go on with it and goes through its events. */
  readonly what: 'tune' | 'read' | 'open';
  readonly maxCalls: number;
  /** The process dies with SIGKILL at its n-th paid call. */
  readonly killAt?: number;
  /** The run is asked to stop at its n-th paid call. */
  readonly stopAt?: number;
  /** The run's folder is renamed at its n-th paid call. */
  readonly moveAt?: number;
}

export interface DamageOutcome {
  /** Keys of calls that were paid, in order; also in the file `<folder>.paid`. */
  readonly paid: readonly string[];
  readonly notices: readonly string[];
  readonly error: { readonly name: string; readonly message: string; readonly expected: boolean } | null;
  readonly told: unknown;
}

function countEvents(folder: string): unknown {
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never' });
  try {
    return { events: [...journal.events()].length, damage: journal.damage ?? null };
  } finally {
    journal.close();
  }
}

async function work(job: DamageJob): Promise<DamageOutcome> {
  const paid: string[] = [];
  const notices: string[] = [];
  try {
    const told = await deeds[job.what](job, paid, notices);
    return { paid, notices, error: null, told };
  } catch (error) {
    const { name, message } = error as Error;
    return { paid, notices, error: { name, message, expected: error instanceof MixtuneError }, told: null };
  }
}

const deeds: Record<DamageJob['what'], (job: DamageJob, paid: string[], notices: string[]) => unknown> = {
  async read({ folder }) {
    const { phase, spent } = await readStatus(folder);
    const opened = await openRun(dirname(folder), folder);
    if (!opened.ok) throw opened.error;
    return { phase, spent, front: opened.value.front };
  },
  open({ folder }) {
    try {
      return countEvents(folder);
    } catch (error) {
      // As `tune` does: what proves to be damaged while it is read is mended when it is opened again.
      if (error instanceof JournalDamagedError) return countEvents(folder);
      throw error;
    }
  },
  async tune({ folder, maxCalls, killAt, stopAt, moveAt }, paid, notices) {
    const real = createRealClock();
    const clock = {
      ...real,
      sleep: (ms: number, signal?: AbortSignal) => real.sleep(Math.min(ms, 2), signal),
    };
    const controller = new AbortController();
    const dependencies = worldDependencies({ signal: controller.signal });
    const model = createWorldModel(clock);
    const complete = model.complete.bind(model);
    model.complete = (request, options) => {
      const key = callKey(request, model);
      appendFileSync(`${folder}.paid`, `${key}\n`);
      paid.push(key);
      if (paid.length === killAt) process.kill(process.pid, 'SIGKILL');
      if (paid.length === stopAt) controller.abort();
      if (paid.length === moveAt) renameSync(folder, `${folder}-moved`);
      return complete(request, options);
    };
    return tune(
      folder,
      { ...worldSettings, budget: { maxCalls } },
      { ...dependencies, clock, model, onNotice: (notice) => notices.push(notice) },
    );
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await work(JSON.parse(line) as DamageJob))}\n`);
}
