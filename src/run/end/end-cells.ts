import { remembered } from '../../core/remembered.ts';
import { type Cell, cellKey } from '../../domain/cell.ts';
import type { NextCell } from '../../search/scheduling/types.ts';
import type { Trial } from '../../search/trial.ts';

/** Cells that a trial is to have. */
export interface Share {
  readonly trial: Trial;
  readonly cells: readonly Cell[];
}

/** The same cells for each trial. */
export function each(trials: readonly Trial[], cells: readonly Cell[]): Share[] {
  return trials.map((trial) => ({ trial, cells }));
}

/** Of each share the first cell that its trial has not begun. */
export function* notBegun(shares: Iterable<Share>): Generator<NextCell, void> {
  for (const { trial, cells } of shares) {
    const of = cells.find((cell) => !trial.begun.has(keyOf(cell)));
    if (of !== undefined) yield { trial, of };
  }
}

/** The same cells for each trial, in turn: whenever means run out, all have about as many. */
export function inTurn(trials: readonly Trial[], cells: readonly Cell[]): Share[] {
  const rest = trials.map((trial) => {
    const begun = cells.findIndex((cell) => !trial.begun.has(keyOf(cell)));
    return { trial, cells: cells.slice(begun === -1 ? cells.length : begun) };
  });
  return rest.sort((a, b) => b.cells.length - a.cells.length);
}

/** How many of a share's cells its trial has not begun. */
export function leftCells({ trial, cells }: Share): number {
  let left = 0;
  for (const cell of cells) if (!trial.begun.has(keyOf(cell))) left++;
  return left;
}

/** The same cells are looked through for each slot that is free. */
const keys = new WeakMap<Cell, string>();

const keyOf = (cell: Cell): string => remembered(keys, cell, () => cellKey(cell));
