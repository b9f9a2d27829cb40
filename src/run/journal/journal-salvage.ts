import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { CallKey } from '../../models/call-key.ts';
import { setAside } from '../../models/call-store/sqlite-damage.ts';
import type { ChatResponse } from '../../models/chat-model.ts';
import type { RunEvent } from './events.ts';
import { refuseForeignSql } from './journal-database.ts';
import type { Mark } from './journal-mark.ts';
import { JournalRows, RowWriter } from './journal-rows.ts';
import { prepareSchema } from './journal-schema.ts';

/** Journals are made with SQLite's usual pages. */
const pageBytes = 4096;
/** The most answers that can be lost with one of them: some 450 pages below it, of 18 short answers at most. */
const rowsOfInnerPage = 8_000;

/**
 * Puts in the place of a damaged journal a new one with all events before the first that is damaged or
 * missing, and all whole answers. The damaged one is kept.
 * @param mark what the journal held, where that is known; events of another run are not taken for it.
 * @returns the name under which it is kept; `undefined` where there was none.
 */
export function salvageJournal(file: string, mark: Mark | undefined): string | undefined {
  if (!existsSync(file)) return undefined;
  const work = mkdtempSync(`${file}.salvage-`);
  try {
    const copies = [copyOf(file, join(work, 'with-log'), true), copyOf(file, join(work, 'without'), false)];
    // A log that has lost its end, over a data base that has it, is worse than none.
    const best = copies
      .map((copy) => ({ copy, events: lengthOf(copy, mark) }))
      .toSorted((a, b) => b.events - a.events)
      .find(({ events }) => events >= 0);
    const mended = join(work, 'mended');
    mend(best?.copy, mended);
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

/** Events that can be read; -1 where they are another run's. */
function lengthOf(copy: string, mark: Mark | undefined): number {
  return withRows(copy, 0, (rows) => {
    let events = 0;
    for (const { at } of wholeEvents(rows)) {
      if (++events === mark?.events && at !== mark.at) return -1;
    }
    return events;
  });
}

/** @param copy what is taken over; nothing where there is none. */
function mend(copy: string | undefined, mended: string): void {
  const database = new Database(mended);
  prepareSchema(database, mended);
  database.exec('BEGIN');
  const writer = new RowWriter(database);
  const takeOver = (rows: JournalRows): void => {
    writer.events(wholeEvents(rows));
    writer.answers(wholeAnswers(rows));
  };
  if (copy !== undefined) withRows(copy, undefined, takeOver);
  database.exec('COMMIT');
  database.close();
}

/** What can be read of a copy; `otherwise` where it cannot even be opened. */
function withRows<Value>(copy: string, otherwise: Value, work: (rows: JournalRows) => Value): Value {
  let database: Database.Database | undefined;
  let rows: JournalRows;
  try {
    database = new Database(copy);
    // Before anything is read: lets SQLite read a file that is shorter than it says.
    database.exec('PRAGMA writable_schema = ON');
    refuseForeignSql(database, copy);
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

function* wholeAnswers(rows: JournalRows): Generator<[CallKey, ChatResponse]> {
  const last = lastAnswerOf(rows);
  let end = last ?? rowsOfInnerPage;
  for (let row = 1; row <= end; row++) {
    const answer = rows.answerAt(row);
    if (answer === undefined) continue;
    if (last === undefined) end = row + rowsOfInnerPage;
    yield answer;
  }
}

/** `undefined` where the page that would tell is lost. */
function lastAnswerOf(rows: JournalRows): number | undefined {
  try {
    return rows.lastAnswer();
  } catch {
    return undefined;
  }
}
