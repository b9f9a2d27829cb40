import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { InputError, messageOf } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { CallKey } from './call-key.ts';
import {
  type CallSelection,
  type CallStoreStats,
  conditionOf,
  readStats,
  removeCalls,
  vacuum,
} from './call-store-admin.ts';
import { type CallStore, chatResponseSchema, type StoredCall } from './stored-call.ts';

/** Raised when the tables change in a way that older versions cannot read. */
const schemaVersion = 1;
/** How long a write waits for another process's, in ms. */
const busyMs = 10_000;
/** Answers used again that are counted in memory before the data base hears of it. */
const countedAtOnce = 256;

export interface SqliteCallStore extends CallStore {
  /** Number of calls kept. */
  readonly size: number;
  /** All readable calls that are meant, oldest first. Default: all. */
  entries(selection?: CallSelection): IterableIterator<[CallKey, StoredCall]>;
  stats(): CallStoreStats;
  /** Removes calls, or only counts them. */
  prune(
    selection: CallSelection,
    options?: { readonly dryRun?: boolean },
  ): { readonly calls: number; readonly bytes: number };
  /** Gives the room of removed calls back to the disk; false while another process is in the way. */
  vacuum(): boolean;
  close(): void;
}

interface Row {
  readonly key: string;
  readonly model: string;
  readonly revision: string;
  readonly response: string;
}

/**
 * Opens (or creates, with its folder) a data base of calls that several processes may use at once.
 * Answers survive a crash of the process at once, and one of the machine up to the last moments.
 */
export function openSqliteCallStore(path: string): Result<SqliteCallStore, InputError> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const database = new Database(path, { timeout: busyMs });
    prepareSchema(database);
    return ok(new SqliteCalls(database));
  } catch (error) {
    return err(
      new InputError(path, {
        path: '',
        expected: 'a call cache (SQLite data base)',
        found: messageOf(error),
      }),
    );
  }
}

function prepareSchema(database: Database.Database): void {
  database.pragma(`busy_timeout = ${busyMs}`);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  const found = Number(
    (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version,
  );
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
  addCounters(database);
}

/** Data bases of earlier versions lack them; those versions go on reading and writing one that has them. */
function addCounters(database: Database.Database): void {
  const hasCounters = (): boolean =>
    (database.prepare('PRAGMA table_info(calls)').all() as { name: string }[]).some(
      ({ name }) => name === 'hits',
    );
  if (hasCounters()) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster.
    if (!hasCounters()) {
      database.exec('ALTER TABLE calls ADD COLUMN hits INTEGER NOT NULL DEFAULT 0');
      database.exec('ALTER TABLE calls ADD COLUMN used_at INTEGER');
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

class SqliteCalls implements SqliteCallStore {
  readonly #database: Database.Database;
  readonly #select: Database.Statement<[string]>;
  readonly #insert: Database.Statement<[string, string, string, string]>;
  readonly #remove: Database.Statement<[string, string]>;
  /** Uses that the data base has not been told of. */
  readonly #uses = new Map<CallKey, number>();

  constructor(database: Database.Database) {
    this.#database = database;
    this.#select = database.prepare('SELECT key, model, revision, response FROM calls WHERE key = ?');
    this.#insert = database.prepare(
      'INSERT INTO calls (key, model, revision, response) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
    );
    this.#remove = database.prepare('DELETE FROM calls WHERE key = ? AND response = ?');
  }

  get size(): number {
    return (this.#database.prepare('SELECT count(*) AS size FROM calls').get() as { size: number }).size;
  }

  get(key: CallKey): StoredCall | undefined {
    const row = this.#select.get(key) as Row | undefined;
    if (row === undefined) return undefined;
    const call = readRow(row);
    // Removed, so that the answer taken instead can be kept; by content, lest a good one is hit that
    // another process has put there since.
    if (call === undefined) this.#remove.run(key, row.response);
    else this.#countUse(key);
    return call;
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
      database.exec('BEGIN IMMEDIATE');
      const update = database.prepare(
        'UPDATE calls SET hits = hits + ?, used_at = unixepoch() WHERE key = ?',
      );
      for (const [key, uses] of this.#uses) update.run(uses, key);
      database.exec('COMMIT');
    } catch {
      if (database.inTransaction) database.exec('ROLLBACK');
    }
    this.#uses.clear();
  }

  put(key: CallKey, call: StoredCall): void {
    this.#insert.run(key, call.model, call.revision, JSON.stringify(call.response));
  }

  *entries(selection: CallSelection = {}): IterableIterator<[CallKey, StoredCall]> {
    const { sql, values } = conditionOf(selection);
    const page = this.#database.prepare(
      `SELECT id, key, model, revision, response FROM calls
       WHERE ${sql} AND id > ?${values.length + 1} ORDER BY id LIMIT 500`,
    );
    for (let after = 0; ; ) {
      const rows = page.all(...values, after) as (Row & { id: number })[];
      for (const row of rows) {
        const call = readRow(row);
        if (call !== undefined) yield [row.key, call];
        after = row.id;
      }
      if (rows.length === 0) return;
    }
  }

  stats(): CallStoreStats {
    this.#tellUses();
    return readStats(this.#database);
  }

  prune(
    selection: CallSelection,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): { readonly calls: number; readonly bytes: number } {
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
}

function readRow(row: Row): StoredCall | undefined {
  try {
    const response = chatResponseSchema.safeParse(JSON.parse(row.response));
    if (!response.success) return undefined;
    return { model: row.model, revision: row.revision, response: response.data };
  } catch {
    return undefined;
  }
}
