import { defaultRacingRule } from '../racing/index.ts';
import type { Trial } from '../trial.ts';
import { startingCells } from './levels.ts';
import { Scheduler } from './scheduler.ts';
import type { Decision, ScheduleOptions, ScheduleSubject } from './types.ts';

/** For strategies that know only what was measured. */
export const levelledSchedule: ScheduleOptions = {
  startingCells,
  growAfter: 60,
  racing: defaultRacingRule,
  firstLook: 8,
  reevaluationShare: 0.15,
  reevaluationLimit: 4,
};

/** Every trial gets all cells at once. */
export const fixedFidelity: ScheduleOptions = {
  startingCells: Number.POSITIVE_INFINITY,
  growAfter: Number.POSITIVE_INFINITY,
  racing: 'none',
  firstLook: Number.POSITIVE_INFINITY,
  reevaluationShare: 0,
  reevaluationLimit: 1,
};

/**
 * When a level has seen enough trials, the front goes on to twice as many cells (a member that falls behind there
 * lets others up, which then go on in its place), and later trials go as far. A share of cells re-measures front
 * members beyond the level, so that luck does not steer the search.
 */
export class LevelledScheduler extends Scheduler {
  readonly #reevaluates: boolean;

  constructor(subject: ScheduleSubject, options: ScheduleOptions) {
    super(subject, options);
    const { cells } = subject;
    const oneInstance = cells.every(({ instance }) => instance === cells[0]?.instance);
    this.#reevaluates = options.reevaluateWhileGrowing ?? (oneInstance || this.hasOneLevel);
  }

  protected override further(trial: Trial): Decision | undefined {
    return this.promoted(trial);
  }

  protected override beyond(exhausted: boolean): Decision | undefined {
    return this.promotion() ?? this.#growth(exhausted) ?? this.#reevaluation();
  }

  #growth(exhausted: boolean): Decision | undefined {
    const { state, front } = this.subject;
    if (this.isLastLevel || front().length === 0) return undefined;
    const due = exhausted ? this.open.size === 0 : state.concludedAtLevel >= this.options.growAfter;
    const complete = due && front().every((trial) => trial.granted >= this.levelSize);
    return complete ? { kind: 'grow', level: state.level + 1 } : undefined;
  }

  #reevaluation(): Decision | undefined {
    const { reevaluationShare, reevaluationLimit, firstLook } = this.options;
    const { state, front } = this.subject;
    if (!this.#reevaluates || state.extraGranted >= reevaluationShare * state.cells) return undefined;
    const most = Math.min(this.cells.length, reevaluationLimit * this.levelSize);
    let fewest: Trial | undefined;
    for (const trial of front()) {
      if (trial.granted >= most || trial.granted < this.levelSize || this.open.has(trial)) continue;
      if (fewest === undefined || trial.granted < fewest.granted) fewest = trial;
    }
    if (fewest === undefined) return undefined;
    const block = Math.min(firstLook, this.levelSize);
    return { kind: 'grant', trial: fewest, upTo: Math.min(most, fewest.granted + block), extra: true };
  }
}
