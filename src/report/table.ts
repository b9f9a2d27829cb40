import CliTable from 'cli-table3';
import { shortened } from '../core/shortened.ts';

export interface Column<Key extends string> {
  readonly key: Key;
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** Left out first where the table is too wide, highest number first; 0 (the default) stays always. */
  readonly expendable?: number;
  /** For the last column: cut to the room there is, as long as 12 characters (or so many) remain. */
  readonly cut?: boolean | number;
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

/** A table without lines that fits the width: columns are dropped, then the last one is cut. */
export function renderTable<Key extends string>(
  columns: readonly Column<Key>[],
  rows: readonly Readonly<Record<Key, string>>[],
  options: TableOptions = {},
): string {
  const { width = 80, indent = '', styleHead = (text: string) => text } = options;
  const filled = columns.filter((column) => rows.some((row) => row[column.key] !== ''));
  const { kept, lastWidth } = fitColumns(filled, rows, width - indent.length);
  const table = new CliTable({
    head: kept.map((column) => styleHead(column.head)),
    colAligns: kept.map((column) => column.align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    chars: plainChars,
  });
  const last = kept.at(-1);
  for (const row of rows) {
    table.push(
      kept.map((column) => (column === last ? shortened(row[column.key], lastWidth) : row[column.key])),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
}

function fitColumns<Key extends string>(
  columns: readonly Column<Key>[],
  rows: readonly Readonly<Record<Key, string>>[],
  width: number,
): { kept: readonly Column<Key>[]; lastWidth: number } {
  let kept = columns;
  for (;;) {
    const widths = kept.map((column) =>
      Math.max(column.head.length, ...rows.map((row) => row[column.key].length)),
    );
    const total = widths.reduce((sum, each) => sum + each, 0) + gap * Math.max(0, kept.length - 1);
    const lastWidth = widths.at(-1) ?? 0;
    const room = lastWidth - (total - width);
    if (total <= width) return { kept, lastWidth };
    const { cut = false } = kept.at(-1) ?? {};
    const least = cut === true ? leastCut : Math.min(Number(cut), lastWidth);
    if (cut !== false && room >= least) return { kept, lastWidth: room };
    const victim = Math.max(...kept.map((column) => column.expendable ?? 0));
    // Nothing more can go: what is left of the last column is better than lines that break.
    if (victim === 0) return { kept, lastWidth: cut === false ? lastWidth : Math.max(1, room) };
    kept = kept.filter((column) => (column.expendable ?? 0) !== victim);
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
