import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { codeOf, InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { refuseRunningSql } from '../../models/call-store/running-sql.ts';
import { isDamage } from '../../models/call-store/sqlite-damage.ts';
import { refuseOddDatabase } from '../../models/plain-file.ts';
import { JournalDamagedError } from './journal-rows.ts';

export interface OpenDatabase {
  readonly database: Database.Database;
  /** Closes it, and removes what was made for it. */
  close(): void;
}

/** How long one waits for another process, in ms. */
const busyMs = 5_000;
/**
 * Pages of the log (4 KiB each) that are taken over into the data base together. Answers come in the order of no key:
 * a page of their index is written anew by nearly every commit, and taken over once.
 */
const pagesInLog = 8_000;

/**
 * Opens a journal that is only read. SQLite wants files beside it that it can write; where the disk or
 * the folder is read-only it is read as it lies there, or, if its log still holds something, from a copy.
 * @param isMarked its mark is there: it was a journal, whatever stands there now.
 */
export function openForReading(file: string, isMarked = false): OpenDatabase {
  refuseOddDatabase(file);
  if (!existsSync(file))
    throw isMarked
      ? new JournalDamagedError(file, 'it is gone')
      : notAJournal(file, 'none (mixtune resume begins it)');
  try {
    return tried(`${pathToFileURL(file).href}?mode=ro`, file);
  } catch (error) {
    if (error instanceof MixtuneError) throw error;
    if (isDamage(error)) throw unreadable(file, error, isMarked);
  }
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  try {
    return log === 0 ? tried(`${pathToFileURL(file).href}?immutable=1`, file) : copied(file);
  } catch (error) {
    if (error instanceof MixtuneError) throw error;
    throw isDamage(error) ? unreadable(file, error, isMarked) : notAJournal(file, messageOf(error));
  }
}

/** Something that is no data base is refused as input; a journal with damage says what helps. */
function unreadable(file: string, error: unknown, isMarked: boolean): MixtuneError {
  return !isMarked && codeOf(error) === 'SQLITE_NOTADB'
    ? notAJournal(file, messageOf(error))
    : new JournalDamagedError(file, messageOf(error), { cause: error });
}

function tried(uri: string, shown: string): OpenDatabase {
  const database = new Database(uri);
  try {
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    refuseForeignSql(database, shown);
    return { database, close: () => closeSmall(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Closed by the binding it stays, with its pages (2 MB), until its statements are collected as garbage; and of garbage
 * that is outside the heap Node does not know: a list of 500 runs took 1.4 GB.
 */
function closeSmall(database: Database.Database): void {
  database.exec('PRAGMA shrink_memory');
  database.close();
}

function copied(file: string): OpenDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-journal-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    const opened = tried(pathToFileURL(copy).href, file);
    return {
      database: opened.database,
      close: () => {
        opened.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Opens a journal to go on with, or a new one. @throws what the binding throws, also where it is damaged. */
export function openForWriting(file: string): OpenDatabase {
  refuseOddDatabase(file);
  // SQLite would roll it back, and remove the file that it names. mixtune leaves one only where it is killed in the
  // moment in which it makes the data base, which is empty then.
  rmSync(`${file}-journal`, { force: true });
  const database = new Database(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
    refuseForeignSql(database, file);
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${pagesInLog}`,
    );
    refuseUnsound(database);
    return { database, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Has SQLite check its structures (about a third of a second for a million events). @throws where they are not sound. */
function refuseUnsound(database: Database.Database): void {
  // The findings may name things in damaged letters, and `json` of anything else than JSON is an error.
  database.exec(
    "SELECT CASE (SELECT group_concat(quick_check) FROM pragma_quick_check) WHEN 'ok' THEN 1 ELSE json('damaged') END",
  );
}

/** Of versions that kept snapshots: only ever removed. */
const former = /^CREATE TABLE snapshot_head /;

/** @throws InputError where the file brings SQL that runs by itself */
export function refuseForeignSql(database: Database.Database, file: string): void {
  refuseRunningSql(database, file, { what: "a run's journal", own: (text) => former.test(text) });
}

export function notAJournal(file: string, found: string): InputError {
  return new InputError(file, { expected: "a run's journal (SQLite)", found });
}
