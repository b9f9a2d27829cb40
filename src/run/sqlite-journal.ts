import { closeSync, fdatasync, openSync } from 'node:fs';
import Database from 'libsql';
import { InputError, MixtuneError, messageOf } from '../core/errors.ts';
import type { ChatResponse } from '../models/chat-model.ts';
import type { RunEvent } from './events.ts';
import type { Journal } from './journal.ts';

const schemaVersion = 1;

export interface SqliteJournalOptions {
  /**
   * Committed events always survive the death of the process. `background` also flushes them to the
   * disk without making anyone wait, so that a power cut costs at most the last flush's worth (a few
   * milliseconds); `never` leaves flushing to the system. Either way the file stays consistent.
   */
  readonly flush: 'background' | 'never';
  /** Refuse a file that does not exist yet. Default false. */
  readonly mustExist?: boolean;
  readonly readOnly?: boolean;
}

/** `journal.sqlite`: events and answers in one SQLite file in WAL mode. */
export function openSqliteJournal(file: string, options: SqliteJournalOptions): Journal {
  const database = openDatabase(file, options);
  const insertEvent = database.prepare('INSERT INTO events (at, kind, data) VALUES (?, ?, ?)');
  const insertAnswer = database.prepare('INSERT OR REPLACE INTO answers (key, response) VALUES (?, ?)');
  const selectAnswer = database.prepare('SELECT response FROM answers WHERE key = ?');
  const selectEvents = database.prepare('SELECT at, kind, data FROM events ORDER BY sequence').raw();
  const flusher = options.flush === 'background' ? new Flusher(`${file}-wal`) : undefined;
  let events: RunEvent[] = [];
  const answers = new Map<string, ChatResponse>();

  const write = (): void => {
    if (events.length === 0 && answers.size === 0) return;
    try {
      database.exec('BEGIN IMMEDIATE');
      for (const [key, response] of answers) insertAnswer.run(key, JSON.stringify(response));
      for (const { at, kind, ...data } of events) insertEvent.run(at, kind, JSON.stringify(data));
      database.exec('COMMIT');
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw new MixtuneError(
        'journal-write-failed',
        `${file}: cannot write the journal (${messageOf(error)}); nothing that was committed is lost. ` +
          'Free the disk or mend the folder, then resume the run.',
        { cause: error },
      );
    }
    events = [];
    answers.clear();
    flusher?.flush();
  };

  return {
    append: (event) => void events.push(event),
    keepAnswer: (key, response) => void answers.set(key, response),
    answer: (key) => {
      const pending = answers.get(key);
      if (pending !== undefined) return pending;
      const row = selectAnswer.get(key) as { response: string } | undefined;
      return row === undefined ? undefined : (JSON.parse(row.response) as ChatResponse);
    },
    commit: write,
    *events() {
      for (const row of selectEvents.iterate()) {
        const [at, kind, data] = row as [number, string, string];
        yield { at, kind, ...(JSON.parse(data) as object) } as RunEvent;
      }
    },
    close: () => {
      if (options.readOnly !== true) write();
      flusher?.close();
      database.close();
    },
  };
}

function openDatabase(file: string, options: SqliteJournalOptions): Database.Database {
  try {
    const database = new Database(file, {
      readonly: options.readOnly === true,
      fileMustExist: options.mustExist === true,
    });
    database.pragma('busy_timeout = 5000');
    if (options.readOnly !== true) {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      createTables(database);
    }
    const version = readVersion(database);
    if (version !== schemaVersion) {
      throw new InputError(file, {
        path: 'meta.schema',
        found: String(version),
        expected: `a journal of schema version ${schemaVersion} (this mixtune cannot read another)`,
      });
    }
    return database;
  } catch (error) {
    if (error instanceof MixtuneError) throw error;
    throw new InputError(file, { path: '', expected: "a run's journal (SQLite)", found: messageOf(error) });
  }
}

function readVersion(database: Database.Database): number {
  const row = database.prepare("SELECT value FROM meta WHERE name = 'schema'").get() as
    | { value: string }
    | undefined;
  return Number(row?.value);
}

function createTables(database: Database.Database): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (sequence INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS answers (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, response TEXT NOT NULL);
    INSERT OR IGNORE INTO meta (name, value) VALUES ('schema', '${schemaVersion}');
  `);
}

/** Flushes the write-ahead log to the disk, one flush at a time, off the main thread. */
class Flusher {
  readonly #descriptor: number;
  #running = false;
  #again = false;
  #closed = false;

  constructor(walFile: string) {
    this.#descriptor = openSync(walFile, 'a');
  }

  flush(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    // A failed flush shows again in the next commit, which reports it.
    fdatasync(this.#descriptor, () => {
      this.#running = false;
      if (this.#closed) closeSync(this.#descriptor);
      else if (this.#again) {
        this.#again = false;
        this.flush();
      }
    });
  }

  close(): void {
    this.#closed = true;
    if (!this.#running) closeSync(this.#descriptor);
  }
}
