import { type Cell, cellKey } from '../../domain/cell.ts';
import type { ObjectiveName } from '../../domain/objective.ts';
import type { Duel } from '../racing/rule.ts';
import { duelsOf } from './duels.ts';
import { fidelityLevels, looksUpTo } from './levels.ts';
import { Rungs } from './rungs.ts';
import type { Decision, ScheduledTrial, ScheduleOptions, ScheduleState, ScheduleSubject } from './types.ts';

export type { Decision, ScheduledTrial, ScheduleOptions } from './types.ts';

export const defaultSchedule: ScheduleOptions = {
  startingCells: 16,
  growAfter: 60,
  racing: undefined,
  firstLook: 8,
  reevaluationShare: 0.15,
  reevaluationLimit: 4,
};

/** Rivals that a trial is compared with at a look: the best of the front by score. */
const rivalsPerLook = 12;

/**
 * Says which trial gets which cell. All trials walk the same list of cells from its start, so any two are
 * compared on the shorter one's cells. A new trial walks to the end of the present level, and after each block
 * a racing rule may drop it. When a level has seen enough trials, the front goes on to twice as many cells
 * (a member that falls behind there lets others up, which then go on in its place), and later trials go as
 * far. A share of cells re-measures front members beyond the level, so that luck does not steer the search.
 *
 * Keeps nothing that its owner does not record: decisions are asked for, recorded and shown to it as changes
 * of the state, so that an interrupted search goes on exactly.
 */
export class TrialScheduler<Trial extends ScheduledTrial> {
  readonly cells: readonly Cell[];
  /** Sizes of the levels, ascending. */
  readonly levels: readonly number[];
  readonly #keys: readonly string[];
  /** Place of each cell's key in the list. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #objectives: readonly ObjectiveName[];
  readonly #options: ScheduleOptions;
  readonly #state: ScheduleState;
  readonly #front: () => readonly Trial[];
  readonly #rungs: Rungs<Trial>;
  readonly #reevaluates: boolean;
  /** Trials with cells to come or a conclusion due. */
  readonly #open = new Map<number, Trial>();

  constructor(
    { cells, searchCells, objectives, state, front }: ScheduleSubject<Trial>,
    options: Partial<ScheduleOptions> = {},
  ) {
    this.cells = cells;
    this.#keys = cells.map(cellKey);
    this.#places = new Map(this.#keys.map((key, place) => [key, place]));
    this.#objectives = objectives;
    this.#state = state;
    this.#front = front;
    this.#options = { ...defaultSchedule, ...options };
    this.#rungs = new Rungs(this.#keys, objectives);
    this.levels = fidelityLevels(searchCells, this.#options.startingCells);
    const oneInstance = cells.every(({ instance }) => instance === cells[0]?.instance);
    this.#reevaluates = this.#options.reevaluateWhileGrowing ?? (oneInstance || this.levels.length === 1);
  }

  /** Cells of the present level. */
  get levelSize(): number {
    return this.levels[Math.min(this.#state.level, this.levels.length - 1)] as number;
  }

  /** What a new trial is granted at once: all of its level while there is nobody to lose against. */
  get firstGrant(): number {
    const alone = this.#options.keep === undefined && this.#front().length === 0;
    return alone ? this.levelSize : (this.#looks()[0] as number);
  }

  /** To be told of a trial that was started, granted cells, or concluded. */
  changed(trial: Trial): void {
    if (this.#options.keep !== undefined) this.#rungs.add(trial);
    if (trial.status === 'running' || this.#lacksCells(trial)) this.#open.set(trial.trial, trial);
    else this.#open.delete(trial.trial);
  }

  /** A granted cell that nobody has begun: those of concluded trials first, then by age. */
  nextCell(): { readonly trial: Trial; readonly of: Cell } | undefined {
    for (const trial of this.#opened()) {
      if (trial.begunCount >= this.#most(trial)) continue;
      const index = this.#keys.findIndex((key, at) => at < trial.granted && !trial.begun.has(key));
      if (index >= 0) return { trial, of: this.cells[index] as Cell };
    }
    return undefined;
  }

  /**
   * The next decision that is due, or `undefined`. To be recorded and asked again until nothing is due.
   * @param exhausted there will be no new trials, so that what is there may grow
   */
  decide(exhausted = false): Decision<Trial> | undefined {
    for (const trial of this.#opened()) {
      const decision = this.#settled(trial) ? this.#judge(trial) : undefined;
      if (decision !== undefined) return decision;
    }
    return this.#promotion() ?? this.#growth(exhausted) ?? this.#reevaluation();
  }

  #judge(trial: Trial): Decision<Trial> | undefined {
    if (trial.status !== 'running') return this.#backed(trial) ?? conclude(trial, 'finished');
    const looks = this.#looks();
    const index = looks.findIndex((look) => look >= trial.granted);
    const scored = trial.measurements().length > 0;
    const atEnd = index < 0 || index === looks.length - 1;
    if (atEnd) return conclude(trial, scored ? 'finished' : 'failed');
    if (scored && this.#loses(trial, { index, of: looks.length })) return conclude(trial, 'dropped');
    return { kind: 'grant', trial, upTo: looks[index + 1] as number, extra: false };
  }

  #loses(trial: Trial, look: { index: number; of: number }): boolean {
    const { racing, keep } = this.#options;
    if (trial.origin.operator === 'baseline') return false;
    if (keep !== undefined && !this.#rungs.survives(trial, trial.granted, keep)) return true;
    if (racing === undefined) return false;
    const duels: Duel[] = duelsOf(trial, this.#front(), this.#objectives, this.#places, rivalsPerLook);
    return duels.length > 0 && racing.drops(duels, look) !== undefined;
  }

  /** A front member that has fewer cells than its level asks for gets the next block of them. */
  #promotion(): Decision<Trial> | undefined {
    for (const trial of this.#front()) {
      const decision = this.#open.has(trial.trial) ? undefined : this.#backed(trial);
      if (decision !== undefined) return decision;
    }
    return undefined;
  }

  #backed(trial: Trial): Decision<Trial> | undefined {
    if (this.#options.advised === true) return undefined;
    if (trial.granted >= this.levelSize || !this.#front().includes(trial)) return undefined;
    const upTo = this.#looks().find((look) => look > trial.granted) as number;
    return { kind: 'grant', trial, upTo, extra: false };
  }

  #growth(exhausted: boolean): Decision<Trial> | undefined {
    const { level, concludedAtLevel } = this.#state;
    if (level >= this.levels.length - 1 || this.#front().length === 0) return undefined;
    const due =
      exhausted && this.#options.advised !== true
        ? this.#open.size === 0
        : concludedAtLevel >= this.#options.growAfter;
    const complete =
      this.#options.advised === true || this.#front().every((trial) => trial.granted >= this.levelSize);
    return due && complete ? { kind: 'grow', level: level + 1 } : undefined;
  }

  #reevaluation(): Decision<Trial> | undefined {
    const { reevaluationShare, reevaluationLimit } = this.#options;
    if (!this.#reevaluates) return undefined;
    const { cells, extraGranted } = this.#state;
    if (extraGranted >= reevaluationShare * cells) return undefined;
    const most = Math.min(this.cells.length, reevaluationLimit * this.levelSize);
    let fewest: Trial | undefined;
    for (const trial of this.#front()) {
      if (trial.granted >= most || trial.granted < this.levelSize || this.#open.has(trial.trial)) continue;
      if (fewest === undefined || trial.granted < fewest.granted) fewest = trial;
    }
    if (fewest === undefined) return undefined;
    const block = Math.min(this.#options.firstLook, this.levelSize);
    return { kind: 'grant', trial: fewest, upTo: Math.min(most, fewest.granted + block), extra: true };
  }

  #looks(): readonly number[] {
    return looksUpTo(this.levelSize, this.#options.firstLook);
  }

  #lacksCells(trial: Trial): boolean {
    return trial.begunCount < this.#most(trial) || trial.inFlight;
  }

  /** Cells that it may have begun: no more than there are. */
  #most(trial: Trial): number {
    return Math.min(trial.granted, this.cells.length);
  }

  #settled(trial: Trial): boolean {
    return !this.#lacksCells(trial);
  }

  #opened(): Trial[] {
    const rank = (trial: Trial): number => (trial.status === 'running' ? 1 : 0);
    return [...this.#open.values()].sort((a, b) => rank(a) - rank(b) || a.trial - b.trial);
  }
}

function conclude<Trial extends ScheduledTrial>(
  trial: Trial,
  status: 'finished' | 'dropped' | 'failed',
): Decision<Trial> {
  return { kind: 'conclude', trial, status };
}
