import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export interface Column<Row> {
  readonly head: string;
  /** What the head means, where that is not plain: shown to who points at it. */
  readonly title?: string;
  /** Stands right, with digits of one width. */
  readonly isNumber?: boolean;
  /** What rows are ordered by; absent: they cannot be. */
  readonly sort?: (row: Row) => number | string | null;
  readonly cell: (row: Row) => ComponentChildren;
}

export interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** Rows at a time: only they are in the document. */
  readonly perPage?: number;
  readonly isMarked?: (row: Row) => boolean;
  /** Few columns: as wide as they need, not as the page is. */
  readonly isNarrow?: boolean;
}

interface Order {
  readonly column: number;
  readonly isDown: boolean;
}

/** A table whose columns order it, a page at a time. */
export function Table<Row>({
  caption,
  columns,
  rows,
  keyOf,
  perPage = 50,
  isMarked,
  isNarrow = false,
}: TableProps<Row>) {
  const [order, setOrder] = useState<Order | null>(null);
  const [page, setPage] = useState(0);
  const ordered = order === null ? rows : sorted(rows, columns[order.column]?.sort, order.isDown);
  const pages = Math.max(1, Math.ceil(rows.length / perPage));
  const at = Math.min(page, pages - 1);
  const orderBy = (column: number): void => {
    setOrder({
      column,
      isDown: order?.column === column ? !order.isDown : columns[column]?.isNumber === true,
    });
    setPage(0);
  };
  return (
    <div class="table">
      <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
        <table class={isNarrow ? 'narrow' : ''}>
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ head, title, isNumber, sort }, index) => (
                <th
                  key={head}
                  scope="col"
                  title={title}
                  class={isNumber === true ? 'number' : ''}
                  aria-sort={order?.column === index ? (order.isDown ? 'descending' : 'ascending') : 'none'}
                >
                  {sort === undefined ? (
                    head
                  ) : (
                    <button type="button" onClick={() => orderBy(index)}>
                      {head}
                      <span aria-hidden="true" class="order">
                        {order?.column === index ? (order.isDown ? '▾' : '▴') : ''}
                      </span>
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.slice(at * perPage, (at + 1) * perPage).map((row) => (
              <tr key={keyOf(row)} class={isMarked?.(row) === true ? 'marked' : ''}>
                {columns.map(({ head, isNumber, cell }) => (
                  <td key={head} class={isNumber === true ? 'number' : ''}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 && (
        <div class="pager">
          <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
            Earlier
          </button>
          <span>
            {at * perPage + 1} to {Math.min(rows.length, (at + 1) * perPage)} of {rows.length}
          </span>
          <button type="button" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            Later
          </button>
        </div>
      )}
    </div>
  );
}

/** What is unknown comes last, whichever way. */
function sorted<Row>(rows: readonly Row[], by: Column<Row>['sort'], isDown: boolean): readonly Row[] {
  if (by === undefined) return rows;
  return [...rows].sort((first, second) => {
    const [a, b] = [by(first), by(second)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
    return isDown ? -order : order;
  });
}
