import type Database from 'libsql';
import { InputError } from '../core/errors.ts';

/**
 * Version 2 added snapshots of the folded state and version 3 left them out again, since folding all events is
 * fast enough. An older journal is read as it is, and brought up to date when a run goes on with it.
 */
const schemaVersion = 3;
const readableVersions = [1, 2, schemaVersion];

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
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(tables);
    database
      .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', ?)")
      .run(String(schemaVersion));
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Refuses a journal that this mixtune cannot read. */
export function checkSchema(database: Database.Database, file: string): void {
  checkVersion(readVersion(database), file);
}

/** `undefined`: the file is new; `NaN`: its version cannot be told. */
function readVersion(database: Database.Database): number | undefined {
  const hasMeta = database
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'")
    .get();
  if (hasMeta === undefined) return undefined;
  return Number(readMeta(database, 'schema') ?? Number.NaN);
}

export function readMeta(database: Database.Database, name: string): string | undefined {
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').get(name) as
    | { value: string }
    | undefined;
  return row?.value;
}

function checkVersion(version: number | undefined, file: string): void {
  if (version !== undefined && readableVersions.includes(version)) return;
  throw new InputError(file, {
    path: 'meta.schema',
    found: version === undefined ? 'no schema at all' : String(version),
    expected: `a journal of schema version ${readableVersions.join(', ')} (a newer mixtune may have written it)`,
  });
}
