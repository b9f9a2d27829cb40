import type Database from 'libsql';
import { InputError } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import { inTransaction, textOf } from '../../models/call-store/sqlite-damage.ts';
import { seal, unseal } from './seal.ts';

/**
 * Version 2 added snapshots of the folded state and version 3 left them out again, since folding all events is
 * fast enough; version 4 added checksums. An older journal is read as it is, and brought up to date when a run
 * goes on with it.
 */
export const schemaVersion = 4;
const readableVersions = [1, 2, 3, schemaVersion];

const tables = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS events (sequence INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS answers (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, response TEXT NOT NULL);
  DROP TABLE IF EXISTS snapshot_parts;
  DROP TABLE IF EXISTS snapshot_head;
`;

/** Makes a new journal's tables, or brings an older journal's up to date. All or nothing. */
export function prepareSchema(database: Database.Database, file: string): void {
  const version = readVersion(database);
  if (version === schemaVersion) return;
  if (version !== undefined) checkVersion(version, file);
  inTransaction(database, () => {
    database.exec(tables);
    database
      .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', ?)")
      .run(seal(String(schemaVersion), 'schema'));
  });
}

/** Refuses a journal that this mixtune cannot read. */
export function checkSchema(database: Database.Database, file: string): void {
  const version = readVersion(database);
  if (version === undefined) {
    throw new InputError(file, {
      expected: "a run's journal",
      found: 'an empty one: the run ended before anything happened (mixtune resume goes on with it)',
    });
  }
  checkVersion(version, file);
}

/** `undefined`: the file is new; `NaN`: its version cannot be told. */
export function readVersion(database: Database.Database): number | undefined {
  const hasMeta = database
    .prepare("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'meta'")
    .get();
  if (hasMeta === undefined) return undefined;
  const text = readMeta(database, 'schema') ?? '';
  // Up to version 3 it stands there as it is.
  return /^[123]$/.test(text) ? Number(text) : Number(unseal(text, 'schema') ?? Number.NaN);
}

export function readMeta(database: Database.Database, name: string): string | undefined {
  const row = database.prepare('SELECT CAST(value AS BLOB) AS value FROM meta WHERE name = ?').get(name);
  return isRecord(row) ? textOf(row.value) : undefined;
}

function checkVersion(version: number, file: string): void {
  if (readableVersions.includes(version)) return;
  throw new InputError(file, {
    path: 'meta.schema',
    found: String(version),
    expected: `a journal of schema version ${readableVersions.join(', ')} (a newer mixtune may have written it)`,
  });
}
