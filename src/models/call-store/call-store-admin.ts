import type Database from 'libsql';
import { isRecord } from '../../core/records.ts';
import { inTransaction, isDamage, textOf } from './sqlite-damage.ts';

/** Which of a cache's calls are meant; all conditions hold together, none means all calls. */
export interface CallSelection {
  /** `provider/model`, or `provider/*`. */
  readonly model?: string;
  /** Taken at least so many seconds ago. */
  readonly olderThan?: number;
  /** Neither taken nor used again for so many seconds. */
  readonly unusedFor?: number;
}

/** Figures of some calls of a cache. */
export interface CallFigures {
  readonly calls: number;
  /** Of answers with their usage, without the data base's own overhead. */
  readonly bytes: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** What they cost in US dollars; `null` where the price of any is unknown. */
  readonly usd: number | null;
  /** What they saved when they were used again, as far as was counted before processes died. */
  readonly saved: {
    readonly calls: number;
    readonly tokensIn: number;
    readonly tokensOut: number;
    readonly usd: number | null;
  };
  /** Unix seconds; `null` without calls. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

export interface CallStoreStats {
  readonly total: CallFigures;
  /** Most calls first. */
  readonly models: readonly (CallFigures & { readonly model: string })[];
}

/** A row that cannot be read counts as a call without figures. */
const of = (path: string): string =>
  `CASE WHEN json_valid(response) THEN json_extract(response, '$.${path}') END`;

const figures = `
  count(*) AS calls, total(length(response)) AS bytes,
  total(${of('usage.inputTokens')}) AS tokensIn, total(${of('usage.outputTokens')}) AS tokensOut,
  total(${of('usd')}) AS usd, sum(${of('usd')} IS NULL) AS unpriced,
  total(hits) AS savedCalls, total(hits * ${of('usage.inputTokens')}) AS savedIn,
  total(hits * ${of('usage.outputTokens')}) AS savedOut, total(hits * ${of('usd')}) AS savedUsd,
  sum(hits > 0 AND ${of('usd')} IS NULL) AS savedUnpriced,
  min(taken_at) + 0 AS oldest, max(taken_at) + 0 AS newest`;

interface FigureRow {
  readonly calls: number;
  readonly bytes: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number;
  readonly unpriced: number | null;
  readonly savedCalls: number;
  readonly savedIn: number;
  readonly savedOut: number;
  readonly savedUsd: number;
  readonly savedUnpriced: number | null;
  readonly oldest: number | null;
  readonly newest: number | null;
}

export function readStats(database: Database.Database): CallStoreStats {
  const total = database.prepare(`SELECT ${figures} FROM calls`).get() as FigureRow;
  const models = database
    .prepare(
      `SELECT CAST(calls.model AS BLOB) AS name, ${figures} FROM calls GROUP BY calls.model ORDER BY calls DESC, calls.model`,
    )
    .all() as (FigureRow & { readonly name: unknown })[];
  return {
    total: figuresOf(total),
    models: models.map((row) => ({ model: textOf(row.name), ...figuresOf(row) })),
  };
}

function figuresOf(row: FigureRow): CallFigures {
  return {
    calls: row.calls,
    bytes: row.bytes,
    tokensIn: row.tokensIn,
    tokensOut: row.tokensOut,
    usd: (row.unpriced ?? 0) > 0 ? null : row.usd,
    saved: {
      calls: row.savedCalls,
      tokensIn: row.savedIn,
      tokensOut: row.savedOut,
      usd: (row.savedUnpriced ?? 0) > 0 ? null : row.savedUsd,
    },
    oldest: row.oldest,
    newest: row.newest,
  };
}

/** A selection as an SQL condition with its parameters, in this order. */
export function conditionOf(selection: CallSelection): { readonly sql: string; readonly values: unknown[] } {
  const { model, olderThan, unusedFor } = selection;
  const parts: { sql: (value: string) => string; value: unknown }[] = [];
  if (model?.endsWith('/*')) {
    parts.push({
      sql: (value) => `substr(model, 1, length(${value})) = ${value}`,
      value: model.slice(0, -1),
    });
  } else if (model !== undefined) parts.push({ sql: (value) => `model = ${value}`, value: model });
  if (olderThan !== undefined) {
    parts.push({ sql: (value) => `taken_at <= unixepoch() - ${value}`, value: olderThan });
  }
  if (unusedFor !== undefined) {
    parts.push({ sql: (value) => `coalesce(used_at, taken_at) <= unixepoch() - ${value}`, value: unusedFor });
  }
  return {
    sql: parts.length === 0 ? '1' : parts.map(({ sql }, index) => sql(`?${index + 1}`)).join(' AND '),
    values: parts.map(({ value }) => value),
  };
}

/** Removes the selected calls; how many these are, and their bytes. */
export function removeCalls(
  database: Database.Database,
  selection: CallSelection,
  dryRun: boolean,
): { readonly calls: number; readonly bytes: number } {
  const { sql, values } = conditionOf(selection);
  return inTransaction(database, () => {
    const found = database
      .prepare(`SELECT count(*) AS calls, total(length(response)) AS bytes FROM calls WHERE ${sql}`)
      .get(...values);
    if (!dryRun) database.prepare(`DELETE FROM calls WHERE ${sql}`).run(...values);
    return isRecord(found)
      ? { calls: Number(found.calls), bytes: Number(found.bytes) }
      : { calls: 0, bytes: 0 };
  });
}

/** Gives the room of removed calls back to the disk; false while another process has the data base in use. */
export function vacuum(database: Database.Database): boolean {
  try {
    database.exec('VACUUM');
    database.pragma('wal_checkpoint(TRUNCATE)');
    return true;
  } catch (error) {
    if (isDamage(error)) throw error;
    return false;
  }
}
