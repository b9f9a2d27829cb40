import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import Database from 'libsql';
import { InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import { unwrap } from '../../core/result.ts';
import { madeBy, refuseRunningSql } from '../../models/call-store/running-sql.ts';
import {
  isDamage,
  numberIn,
  placeOf,
  setAside,
  textOf,
  wasDatabase,
} from '../../models/call-store/sqlite-damage.ts';
import { makeFolder } from '../../models/make-folder.ts';
import { refuseOddDatabase } from '../../models/plain-file.ts';
import { entryId, type LeaderboardEntry, parseEntry } from './entry.ts';

/** Raised when the tables change in a way that older versions cannot read. */
const schemaVersion = 1;
/** How long another process's hold on the file is waited for, in ms. */
const busyMs = 10_000;

const schema = `
CREATE TABLE IF NOT EXISTS entries (
  id TEXT PRIMARY KEY, task TEXT NOT NULL, entry TEXT NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_task ON entries (task);
PRAGMA user_version = ${schemaVersion};
`;

const isOwn = madeBy(schema);

export interface StoredEntry {
  readonly id: string;
  readonly entry: LeaderboardEntry;
}

const columns = 'CAST(id AS BLOB) AS id, CAST(entry AS BLOB) AS entry, checksum + 0 AS checksum';

/**
 * The leaderboards of a runs folder, in one small data base that several processes may use at once. It is opened for
 * each question and closed again. A file that proves to be damaged is said and set aside, and a new one begun; a row
 * that is not as it was written is left out, which is said too.
 */
export class LeaderboardStore {
  readonly #file: string;
  readonly #onNotice: (notice: string) => void;

  /** @param onNotice told of what is damaged, with the names of the files */
  constructor(runsFolder: string, onNotice: (notice: string) => void = () => undefined) {
    this.#file = join(runsFolder, 'leaderboard.sqlite');
    this.#onNotice = onNotice;
  }

  /** Makes the file where there is none. @throws InputError where nothing can be kept in it */
  refuseUnlessWritable(): void {
    makeFolder(dirname(this.#file));
    this.#use((database) => database.exec('BEGIN IMMEDIATE; ROLLBACK'));
  }

  /** Keeps an entry for good; one that is there already stays as it is. @returns its id. @throws InputError */
  add(entry: LeaderboardEntry): string {
    const id = entryId(entry);
    const text = JSON.stringify(entry);
    // What could not be read again would be left out of the list for ever.
    unwrap(parseEntry(text, 'entry'));
    makeFolder(dirname(this.#file));
    this.#use((database) => {
      database
        .prepare('INSERT INTO entries (id, task, entry, checksum) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
        .run(id, entry.task, text, crc32(text));
    });
    return id;
  }

  /** Whether there was such an entry. @throws InputError */
  remove(task: string, id: string): boolean {
    if (!existsSync(this.#file)) return false;
    return this.#use(
      (database) =>
        database.prepare('DELETE FROM entries WHERE task = ? AND id = ?').run(task, id).changes > 0,
    );
  }

  /** Of one task, by id; looking makes no file. @throws InputError */
  entries(task: string): StoredEntry[] {
    if (!existsSync(this.#file)) return [];
    const rows = this.#use((database) =>
      database.prepare(`SELECT ${columns} FROM entries WHERE task = ? ORDER BY id`).all(task),
    );
    return rows.filter(isRecord).flatMap((row) => this.#entryIn(row));
  }

  /** Names of the tasks that have entries, in order. @throws InputError */
  tasks(): string[] {
    if (!existsSync(this.#file)) return [];
    const rows = this.#use((database) =>
      database.prepare('SELECT DISTINCT CAST(task AS BLOB) AS task FROM entries').all(),
    );
    return rows
      .filter(isRecord)
      .map(({ task }) => textOf(task))
      .sort();
  }

  #entryIn(row: Readonly<Record<string, unknown>>): StoredEntry[] {
    const id = textOf(row.id);
    const text = textOf(row.entry);
    const entry = parseEntry(text, `${this.#file}: entry ${JSON.stringify(id)}`);
    if (entry.ok && row.checksum === crc32(text)) return [{ id, entry: entry.value }];
    const why = entry.ok ? 'it is not as it was written' : entry.error.message;
    this.#onNotice(`${this.#file}: entry ${JSON.stringify(id)} is left out: ${why}`);
    return [];
  }

  #use<Value>(work: (database: Database.Database) => Value): Value {
    const place = placeOf(this.#file);
    try {
      return this.#once(work);
    } catch (error) {
      if (!isDamage(error)) throw this.#trouble(error);
      // Unless another process has done it already.
      if (placeOf(this.#file) === place) {
        if (!wasDatabase(this.#file)) throw this.#trouble(error);
        const aside = setAside(this.#file);
        this.#onNotice(
          `${this.#file}: the leaderboard is damaged (${messageOf(error)}); it is kept as ${aside}, and a new one is begun`,
        );
      }
      try {
        return this.#once(work);
      } catch (again) {
        throw this.#trouble(again);
      }
    }
  }

  #once<Value>(work: (database: Database.Database) => Value): Value {
    refuseOddDatabase(this.#file);
    const database = new Database(this.#file, { timeout: busyMs });
    try {
      refuseRunningSql(database, this.#file, { what: 'a leaderboard', own: isOwn });
      this.#prepare(database);
      return work(database);
    } finally {
      database.close();
    }
  }

  #prepare(database: Database.Database): void {
    const version = numberIn(database, 'PRAGMA user_version');
    if (version === schemaVersion) return;
    if (version > schemaVersion)
      throw new InputError(this.#file, {
        expected: `a leaderboard of version ${schemaVersion} (a newer mixtune wrote this one: update)`,
        found: `version ${version}`,
      });
    database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`);
  }

  #trouble(error: unknown): unknown {
    if (error instanceof MixtuneError) return error;
    return new InputError(this.#file, {
      expected:
        'a leaderboard (SQLite data base) that can be used (where this file is something else, move it away)',
      found: messageOf(error),
    });
  }
}
