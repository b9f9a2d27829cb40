import CliTable from 'cli-table3';
import { defined } from '../core/defined.ts';
import { shortened } from '../core/shortened.ts';

export interface Column<Key extends string> {
  readonly key: Key;
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Left out first where the table is too wide, highest number first; 0 (the default) stays always. */
  readonly expendable?: number;
  /** For the last column: cut to the room there is, as long as 12 characters (or so many) remain. */
  readonly cut?: boolean | number;
  readonly brief?: Brief;
}

/** How a column does with less room; what is absent stays as it is. */
interface Brief {
  /** When it does, in the order in which columns are left out. */
  readonly expendable: number;
  readonly head?: string;
  readonly text?: (text: string) => string;
  readonly cut?: number;
}

export interface TableOptions {
  /** Characters a line may have; default 80. */
  readonly width?: number;
  readonly indent?: string;
  /** Dresses the head line, e.g. bold; default none. */
  readonly styleHead?: (text: string) => string;
}

const gap = 2;
const leastCut = 12;

/** A table without lines that fits the width: columns become brief or are dropped, then the last one is cut. */
export function renderTable<Key extends string>(
  columns: readonly Column<Key>[],
  rows: readonly Readonly<Record<Key, string>>[],
  options: TableOptions = {},
): string {
  const { width = 80, indent = '', styleHead = (text: string) => text } = options;
  const filled = columns
    .map((column) => ({ ...column, cells: rows.map((row) => row[column.key]) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const { kept, lastWidth } = fitColumns(filled, width - indent.length);
  const table = new CliTable({
    head: kept.map((column) => styleHead(column.head)),
    colAligns: kept.map((column) => column.align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    chars: plainChars,
  });
  const last = kept.at(-1);
  for (const index of rows.keys()) {
    table.push(
      kept.map((column) => {
        const cell = column.cells[index] ?? '';
        return column === last ? shortened(cell, lastWidth) : cell;
      }),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
}

type Filled = Omit<Column<string>, 'key'> & { readonly cells: readonly string[] };

function fitColumns(
  columns: readonly Filled[],
  width: number,
): { kept: readonly Filled[]; lastWidth: number } {
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
      ...kept.flatMap(({ expendable = 0, brief }) => [expendable, brief?.expendable ?? 0]),
    );
    // Nothing more can go: what is left of the last column is better than lines that break.
    if (step === 0) return { kept, lastWidth: cut === false ? lastWidth : Math.max(1, room) };
    kept = kept.flatMap((column) => {
      const { expendable, brief, ...rest } = column;
      if (expendable === step) return [];
      if (brief?.expendable !== step) return [column];
      const { head = column.head, text = String, cut = column.cut } = brief;
      return [
        { ...rest, ...defined({ expendable, cut }), head, cells: column.cells.map((cell) => text(cell)) },
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
