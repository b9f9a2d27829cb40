import { crc32 } from 'node:zlib';
import Database from 'libsql';
import { parsedJson } from '../../core/json.ts';
import { isRecord } from '../../core/records.ts';
import type { CallKey } from '../call-key.ts';
import {
  type CallSelection,
  type CallStoreStats,
  conditionOf,
  readStats,
  removeCalls,
  vacuum,
} from './call-store-admin.ts';
import { refuseRunningSql } from './running-sql.ts';
import { inTransaction, numberIn, textOf } from './sqlite-damage.ts';
import { chatResponseSchema, type StoredCall } from './stored-call.ts';

/** Raised when the tables change in a way that older versions cannot read. */
const schemaVersion = 1;
/** How long a write waits for another process's, in ms. */
const busyMs = 10_000;
/** Answers used again that are counted in memory before the data base hears of it. */
const countedAtOnce = 256;

/** Columns that data bases of earlier versions lack; those versions go on reading and writing one that has them. */
const laterColumns = {
  hits: 'INTEGER NOT NULL DEFAULT 0',
  used_at: 'INTEGER',
  checksum: 'INTEGER',
} as const;

const columns =
  'id + 0 AS id, CAST(key AS BLOB) AS key, CAST(model AS BLOB) AS model, CAST(revision AS BLOB) AS revision, ' +
  'CAST(response AS BLOB) AS response, checksum + 0 AS checksum';

/** The data base of calls in one file. What the binding throws is thrown, also where the file is damaged; InputError where it brings SQL of its own. */
export class CallTable {
  readonly #database: Database.Database;
  readonly #isReadOnly: boolean;
  readonly #select: Database.Statement;
  readonly #insert: Database.Statement;
  readonly #remove: Database.Statement;
  /** Uses that the data base has not been told of. */
  readonly #uses = new Map<CallKey, number>();

  /** @param readonly true for a file that cannot be written: answers are read, and all that writes throws. */
  constructor(path: string, { readonly = false }: { readonly readonly?: boolean } = {}) {
    const database = new Database(path, { timeout: busyMs, readonly });
    try {
      refuseRunningSql(database, path, { what: 'a call cache' });
      if (!readonly) prepareSchema(database);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
    this.#isReadOnly = readonly;
    this.#select = database.prepare(`SELECT ${columns} FROM calls WHERE key = ?`);
    this.#insert = database.prepare(
      'INSERT INTO calls (key, model, revision, response, checksum) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
    );
    this.#remove = database.prepare('DELETE FROM calls WHERE id = ? AND CAST(response AS BLOB) = ?');
  }

  get size(): number {
    return numberIn(this.#database, 'SELECT count(*) FROM calls');
  }

  get(key: CallKey): StoredCall | undefined {
    const call = this.peek(key);
    if (call !== undefined) this.#countUse(key);
    return call;
  }

  /** The same, without counting it as one that was saved. */
  peek(key: CallKey): StoredCall | undefined {
    const row = this.#select.get(key);
    if (!isRecord(row)) return undefined;
    const call = textOf(row.key) === key ? callIn(row) : undefined;
    // Removed, so that the answer taken instead can be kept; by content, lest a good one is hit that
    // another process has put there since.
    if (call === undefined && !this.#isReadOnly) this.#remove.run(row.id, row.response);
    return call;
  }

  put(key: CallKey, { model, revision, response }: StoredCall): void {
    const text = JSON.stringify(response);
    this.#insert.run(key, model, revision, text, checksumOf(key, model, revision, text));
  }

  *entries(selection: CallSelection): IterableIterator<[CallKey, StoredCall]> {
    const { sql, values } = conditionOf(selection);
    const page = this.#database.prepare(
      `SELECT ${columns} FROM calls WHERE ${sql} AND calls.id > ?${values.length + 1} ORDER BY calls.id LIMIT 500`,
    );
    for (let after = 0; ; ) {
      const rows = page.all(...values, after).filter(isRecord);
      for (const row of rows) {
        const call = callIn(row);
        if (call !== undefined) yield [textOf(row.key), call];
        after = Number(row.id);
      }
      if (rows.length === 0) return;
    }
  }

  stats(): CallStoreStats {
    this.#tellUses();
    return readStats(this.#database);
  }

  prune(selection: CallSelection, dryRun: boolean): { readonly calls: number; readonly bytes: number } {
    this.#tellUses();
    return removeCalls(this.#database, selection, dryRun);
  }

  vacuum(): boolean {
    return vacuum(this.#database);
  }

  close(): void {
    this.#tellUses();
    this.#database.close();
  }

  #countUse(key: CallKey): void {
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    if (this.#uses.size >= countedAtOnce) this.#tellUses();
  }

  /** Only a statistic: where it cannot be written, it is lost. */
  #tellUses(): void {
    if (this.#uses.size === 0) return;
    const database = this.#database;
    try {
      inTransaction(database, () => {
        const update = database.prepare(
          'UPDATE calls SET hits = hits + ?, used_at = unixepoch() WHERE key = ?',
        );
        for (const [key, uses] of this.#uses) update.run(uses, key);
      });
    } catch {
      // Lost.
    }
    this.#uses.clear();
  }
}

function prepareSchema(database: Database.Database): void {
  database.exec(`PRAGMA busy_timeout = ${busyMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`);
  const found = numberIn(database, 'PRAGMA user_version');
  if (found > schemaVersion) throw new Error(`version ${found}, written by a newer mixtune`);
  database.exec(`
    CREATE TABLE IF NOT EXISTS calls (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      model TEXT NOT NULL,
      revision TEXT NOT NULL,
      response TEXT NOT NULL,
      taken_at INTEGER NOT NULL DEFAULT (unixepoch())
    );
    PRAGMA user_version = ${schemaVersion};
  `);
  addLaterColumns(database);
}

function addLaterColumns(database: Database.Database): void {
  const missing = (): [string, string][] => {
    const rows = database.prepare("SELECT CAST(name AS BLOB) AS name FROM pragma_table_info('calls')").all();
    const known = new Set(rows.filter(isRecord).map(({ name }) => textOf(name)));
    return Object.entries(laterColumns).filter(([name]) => !known.has(name));
  };
  if (missing().length === 0) return;
  inTransaction(database, () => {
    // Another process may have been faster.
    for (const [name, type] of missing()) database.exec(`ALTER TABLE calls ADD COLUMN ${name} ${type}`);
  });
}

/** `undefined` for a row that is not as it was written, or holds no answer. */
function callIn(row: Readonly<Record<string, unknown>>): StoredCall | undefined {
  const [key, model, revision] = [textOf(row.key), textOf(row.model), textOf(row.revision)];
  const text = textOf(row.response);
  // NULL where an earlier version wrote it.
  if (row.checksum !== null && row.checksum !== checksumOf(key, model, revision, text)) return undefined;
  const response = chatResponseSchema.safeParse(parsedJson(text)).data;
  return response && { model, revision, response };
}

function checksumOf(key: CallKey, model: string, revision: string, response: string): number {
  return crc32(response, crc32(JSON.stringify([key, model, revision])));
}
