import type { Cell } from '../../domain/cell.ts';
import type { NextCell } from '../../search/scheduling/types.ts';
import { notBegun, type Share } from '../end/end-cells.ts';
import type { KeptFor } from '../end/end-reserve.ts';
import type { EndReason } from '../journal/events.ts';
import type { Means } from '../means.ts';
import type { NextWork, PlanOptions } from '../plan-types.ts';

/** Lets the cells that the end has planned begin, in their order, as far as there are means for them. */
export class CellAdmission {
  readonly #options: Pick<PlanOptions, 'recorder' | 'loop' | 'budget'>;
  readonly #means: Means;
  #lacked: EndReason | undefined;
  /** Since this was set to false some cell has had to wait for the means that calls in flight have reserved. */
  waitsForRoom = false;

  constructor(options: Pick<PlanOptions, 'recorder' | 'loop' | 'budget'>, means: Means) {
    this.#options = options;
    this.#means = means;
  }

  /** The ceiling that kept the first of the cells from being begun that were asked for last, where one did. */
  get lacked(): EndReason | undefined {
    return this.#lacked;
  }

  /**
   * The first cell that may begin; `done` where none is left and none is under way.
   * @param further a cell beyond those that are planned, for what is left
   */
  next(shares: readonly Share[], keptFor: KeptFor, further?: () => NextCell | undefined): NextWork {
    this.#lacked = undefined;
    const { loop, budget } = this.#options;
    for (const next of notBegun(shares)) {
      // Where it is time that runs out, what would only wait does not keep others from being measured.
      if (budget.maxSeconds !== undefined && !loop.isReady(next.trial)) continue;
      const lacked = this.#means.lackFor(next.trial, keptFor);
      if (lacked === undefined) return { kind: 'cell', ...next };
      this.#lacked ??= lacked;
      // What is in flight may leave enough; until then others do not take what this one lacks.
      if (this.#isMeasuring() && !this.#means.lacksForGood(next.trial, keptFor)) {
        this.waitsForRoom = true;
        return { kind: 'wait' };
      }
    }
    const more = further?.();
    if (more !== undefined) return { kind: 'cell', ...more };
    return { kind: this.#isBusy() ? 'wait' : 'done' };
  }

  #isBusy(): boolean {
    const { recorder, loop } = this.#options;
    // The holdout may be begun before the finish is over.
    if (recorder.state.phase !== 'finish') return loop.isBusy;
    return this.#isMeasuring(({ split }) => split === 'tuning');
  }

  /** Cells are under way; where it is time that runs out, those that take far too long are not waited for. */
  #isMeasuring(isIt: (cell: Cell) => boolean = () => true): boolean {
    const { recorder, budget } = this.#options;
    const { openCells, cellTimes } = recorder.state;
    const isGivenUp = (cell: number): boolean =>
      budget.maxSeconds !== undefined && cellTimes.isLate(cell, recorder.now());
    for (const { cell, of } of openCells.values()) if (isIt(of) && !isGivenUp(cell)) return true;
    return false;
  }
}
