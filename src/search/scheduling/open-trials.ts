import { elementAt } from '../../core/element-at.ts';
import { type Cell, cellKey } from '../../domain/cell.ts';
import type { Trial } from '../trial.ts';
import type { NextCell } from './types.ts';

/** Trials with cells to come or a conclusion due: concluded ones that were granted more first, then by age. */
export class OpenTrials {
  readonly #cells: readonly Cell[];
  readonly #keys: readonly string[];
  #trials: Trial[] = [];

  constructor(cells: readonly Cell[]) {
    this.#cells = cells;
    this.#keys = cells.map(cellKey);
  }

  get size(): number {
    return this.#trials.length;
  }

  has(trial: Trial): boolean {
    return this.#trials.includes(trial);
  }

  /** To be told of a trial that was started, granted cells, or concluded. */
  changed(trial: Trial): void {
    const others = this.#trials.filter((other) => other !== trial);
    if (trial.status === 'running' || !this.#isSettled(trial)) {
      const place = others.findIndex((other) => goesBefore(trial, other));
      others.splice(place < 0 ? others.length : place, 0, trial);
    }
    this.#trials = others;
  }

  /** Those of which all granted cells are in. */
  *settled(): Generator<Trial, void> {
    for (const trial of this.#trials) if (this.#isSettled(trial)) yield trial;
  }

  /** The first granted cell that nobody has begun, of the trials that suit. */
  nextCell(suits: (trial: Trial) => boolean = () => true): NextCell | undefined {
    for (const trial of this.#trials) {
      const granted = this.#grantedTo(trial);
      if (trial.tuningBegun >= granted || !suits(trial)) continue;
      for (let at = 0; at < granted; at++) {
        if (!trial.begun.has(elementAt(this.#keys, at))) return { trial, of: elementAt(this.#cells, at) };
      }
    }
    return undefined;
  }

  /** No more than there are. */
  #grantedTo(trial: Trial): number {
    return Math.min(trial.granted, this.#cells.length);
  }

  #isSettled(trial: Trial): boolean {
    return trial.openCells === 0 && trial.tuningBegun >= this.#grantedTo(trial);
  }
}

function goesBefore(first: Trial, second: Trial): boolean {
  const rank = ({ status }: Trial): number => (status === 'running' ? 1 : 0);
  return (rank(first) - rank(second) || first.trial - second.trial) < 0;
}
