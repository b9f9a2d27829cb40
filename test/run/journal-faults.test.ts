import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../src/core/rng.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { createMemoryJournal, type Journal } from '../../src/run/journal/journal.ts';
import { JournalWriteError } from '../../src/run/journal/journal-rows.ts';
import { openSqliteJournal, type SqliteJournalOptions } from '../../src/run/journal/sqlite-journal.ts';
import { TuningRun } from '../../src/run/tuning-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings } from './world.ts';

/** With the 30 of kill.test.ts, which are processes, 200 in CI; a few of them elsewhere. */
const faults = thorough
  ? { 'a full disk': 60, 'a disk that fails while committing': 40, 'a torn log': 70 }
  : { 'a full disk': 1, 'a disk that fails while committing': 1, 'a torn log': 2 };
const settings = { ...worldSettings, budget: { maxEvaluations: 9 } };
const failureRate = 0.1;
let scratch: string;
let expected: { front: string; paid: number; events: readonly RunEvent[] };

beforeAll(async () => {
  scratch = temporaryFolder('faults');
  const journal = createMemoryJournal();
  expected = { ...(await play(journal)), events: journal.written };
});

async function play(
  journal: Journal,
  onPaid: () => void = () => undefined,
): Promise<{ front: string; paid: number }> {
  const dependencies = { ...worldDependencies({ failureRate }), commitEvery: 5 };
  const { model } = dependencies;
  const complete = model.complete.bind(model);
  model.complete = (...given) => {
    onPaid();
    return complete(...given);
  };
  const front = await dependencies.clock.run(() =>
    new TuningRun('test', journal, settings, dependencies).run(),
  );
  return { front: JSON.stringify(front), paid: model.paid };
}

const sqlite = (file: string, options: Partial<SqliteJournalOptions> = {}): Journal =>
  openSqliteJournal(file, { flush: 'never', ...options });

function settled(events: readonly RunEvent[]): number {
  return events.filter(({ kind }) => kind === 'call-answered' || kind === 'call-failed').length;
}

/** Resumes what is left in the file; it must come to the very same end without paying for what it knows. */
async function expectSameEnd(file: string): Promise<void> {
  const journal = sqlite(file);
  const before = [...journal.events()];
  expect(before).toEqual(expected.events.slice(0, before.length));
  const { front, paid } = await play(journal);
  expect(front).toBe(expected.front);
  expect(paid).toBe(expected.paid - settled(before));
  expect([...journal.events()]).toEqual(expected.events);
  journal.close();
}

/** Every write from the n-th on fails. */
function failFrom(n: number, moment: 'begin' | 'commit', code: string): (at: 'begin' | 'commit') => void {
  let writes = 0;
  let failing = false;
  return (at) => {
    if (at === 'begin') writes++;
    failing ||= at === moment && writes >= n;
    if (failing) throw Object.assign(new Error(`${code}: simulated`), { code });
  };
}

/** Closing tries to write once more, which fails too where anything was left to write. */
function closeBroken(journal: Journal): void {
  try {
    journal.close();
  } catch (error) {
    expect(error).toBeInstanceOf(JournalWriteError);
  }
}

const commits = (): number => Math.floor(expected.events.length / 5);

describe('a journal that cannot be written', () => {
  for (const [what, moment, code] of [
    ['a full disk', 'begin', 'SQLITE_FULL'],
    ['a disk that fails while committing', 'commit', 'SQLITE_IOERR'],
  ] as const) {
    it.skipIf(!thorough && code !== 'SQLITE_FULL')(
      `pauses the run on ${what} at ${faults[what]} seeded points and loses nothing`,
      async () => {
        const rng = createRng(what);
        for (let point = 0; point < faults[what]; point++) {
          const file = join(scratch, `${code}-${point}.sqlite`);
          const fail = failFrom(1 + rng.integer(commits()), moment, code);
          let failed = false;
          let paidAfterwards = 0;
          const journal = sqlite(file, {
            onWrite: (at) => {
              try {
                fail(at);
              } catch (error) {
                failed = true;
                throw error;
              }
            },
          });
          const ended = play(journal, () => {
            if (failed) paidAfterwards++;
          });
          await expect(ended).rejects.toThrow(JournalWriteError);
          expect(paidAfterwards).toBe(0);
          closeBroken(journal);
          await expectSameEnd(file);
        }
      },
    );
  }

  it('says what to do', async () => {
    const journal = sqlite(join(scratch, 'said.sqlite'), { onWrite: failFrom(3, 'begin', 'ENOSPC') });
    await expect(play(journal)).rejects.toThrow(/cannot write the journal \(ENOSPC.*resume the run/);
  });

  it('keeps what it could not write for the moment when there is room again', async () => {
    const file = join(scratch, 'room.sqlite');
    let failing = false;
    const journal = sqlite(file, {
      onWrite: () => {
        if (failing) throw new Error('SQLITE_FULL');
      },
    });
    const [first, second, third] = expected.events as [RunEvent, RunEvent, RunEvent];
    journal.append(first);
    journal.commit();
    failing = true;
    journal.append(second);
    expect(() => journal.commit()).toThrow(JournalWriteError);
    failing = false;
    journal.append(third);
    journal.commit();
    expect([...journal.events()]).toEqual([first, second, third]);
    journal.close();
  });
});

describe('a journal that was torn', () => {
  it.skipIf(!thorough)(
    `goes on from what is whole, after ${faults['a torn log']} seeded kinds of damage`,
    async () => {
      const rng = createRng('torn');
      for (let point = 0; point < faults['a torn log']; point++) {
        const file = join(scratch, `torn-${point}.sqlite`);
        await killAt(file, 2 + rng.integer(commits() - 1));
        damage(`${file}-left`, rng);
        await expectSameEnd(`${file}-left`);
      }
    },
  );
});

/** Leaves beside the file what a process would leave that died before its n-th write. */
async function killAt(file: string, n: number): Promise<void> {
  let writes = 0;
  const journal = sqlite(file, {
    onWrite: (at) => {
      if (at !== 'begin' || ++writes < n) return;
      if (writes === n) {
        copyFileSync(file, `${file}-left`);
        copyFileSync(`${file}-wal`, `${file}-left-wal`);
      }
      throw new Error('dead');
    },
  });
  await expect(play(journal)).rejects.toThrow('dead');
  closeBroken(journal);
}

/** Cuts the write-ahead log at any byte, or scribbles over its end. */
function damage(file: string, rng: Rng): void {
  const log = `${file}-wal`;
  const bytes = readFileSync(log);
  const cut = rng.integer(bytes.length + 1);
  if (rng.next() < 0.5) truncateSync(log, cut);
  else {
    // A log of a single-digit number of frames: the last writes are what a dying machine leaves half done.
    const from = Math.max(32, Math.max(cut, bytes.length - 40_000));
    for (let at = from; at < bytes.length; at++) bytes[at] = rng.integer(256);
    writeFileSync(log, bytes);
  }
}
