import { shortened } from '../core/shortened.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { unknown } from './format.ts';
import { briefAnswers, type FrontKey, type FrontRow, frontColumns, inTurn } from './front-columns.ts';
import { briefInterval, renderTable, type TableLook } from './table.ts';
import { wrapText } from './wrap-text.ts';

const columns = frontColumns.flatMap(({ key, table }) =>
  table === undefined
    ? []
    : [
        {
          ...{ key, ...table, text: (row: FrontRow) => row[key] },
          ...(key === 'config' ? { text: configText, lines: configLines } : {}),
        },
      ],
);

const betweenMarksAndConfig = ' · ';
/** Characters of a config behind its point's names, or it has lines of its own below them. */
const leastOfConfig = 12;

const withoutInterval = (text: string): string => text.replace(/ \[.*/, '');
const briefScore = (text: string): string => briefAnswers(briefInterval(text));
const isScore = (key: FrontKey): boolean => key === 'holdout' || key === 'score';

/** What a point is called and its config. */
function configText({ marks, config }: FrontRow): string {
  return marks === '' ? config : `${marks}${betweenMarksAndConfig}${config}`;
}

/** The same in lines of at most so many characters. */
function configLines(row: FrontRow, width: number): readonly string[] {
  const { marks, config } = row;
  const left = width - marks.length - betweenMarksAndConfig.length;
  if (marks === '' || left >= Math.min(config.length, leastOfConfig))
    return [shortened(configText(row), width)];
  const lines = wrapText(marks, width).split('\n');
  return [...lines.map((line) => shortened(line, width)), shortened(config, width)];
}

/**
 * The front's (or baselines') table, each point's marks before its system.
 * @param objectives of the run; default: the usual ones
 */
export function renderFrontTable(
  rows: readonly FrontRow[],
  look: TableLook = {},
  objectives?: readonly ObjectiveName[],
): string {
  const priced = rows.some((row) => row.usd !== unknown);
  const fresh = rows.some((row) => row.holdout !== '');
  // In a narrower table one of two scores has its interval: the holdout's, where every point has one.
  const lesser: FrontKey = rows.every((row) => row.holdout !== '') ? 'score' : 'holdout';
  const named = columns.map((column) => {
    if (!isScore(column.key)) return inTurn(column, objectives);
    const briefs = [{ expendable: 7, text: briefScore }];
    if (!fresh) return { ...column, briefs };
    const head = column.key === 'score' ? 'tuning' : column.head;
    if (column.key !== lesser) return { ...column, head, briefs };
    briefs.push({ expendable: 4.5, text: withoutInterval });
    return { ...column, head, expendable: 4, briefs };
  });
  // Before the end, which gives all as many, one point may stand on 8 answers and the next on 60.
  const shown = rows.map((row) => ({
    ...row,
    usd: priced ? row.usd : '',
    cells: fresh ? '' : row.cells,
  }));
  return renderTable<FrontRow>(named, shown, look);
}
