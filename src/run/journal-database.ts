import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { InputError, type MixtuneError, messageOf } from '../core/errors.ts';
import { isDamage } from '../models/sqlite-damage.ts';
import { JournalDamagedError } from './journal-rows.ts';

export interface OpenDatabase {
  readonly database: Database.Database;
  /** Closes it, and removes what was made for it. */
  close(): void;
}

/** How long one waits for another process, in ms. */
const busyMs = 5_000;

/**
 * Opens a journal that is only read. SQLite wants files beside it that it can write; where the disk or
 * the folder is read-only it is read as it lies there, or, if its log still holds something, from a copy.
 */
export function openForReading(file: string): OpenDatabase {
  if (!existsSync(file)) throw notAJournal(file, 'none');
  try {
    return tried(`${pathToFileURL(file).href}?mode=ro`);
  } catch (error) {
    if (isDamage(error)) throw unreadable(file, error);
  }
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  try {
    return log === 0 ? tried(`${pathToFileURL(file).href}?immutable=1`) : copied(file);
  } catch (error) {
    throw isDamage(error) ? unreadable(file, error) : notAJournal(file, messageOf(error));
  }
}

/** Something that is no data base is refused as input; a journal with damage says what helps. */
function unreadable(file: string, error: unknown): MixtuneError {
  return (error as { code?: unknown }).code === 'SQLITE_NOTADB'
    ? notAJournal(file, messageOf(error))
    : new JournalDamagedError(file, messageOf(error), { cause: error });
}

function tried(uri: string): OpenDatabase {
  const database = new Database(uri);
  try {
    database.exec(`PRAGMA busy_timeout = ${busyMs}; SELECT 1 FROM sqlite_master`);
    return { database, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

function copied(file: string): OpenDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-journal-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    const opened = tried(pathToFileURL(copy).href);
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
  const database = new Database(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
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

export function notAJournal(file: string, found: string): InputError {
  return new InputError(file, { path: '', expected: "a run's journal (SQLite)", found });
}
