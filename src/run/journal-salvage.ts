import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { CallKey } from '../models/call-key.ts';
import type { ChatResponse } from '../models/chat-model.ts';
import { setAside } from '../models/sqlite-damage.ts';
import type { RunEvent } from './events.ts';
import { JournalRows, RowWriter } from './journal-rows.ts';
import { prepareSchema } from './journal-schema.ts';

/** Journals are made with SQLite's usual pages. */
const pageBytes = 4096;

/**
 * Puts in the place of a damaged journal a new one with all events before the first that is damaged or
 * missing, and all whole answers. The damaged one is kept.
 * @returns the name under which it is kept; `undefined` where there was none.
 */
export function salvageJournal(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const work = mkdtempSync(`${file}.salvage-`);
  try {
    const copies = [copyOf(file, join(work, 'with-log'), true), copyOf(file, join(work, 'without'), false)];
    // A log that has lost its end, over a data base that has it, is worse than none.
    const best = copies
      .map((copy) => ({ copy, events: lengthOf(copy) }))
      .toSorted((a, b) => b.events - a.events)[0];
    const mended = join(work, 'mended');
    if (best !== undefined) mend(best.copy, mended);
    return setAside(file, mended);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function copyOf(file: string, copy: string, withLog: boolean): string {
  copyFileSync(file, copy);
  // SQLite refuses a file whose last page is cut off, though all others are whole.
  const { size } = statSync(copy);
  if (size % pageBytes !== 0) truncateSync(copy, Math.ceil(size / pageBytes) * pageBytes);
  if (withLog && existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  return copy;
}

function lengthOf(copy: string): number {
  return withRows(copy, 0, (rows) => [...wholeEvents(rows)].length);
}

function mend(copy: string, mended: string): void {
  const database = new Database(mended);
  prepareSchema(database, mended);
  database.exec('BEGIN');
  const writer = new RowWriter(database);
  withRows(copy, undefined, (rows) => {
    let events = 0;
    for (const event of wholeEvents(rows)) {
      writer.event(event);
      events++;
    }
    for (const [key, response] of wholeAnswers(rows, events)) writer.answer(key, response);
  });
  database.exec('COMMIT');
  database.close();
}

/** What can be read of a copy; `otherwise` where it cannot even be opened. */
function withRows<Value>(copy: string, otherwise: Value, work: (rows: JournalRows) => Value): Value {
  let database: Database.Database | undefined;
  let rows: JournalRows;
  try {
    database = new Database(copy);
    // Lets SQLite read a file that is shorter than it says.
    database.exec('PRAGMA writable_schema = ON');
    rows = new JournalRows(database, (what, cause) => {
      throw new Error(what, { cause });
    });
  } catch {
    database?.close();
    return otherwise;
  }
  try {
    return work(rows);
  } finally {
    database.close();
  }
}

/** Events up to the first that cannot be read. */
function* wholeEvents(rows: JournalRows): Generator<RunEvent> {
  for (let number = 1; ; number++) {
    let event: RunEvent;
    try {
      event = rows.event(number);
    } catch {
      return;
    }
    yield event;
  }
}

function* wholeAnswers(rows: JournalRows, events: number): Generator<[CallKey, ChatResponse]> {
  let last: number;
  try {
    last = rows.lastAnswer();
  } catch {
    // Surely enough: each was asked for in an event, or taken from other runs for a cell that was.
    last = 16 * events;
  }
  for (let row = 1; row <= last; row++) {
    const answer = rows.answerAt(row);
    if (answer !== undefined) yield answer;
  }
}
