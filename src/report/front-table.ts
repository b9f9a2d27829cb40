import { shortened } from '../core/shortened.ts';
import { unknown } from './format.ts';
import { type FrontKey, type FrontRow, frontColumns } from './front-columns.ts';
import { renderTable, type TableLook } from './table.ts';
import { wrapText } from './wrap-text.ts';

const columns = frontColumns.flatMap(({ key, table }) =>
  table === undefined
    ? []
    : [
        {
          ...{ key, ...table, text: (row: FrontRow) => row[key] },
          ...(key === 'config' ? { lines: configLines } : {}),
        },
      ],
);

const betweenMarksAndConfig = ' · ';
/** Characters of a config behind its point's names, or it has lines of its own below them. */
const leastOfConfig = 12;

const withoutInterval = (text: string): string => text.replace(/ .*/, '');
const isScore = (key: FrontKey): boolean => key === 'holdout' || key === 'score';

/** What a point is called and its config, in lines of at most so many characters. */
function configLines(text: string, width: number): readonly string[] {
  const [config = '', ...marks] = text.split(betweenMarksAndConfig).reverse();
  const [names = ''] = marks;
  const left = width - names.length - betweenMarksAndConfig.length;
  if (names === '' || left >= Math.min(config.length, leastOfConfig)) return [shortened(text, width)];
  const lines = wrapText(names, width).split('\n');
  return [...lines.map((line) => shortened(line, width)), shortened(config, width)];
}

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
    config: [row.marks, row.config].filter((text) => text !== '').join(betweenMarksAndConfig),
  }));
  return renderTable<FrontRow>(named, marked, look);
}
