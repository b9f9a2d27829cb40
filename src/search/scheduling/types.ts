import type { Cell } from '../../domain/cell.ts';
import type { ObjectiveName } from '../../domain/objective.ts';
import type { RacingRuleName } from '../racing/index.ts';
import type { SearchState } from '../search-state.ts';
import type { Trial } from '../trial.ts';

/** How fidelity grows and trials race, as data; kept in the manifest. */
export interface ScheduleOptions {
  /** Cells of the first level; `Infinity` for all at once, which is fixed fidelity. @defaultValue 16, with `auto` 8 */
  readonly startingCells: number;
  /** The strategy says who gets further cells: all trials get those of the level, and nothing grows by itself. */
  readonly advised?: boolean;
  /**
   * No new trial begins on more cells, whatever the level; members of the front go on to the level's. Default: as many
   * as the level has.
   */
  readonly mostAtFirst?: number;
  /** Trials that must have been concluded at a level before the search goes on to the next. */
  readonly growAfter: number;
  readonly racing: RacingRuleName;
  /** Cells after which a trial is first looked at. */
  readonly firstLook: number;
  /** Share of all cells that go to front members for fresh samples; 0: none. */
  readonly reevaluationShare: number;
  /**
   * Fresh samples although there are further levels. Default: for tasks of one instance, where all luck is in
   * the sampling; elsewhere growing brings them, and both were measured to cost more than they buy.
   */
  readonly reevaluateWhileGrowing?: boolean;
  /** No trial gets more than so many times the level's cells. */
  readonly reevaluationLimit: number;
}

/** What a schedule is about. */
export interface ScheduleSubject {
  /** In the order in which fidelity grows. */
  readonly cells: readonly Cell[];
  /** So many of them make the highest level; later ones only re-evaluate. */
  readonly searchCells: number;
  readonly objectives: readonly ObjectiveName[];
  /** All that is decided follows from it. */
  readonly state: SearchState;
  /** The non-dominated finished trials, best score first. */
  readonly front: () => readonly Trial[];
}

export type Decision =
  /** The trial may go on to its `upTo`-th cell; `extra` where that lies beyond the level. */
  | { readonly kind: 'grant'; readonly trial: Trial; readonly upTo: number; readonly extra: boolean }
  | { readonly kind: 'conclude'; readonly trial: Trial; readonly status: 'finished' | 'dropped' | 'failed' }
  /** The search moves on to the next level. */
  | { readonly kind: 'grow'; readonly level: number };

/** A cell that may be begun. */
export interface NextCell {
  readonly trial: Trial;
  readonly of: Cell;
}
