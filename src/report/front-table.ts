import { unknown } from './format.ts';
import { type FrontRow, frontColumns } from './front-columns.ts';
import { renderTable, type TableOptions } from './table.ts';

const columns = frontColumns.flatMap(({ key, table }) => (table === undefined ? [] : [{ key, ...table }]));

/** The front's (or baselines') table. */
export function renderFrontTable(rows: readonly FrontRow[], options: TableOptions = {}): string {
  const priced = rows.some((row) => row.usd !== unknown);
  return renderTable(columns, priced ? rows : rows.map((row) => ({ ...row, usd: '' })), options);
}
