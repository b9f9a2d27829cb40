import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createRealClock } from '../../src/core/clock.ts';
import { type NewEvent, Recorder } from '../../src/run/journal/recorder.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { against, type Bench } from './harness.ts';
import { eventsPerTrial, longRunEvents } from './support/journal-events.ts';

const trials = 100_000;

/** Events a second through recorder (state included) into the file, so many to a commit. */
function append(file: string, count: number, perCommit: number): number {
  const journal = openSqliteJournal(file, { flush: 'background' });
  let at = 0;
  const recorder = new Recorder(journal, {
    clock: createRealClock(),
    now: () => at,
    durability: 'batched',
    commitEvery: perCommit,
  });
  let ms = 0;
  let waiting: NewEvent[] = [];
  const write = (): void => {
    const start = performance.now();
    for (const event of waiting) recorder.record(event);
    ms += performance.now() - start;
    waiting = [];
  };
  for (const { at: time, ...event } of longRunEvents(count)) {
    at = time;
    waiting.push(event as NewEvent);
    if (waiting.length === 4096) write();
  }
  write();
  const start = performance.now();
  recorder.close();
  ms += performance.now() - start;
  journal.close();
  return (count * eventsPerTrial * 1000) / ms;
}

interface Loaded {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly trials: number;
  readonly calls: number;
}

/** Loads in a process of its own, whose memory is nobody else's. */
function load(file: string): Loaded {
  const program = fileURLToPath(new URL('./support/load-journal.ts', import.meta.url));
  const told = execFileSync(process.execPath, ['--import', 'tsx', program, file], { encoding: 'utf8' });
  return JSON.parse(told) as Loaded;
}

function withFile<Value>(work: (file: string) => Value): Value {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-journal-bench-'));
  try {
    return work(join(folder, 'journal.sqlite'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let long:
  | { readonly rate: number; readonly megabytes: number; readonly loads: readonly Loaded[] }
  | undefined;

/** The million events are written once for all benches of this file. */
function longRun(): NonNullable<typeof long> {
  long ??= withFile((file) => {
    const rate = append(file, trials, 512);
    const megabytes = statSync(file).size / 1e6;
    return { rate, megabytes, loads: loadThrice(file) };
  });
  return long;
}

/** Least processor time first. */
const loadThrice = (file: string): Loaded[] =>
  [load(file), load(file), load(file)].sort((a, b) => a.cpuMs - b.cpuMs);

/** Processor time, which other work on the machine changes less than time on the wall. */
function loadBench(name: string, count: number, goalMs: number, loads: () => readonly Loaded[]): Bench {
  return {
    name,
    async run() {
      const [, middle] = loads();
      if (middle?.trials !== count || middle.calls !== 3 * count) throw new Error('not all was loaded');
      const note = `${count} trials, front and strategy rebuilt; ${Math.round(middle.ms)} ms on the wall`;
      const goal = { kind: 'limit', name: 'goal', value: goalMs } as const;
      return against(middle.cpuMs, 'ms of processor time', goal, { atMost: 1 }, note);
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'journal-append',
    async run() {
      const { rate, megabytes } = longRun();
      const note = `1,000,000 events in commits of 512, ${Math.round(megabytes)} MB`;
      const goal = { kind: 'limit', name: 'goal', value: 20_000 } as const;
      return against(rate, 'events/s', goal, { atLeast: 1 }, note);
    },
  },
  {
    name: 'journal-append-small',
    async run() {
      const rate = withFile((file) => append(file, 10_000, 16));
      const goal = { kind: 'limit', name: 'goal', value: 20_000 } as const;
      return against(rate, 'events/s', goal, { atLeast: 1 }, '100,000 events in commits of 16');
    },
  },
  loadBench('journal-load', trials, 8_000, () => longRun().loads),
  loadBench('journal-load-10k', 10_000, 1_500, () =>
    withFile((file) => {
      append(file, 10_000, 512);
      return loadThrice(file);
    }),
  ),
  {
    name: 'journal-load-memory',
    async run() {
      const peak = Math.max(...longRun().loads.map(({ peakMb }) => peakMb));
      return against(
        peak,
        'MB',
        { kind: 'limit', name: 'goal', value: 800 },
        { atMost: 1 },
        'peak of the process',
      );
    },
  },
];
