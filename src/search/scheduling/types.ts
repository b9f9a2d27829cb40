import type { Cell } from '../../domain/cell.ts';
import type { Measurement, ObjectiveName } from '../../domain/objective.ts';
import type { RacingRule } from '../racing/rule.ts';

/** A trial as a schedule sees it. */
export interface ScheduledTrial {
  readonly trial: number;
  /** Where it came from; what results are compared with (`baseline`) is never given up early. */
  readonly origin: { readonly operator: string };
  readonly status: 'running' | 'finished' | 'dropped' | 'failed';
  /** So many of the search's cells, from the first, it may begin. */
  readonly granted: number;
  /** Keys of cells that were begun and not abandoned. */
  readonly begun: ReadonlySet<string>;
  readonly begunCount: number;
  /** True while a cell of it is under way. */
  readonly inFlight: boolean;
  /** Its scored tuning cells. */
  measurements(): readonly { readonly key: string; readonly measurement: Measurement }[];
}

/** What a schedule decides by; all of it follows from what has been recorded. */
export interface ScheduleState {
  /** Index of the fidelity level that the search is at. */
  readonly level: number;
  /** Trials concluded for the first time since the level was reached. */
  readonly concludedAtLevel: number;
  /** Cells begun by all trials. */
  readonly cells: number;
  /** Cells granted to front members beyond their level. */
  readonly extraGranted: number;
}

/** What a schedule is about. */
export interface ScheduleSubject<Trial extends ScheduledTrial> {
  /** In the order in which fidelity grows. */
  readonly cells: readonly Cell[];
  /** So many of them make the highest level; later ones only re-evaluate. */
  readonly searchCells: number;
  readonly objectives: readonly ObjectiveName[];
  readonly state: ScheduleState;
  /** The non-dominated finished trials, best score first. */
  readonly front: () => readonly Trial[];
}

export type Decision<Trial extends ScheduledTrial> =
  /** The trial may go on to its `upTo`-th cell; `extra` where that lies beyond the level. */
  | { readonly kind: 'grant'; readonly trial: Trial; readonly upTo: number; readonly extra: boolean }
  | { readonly kind: 'conclude'; readonly trial: Trial; readonly status: 'finished' | 'dropped' | 'failed' }
  /** The front moves on to the next level. */
  | { readonly kind: 'grow'; readonly level: number };

export interface ScheduleOptions {
  /** Cells of the first level; `Infinity` for all at once, which is fixed fidelity. Default 16. */
  readonly startingCells: number;
  /** The strategy says who gets further cells: all trials get those of the first level, and nothing grows by itself. */
  readonly advised?: boolean;
  /** Trials that must have been concluded at a level before the front goes on to the next. */
  readonly growAfter: number;
  readonly racing: RacingRule | undefined;
  /** Cells after which a trial is first looked at. */
  readonly firstLook: number;
  /** Successive halving: the share of trials that goes on at each look. Absent: all that racing leaves. */
  readonly keep?: number;
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
