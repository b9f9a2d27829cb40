import { elementAt } from '../../core/element-at.ts';
import { type Cell, cellKey } from '../../domain/cell.ts';
import { isBaseline } from '../../domain/headliners.ts';
import { createRacingRule, type RacingRule } from '../racing/index.ts';
import { runningTrials } from '../search-state.ts';
import type { Trial } from '../trial.ts';
import { Duels } from './duels.ts';
import { fidelityLevels, firstCells, looksUpTo } from './levels.ts';
import { OpenTrials } from './open-trials.ts';
import type { Decision, NextCell, ScheduleOptions, ScheduleSubject } from './types.ts';

/** Rivals that a trial is compared with at a look: the best of the front by score. */
const rivalsPerLook = 12;

/**
 * Says which trial gets which cell. All trials walk the same list of cells from its start, so any two are
 * compared on the shorter one's cells. A new trial walks to the end of the present level or of what trials begin on at
 * most, and after each block a racing rule may drop it; who goes on beyond that is the subclass's to say.
 *
 * Keeps nothing that its owner does not record: decisions are asked for, recorded and shown to it as changes
 * of the state, so that an interrupted search goes on exactly.
 */
export abstract class Scheduler {
  readonly cells: readonly Cell[];
  protected readonly subject: ScheduleSubject;
  protected readonly options: ScheduleOptions;
  protected readonly open: OpenTrials;
  /** Sizes of the levels, ascending. */
  readonly #levels: readonly number[];
  readonly #duels: Duels;
  readonly #racing: RacingRule;

  constructor(subject: ScheduleSubject, options: ScheduleOptions) {
    const { cells, searchCells, objectives } = subject;
    this.cells = cells;
    this.subject = subject;
    this.options = options;
    this.open = new OpenTrials(cells);
    this.#levels = fidelityLevels(searchCells, options.startingCells);
    this.#duels = new Duels(objectives, new Map(cells.map((cell, place) => [cellKey(cell), place])));
    this.#racing = createRacingRule(options.racing, { objectives });
  }

  /** Cells of the present level, which members of the front have. */
  get levelSize(): number {
    return elementAt(this.#levels, Math.min(this.subject.state.level, this.#levels.length - 1));
  }

  /** Cells after which a new trial is concluded: those of the level, unless there is a limit. */
  get firstSize(): number {
    return firstCells(this.levelSize, this.options);
  }

  /** What a new trial is granted at once: all that it begins on while there is nobody to lose against. */
  get firstGrant(): number {
    return this.subject.front().length === 0 ? this.firstSize : elementAt(this.looks(), 0);
  }

  /** To be told of a trial that was started, granted cells, or concluded. */
  changed(trial: Trial): void {
    this.open.changed(trial);
  }

  /** A granted cell that nobody has begun, of the trials that suit: those of concluded ones first, then by age. */
  nextCell(suits: (trial: Trial) => boolean): NextCell | undefined {
    return this.open.nextCell(suits);
  }

  /** Trials with cells to come or a conclusion due. */
  get openTrials(): number {
    return this.open.size;
  }

  /**
   * The next decision that is due, or `undefined`. To be recorded and asked again until nothing is due.
   * @param exhausted there will be no new trials, so that what is there may grow
   */
  decide(exhausted = false): Decision | undefined {
    for (const trial of this.open.settled()) {
      return trial.status === 'running'
        ? this.#judge(trial)
        : (this.further(trial) ?? conclude(trial, 'finished'));
    }
    return this.beyond(exhausted);
  }

  /**
   * When the search is over: running trials of which the first cells are in are concluded, although further ones that
   * they were granted for idle slots never came in.
   */
  lastConclusions(): readonly Decision[] {
    return runningTrials(this.subject.state)
      .filter(({ tuningBegun, openCells }) => tuningBegun - openCells >= this.firstSize)
      .map(concludeWhole);
  }

  /** More cells for a trial that is concluded but for the cells that it was granted since. */
  protected abstract further(trial: Trial): Decision | undefined;

  /** What is due when all trials are on their way. */
  protected abstract beyond(exhausted: boolean): Decision | undefined;

  protected get isLastLevel(): boolean {
    return this.subject.state.level >= this.#levels.length - 1;
  }

  protected get hasOneLevel(): boolean {
    return this.#levels.length === 1;
  }

  /** Prefixes of the cells after which a new trial of the present level is looked at. */
  protected looks(): readonly number[] {
    return looksUpTo(this.firstSize, this.options.firstLook);
  }

  /** The next block of cells for a member of the front that has fewer than its level asks for. */
  protected promoted(trial: Trial): Decision | undefined {
    const { granted } = trial;
    if (granted >= this.levelSize || !this.subject.front().includes(trial)) return undefined;
    const upTo = looksUpTo(this.levelSize, this.options.firstLook).find((look) => look > granted);
    return { kind: 'grant', trial, upTo: upTo ?? this.levelSize, extra: false };
  }

  /** The same for the first such member that has nothing under way. */
  protected promotion(): Decision | undefined {
    for (const trial of this.subject.front()) {
      if (trial.granted < this.levelSize && !this.open.has(trial)) return this.promoted(trial);
    }
    return undefined;
  }

  #judge(trial: Trial): Decision {
    const looks = this.looks();
    const index = looks.findIndex((look) => look >= trial.granted);
    const atEnd = index < 0 || index === looks.length - 1;
    if (atEnd) return concludeWhole(trial);
    if (isScored(trial) && this.#loses(trial)) return conclude(trial, 'dropped');
    return { kind: 'grant', trial, upTo: elementAt(looks, index + 1), extra: false };
  }

  #loses(trial: Trial): boolean {
    // Results are compared with the baselines, so that these are never given up.
    if (this.options.racing === 'none' || isBaseline(trial.origin)) return false;
    return this.#racing(this.#duels.of(trial, this.subject.front(), rivalsPerLook));
  }
}

const isScored = (trial: Trial): boolean => trial.measurements().length > 0;

/** Of a trial that has all cells that it begins on. */
function concludeWhole(trial: Trial): Decision {
  return conclude(trial, isScored(trial) ? 'finished' : 'failed');
}

function conclude(trial: Trial, status: 'finished' | 'dropped' | 'failed'): Decision {
  return { kind: 'conclude', trial, status };
}
