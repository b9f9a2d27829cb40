import CliTable from 'cli-table3';
import { defined } from '../core/defined.ts';
import { shortened } from '../core/shortened.ts';
import type { Look } from './look.ts';

export interface Column<Row> {
  readonly head: string;
  /** What it shows of a row; a column without any text is left out. */
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Left out first where the table is too wide, highest number first; 0 (the default) stays always. */
  readonly expendable?: number;
  /** For the last column: cut to the room there is, as long as 12 characters (or so many) remain. */
  readonly cut?: boolean | number;
  /** How a row stands in the last column where its text has to be cut. @defaultValue its beginning, in one line */
  readonly lines?: (row: Row, width: number) => readonly string[];
  /** Each takes effect at its own turn. */
  readonly briefs?: readonly Brief[];
}

/** How a column does with less room; what is absent stays as it is. */
interface Brief {
  /** When it does, in the order in which columns are left out. */
  readonly expendable: number;
  readonly head?: string;
  readonly text?: (text: string) => string;
  readonly cut?: number;
}

/** Of the screen: its width (default 80), and colours for the head line (default none). */
export type TableLook = Partial<Pick<Look, 'width' | 'colors'>>;

/** Digits of an id that tell configs of a run apart, as all commands take it. */
const briefIdDigits = 8;
export const briefId = (id: string): string => id.slice(0, briefIdDigits);

/** `0.838 [0.75, 0.92]` as `0.838 [.75,.92]`. */
export const briefInterval = (text: string): string =>
  text.replace(/\[.*\]/, (bounds) => bounds.replaceAll('0.', '.').replace(', ', ','));

const gap = 2;
const leastCut = 12;

/** A table without lines that fits the width: columns become brief or are dropped, then the last one is cut. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width = 80, colors }: TableLook = {},
): string {
  const filled = columns
    .map((column) => ({ ...column, cells: rows.map(column.text) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const { kept, lastWidth } = fitColumns(filled, width);
  const table = new CliTable({
    head: kept.map(({ head }) => colors?.dim(head) ?? head),
    colAligns: kept.map(({ align = 'left' }) => align),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    chars: plainChars,
  });
  const last = kept.at(-1);
  for (const [index, row] of rows.entries()) {
    table.push(
      kept.map((column) => {
        const cell = column.cells[index] ?? '';
        if (column !== last || cell.length <= lastWidth) return cell;
        return (column.lines?.(row, lastWidth) ?? [shortened(cell, lastWidth)]).join('\n');
      }),
    );
  }
  const lines = table.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

type Filled<Row> = Omit<Column<Row>, 'text'> & { readonly cells: readonly string[] };

function fitColumns<Row>(
  columns: readonly Filled<Row>[],
  width: number,
): { kept: readonly Filled<Row>[]; lastWidth: number } {
  let kept = columns;
  for (;;) {
    const widths = kept.map(({ head, cells }) => Math.max(head.length, ...cells.map((cell) => cell.length)));
    const total = widths.reduce((sum, each) => sum + each, 0) + gap * Math.max(0, kept.length - 1);
    const lastWidth = widths.at(-1) ?? 0;
    const room = lastWidth - (total - width);
    if (total <= width) return { kept, lastWidth };
    const { cut = false } = kept.at(-1) ?? {};
    const least = cut === true ? leastCut : Math.min(Number(cut), lastWidth);
    if (cut !== false && room >= least) return { kept, lastWidth: room };
    const step = Math.max(
      ...kept.flatMap(({ expendable = 0, briefs = [] }) => [
        expendable,
        ...briefs.map((brief) => brief.expendable),
      ]),
    );
    // Nothing more can go: what is left of the last column is better than lines that break.
    if (step === 0) return { kept, lastWidth: cut === false ? lastWidth : Math.max(1, room) };
    kept = kept.flatMap((column) => {
      const { expendable, briefs = [], ...rest } = column;
      if (expendable === step) return [];
      const brief = briefs.find((each) => each.expendable === step);
      if (brief === undefined) return [column];
      const { head = column.head, text = String, cut = column.cut } = brief;
      return [
        {
          ...rest,
          ...defined({ expendable, cut }),
          head,
          cells: column.cells.map((cell) => text(cell)),
          briefs: briefs.filter((each) => each !== brief),
        },
      ];
    });
  }
}

const plainChars = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
};
