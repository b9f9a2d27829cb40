import { unknown } from './format.ts';
import { type FrontKey, type FrontRow, frontColumns } from './front-columns.ts';
import { renderTable, type TableLook } from './table.ts';

const columns = frontColumns.flatMap(({ key, table }) =>
  table === undefined ? [] : [{ key, ...table, text: (row: FrontRow) => row[key] }],
);

const withoutInterval = (text: string): string => text.replace(/ .*/, '');
const isScore = (key: FrontKey): boolean => key === 'holdout' || key === 'score';

/** The front's (or baselines') table, each point's marks before its system. */
export function renderFrontTable(rows: readonly FrontRow[], look: TableLook = {}): string {
  const priced = rows.some((row) => row.usd !== unknown);
  const fresh = rows.some((row) => row.holdout !== '');
  // In a narrow table one of two scores has its interval: the holdout's, where every point has one.
  const lesser: FrontKey = rows.every((row) => row.holdout !== '') ? 'score' : 'holdout';
  const named = columns.map((column) => {
    if (!fresh || !isScore(column.key)) return column;
    const head = column.key === 'score' ? 'tuning' : column.head;
    if (column.key !== lesser) return { ...column, head };
    return { ...column, head, expendable: 4, brief: { expendable: 8, text: withoutInterval } };
  });
  const marked = rows.map((row) => ({
    ...row,
    ...(priced ? {} : { usd: '' }),
    config: [row.marks, row.config].filter((text) => text !== '').join(' · '),
  }));
  return renderTable<FrontRow>(named, marked, look);
}
