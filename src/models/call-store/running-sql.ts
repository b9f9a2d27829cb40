import type Database from 'libsql';
import { InputError } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';
import { textOf } from './sqlite-damage.ts';

/** What has SQL run where a table is read or written: views, triggers, virtual tables, computed columns, checks, indexes. */
const running = /\b(?:view|trigger|virtual|as|check|index)\b/i;

/** Whether SQLite shows one of these statements, as it keeps them, for what a schema made. */
export function madeBy(schema: string): (statement: string) => boolean {
  const own = new Set(schema.split(';').map((statement) => statement.trim().replace(' IF NOT EXISTS', '')));
  return (statement) => own.has(statement);
}

/**
 * A data base may bring SQL of whoever made it, which would run without end, where nothing hears Ctrl-C, or change
 * what is read. To be asked before any of its tables is.
 * @param what whose tables are expected, e.g. `a run's journal`
 * @param own whether a statement that would run something is mixtune's own
 * @throws InputError
 */
export function refuseRunningSql(
  database: Database.Database,
  file: string,
  { what, own = () => false }: { readonly what: string; readonly own?: (statement: string) => boolean },
): void {
  const rows = database.prepare('SELECT CAST(sql AS BLOB) AS sql FROM sqlite_master').all();
  for (const { sql } of rows.filter(isRecord)) {
    const text = textOf(sql);
    if (!running.test(text) || own(text)) continue;
    throw new InputError(file, {
      path: 'sqlite_master',
      expected: `tables of ${what}, and nothing that runs by itself`,
      found: JSON.stringify(text.slice(0, 80)),
    });
  }
}
