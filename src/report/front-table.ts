import { unknown } from './format.ts';
import { type FrontKey, type FrontRow, frontColumns } from './front-columns.ts';
import { type Column, renderTable, type TableOptions } from './table.ts';

const columns: readonly Column<FrontKey>[] = frontColumns.flatMap(({ key, table }) =>
  table === undefined ? [] : [{ key, ...table }],
);

const tuning: Column<FrontKey> = { key: 'score', head: 'tuning', expendable: 3 };

/** The front's (or baselines') table. */
export function renderFrontTable(rows: readonly FrontRow[], options: TableOptions = {}): string {
  const priced = rows.some((row) => row.usd !== unknown);
  // Beside a holdout, a score on tuning questions is the smaller word.
  const fresh = rows.some((row) => row.holdout !== '');
  const named = fresh ? columns.map((column) => (column.key === 'score' ? tuning : column)) : columns;
  return renderTable(named, priced ? rows : rows.map((row) => ({ ...row, usd: '' })), options);
}
