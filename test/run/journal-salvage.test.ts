import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { JournalDamagedError } from '../../src/run/journal/journal-rows.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { tune } from '../../src/run/tune.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { exhaustive, thorough } from '../support/thorough.ts';
import { worldDependencies, worldSettings } from './world.ts';
import { worldManifest } from './world-manifest.ts';

const pageBytes = 4096;
const runs = exhaustive ? 100 : thorough ? 25 : 2;
const settings = { ...worldSettings, budget: { maxEvaluations: 12 } };

let scratch: string;
/** The folder of a run that has ended, its journal all in one file. */
let ended: string;
let whole: Held;
let size: number;

/** What a journal holds. */
interface Held {
  readonly events: readonly RunEvent[];
  readonly answers: ReadonlyMap<string, string>;
}

beforeAll(async () => {
  scratch = temporaryFolder('salvage');
  ended = await createRunFolder(scratch, 'ended', worldManifest('ended', settings));
  const dependencies = worldDependencies();
  // Often, as runs with real models do: events and answers lie among each other.
  await tune(ended, settings, { ...dependencies, commitEvery: 4 });
  whole = opened(join(ended, 'journal.sqlite')).held;
  size = statSync(join(ended, 'journal.sqlite')).size;
  expect(size / pageBytes).toBeGreaterThan(50);
});

/** Opens a journal to go on with, as `tune` does, and reads it. */
function opened(file: string): { readonly held: Held; readonly lost: number | undefined } {
  const read = () => {
    const journal = openSqliteJournal(file, { flush: 'never' });
    try {
      const events = [...journal.events()];
      const answers = new Map([...journal.answers()].map(([key, answer]) => [key, JSON.stringify(answer)]));
      return { held: { events, answers }, lost: journal.damage?.lost?.events };
    } finally {
      journal.close();
    }
  };
  try {
    return read();
  } catch (error) {
    // What proves to be damaged while it is read is mended when it is opened again.
    if (error instanceof JournalDamagedError) return read();
    throw error;
  }
}

/** How many events one gets who tells SQLite the file's true length and reads until it fails. */
function naively(file: string): number {
  const copy = `${file}.naive`;
  const pages = Math.floor(statSync(file).size / pageBytes);
  const bytes = readFileSync(file).subarray(0, pages * pageBytes);
  if (pages === 0) return 0;
  bytes.writeUInt32BE(pages, 28);
  bytes.copy(bytes, 92, 24, 28);
  writeFileSync(copy, bytes);
  const database = new Database(copy);
  let events = 0;
  try {
    const select = database.prepare('SELECT CAST(data AS BLOB) AS data FROM events WHERE sequence = ?');
    while (select.get(events + 1) !== undefined) events++;
  } catch {
    // So far, then.
  } finally {
    database.close();
    rmSync(copy);
  }
  return events;
}

function copyOfEnded(name: string): string {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(ended, folder, { recursive: true });
  return join(folder, 'journal.sqlite');
}

/** What is whole is a beginning of what was written, the rest is said to be lost; opened again it is no other. */
function expectBeginning(file: string): Held {
  const { held, lost } = opened(file);
  const { events, answers } = held;
  expect(JSON.stringify(events)).toBe(JSON.stringify(whole.events.slice(0, events.length)));
  expect(events.length + (lost ?? 0)).toBe(whole.events.length);
  for (const [key, answer] of answers) expect(answer).toBe(whole.answers.get(key));
  const again = opened(file).held;
  expect(JSON.stringify(again.events)).toBe(JSON.stringify(events));
  expect(again.answers).toEqual(answers);
  return held;
}

describe('a journal that is cut off', () => {
  it('keeps most of its events and answers where 85% of the file are left', () => {
    const file = copyOfEnded('most');
    truncateSync(file, Math.floor(size * 0.85));
    const { events, answers } = expectBeginning(file);
    expect(events.length).toBeGreaterThan(whole.events.length * 0.7);
    expect(answers.size).toBeGreaterThan(whole.answers.size * 0.7);
  });

  it('anywhere, in a page or between two, keeps what can be read of its beginning', () => {
    const length = fc.oneof(
      fc.integer({ min: 1, max: size }),
      fc.integer({ min: 1, max: size / pageBytes }).map((pages) => pages * pageBytes),
    );
    fc.assert(
      fc.property(length, (left) => {
        const file = copyOfEnded('cut');
        truncateSync(file, left);
        const readable = naively(file);
        expect(expectBeginning(file).events.length).toBeGreaterThanOrEqual(readable);
      }),
      { numRuns: runs },
    );
  });

  it.skipIf(!thorough)('lets a run come to its end', async () => {
    const file = copyOfEnded('again');
    truncateSync(file, Math.floor(size * 0.85));
    const { front, evaluations } = await tune(join(scratch, 'again'), settings, worldDependencies());
    expect(front).not.toEqual([]);
    expect(evaluations).toBe(settings.budget.maxEvaluations);
  });
});

describe('a journal of which pages were overwritten', () => {
  it.skipIf(!thorough)('keeps no event behind the first that is lost', () => {
    const page = fc.integer({ min: 2, max: size / pageBytes - 1 });
    const damage = fc.record({ page, by: fc.oneof(fc.constantFrom('zeros', 'noise'), page) });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), (damages, isCut) => {
        const file = copyOfEnded('overwritten');
        const bytes = readFileSync(file);
        const written = Buffer.from(bytes);
        for (const { page, by } of damages) written.set(pageOf(bytes, by), page * pageBytes);
        writeFileSync(file, isCut ? written.subarray(0, Math.floor(size * 0.9)) : written);
        expectBeginning(file);
      }),
      { numRuns: runs },
    );
  });
});

/** @param what the number of another page, from 0 */
function pageOf(bytes: Buffer, what: 'zeros' | 'noise' | number): Buffer {
  if (typeof what === 'number') return bytes.subarray(what * pageBytes, (what + 1) * pageBytes);
  const rng = createRng('noise');
  return Buffer.from(Array.from({ length: pageBytes }, () => (what === 'zeros' ? 0 : rng.integer(256))));
}
