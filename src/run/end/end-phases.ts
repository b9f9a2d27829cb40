import { elementAt } from '../../core/element-at.ts';
import { createRng } from '../../core/rng.ts';
import type { Cell } from '../../domain/cell.ts';
import { equalSpend, leastHoldout } from '../../domain/headliners.ts';
import type { NextCell } from '../../search/scheduling/types.ts';
import type { Trial } from '../../search/trial.ts';
import { plannedCalls } from '../calls/planned-calls.ts';
import { CellAdmission } from '../cells/cell-admission.ts';
import { cellsOf } from '../cells/cell-plan.ts';
import type { EndReason } from '../journal/events.ts';
import { spendingEnds } from '../journal/events.ts';
import { Means } from '../means.ts';
import type { NextWork, PlanOptions } from '../plan-types.ts';
import { acceptableTrials } from './acceptable-trials.ts';
import { each, inTurn, notBegun, type Share } from './end-cells.ts';
import {
  callsOf,
  type EndOptions,
  endAllowance,
  headlined,
  holdoutSize,
  type Measuring,
  placesOnHoldout,
  planFinish,
  planHoldout,
  planPlainWays,
} from './end-plan.ts';
import type { EndWork, KeptFor } from './end-reserve.ts';
import { extraShare, mostUndecided } from './finish-allocation.ts';
import { LikelyEnd } from './likely-end.ts';
import { finishOrder, holdoutOrder } from './order-by-time.ts';

/**
 * Plans what comes after the search: front members get more tuning cells until every member of the then-front has as
 * many (a member that had been lucky falls and lets others up), and last, the front and the baselines are measured on
 * the holdout.
 */
export class EndPhases {
  readonly #options: PlanOptions;
  readonly #holdoutCells: readonly Cell[];
  /** Those, and further ones for whom the result is about. */
  readonly #headlineCells: readonly Cell[];
  readonly #admission: CellAdmission;
  readonly #likely: LikelyEnd;
  /** What is left for further work, of the search too. */
  readonly means: Means;

  constructor(options: PlanOptions) {
    this.#options = options;
    const { task, holdoutRepeats, headlineRepeats } = options;
    this.#headlineCells = cellsOf('holdout', task.holdout, Math.max(holdoutRepeats, headlineRepeats));
    this.#holdoutCells = this.#headlineCells.slice(0, task.holdout.length * holdoutRepeats);
    this.#likely = new LikelyEnd(options.loop.book);
    this.means = new Means(options, () => this.#endWork());
    this.#admission = new CellAdmission(options, this.means);
  }

  /** The ceiling that keeps planned cells from being begun, where one does. */
  get lacked(): EndReason | undefined {
    return this.#admission.lacked;
  }

  /** Cells that a member of the final front gets: twice the level's, as far as there are. */
  get finishSize(): number {
    const { finishCells, loop } = this.#options;
    return Math.min(finishCells.length, 2 * loop.levelSize);
  }

  /** What comes next anyway, for slots that would be idle: equal cells for the front, the holdout. */
  early(because: EndReason): NextWork {
    const { loop, recorder, budget } = this.#options;
    // The end of a search of so many configs is decided by all of it, and takes no more than its share.
    if (budget.maxEvaluations !== undefined) return { kind: 'wait' };
    if (recorder.state.searching && loop.pending() === undefined) {
      const next = loop.fill(this.finishSize);
      if (next !== undefined && this.means.breaks(next.trial.config, 'holdout') === undefined)
        return { kind: 'cell', ...next };
    }
    const { shares, isWhole } = this.#holdout();
    const work = this.#nextOf(shares, 'nothing', because === 'time' && isWhole);
    return work.kind === 'cell' ? work : { kind: 'wait' };
  }

  nextOfFinish(): NextWork {
    const { ended } = this.#options.recorder.state;
    this.#admission.waitsForRoom = false;
    const work = this.#finishing();
    // Others that are begun meanwhile would reserve what it waits for.
    const isFree = work.kind === 'wait' && !this.#admission.waitsForRoom && this.#hasHoldout;
    return isFree ? this.early(ended ?? 'interrupted') : work;
  }

  /**
   * Equal cells for the front and its rivals, then more where it is undecided, as far as their share goes, then plain
   * ways to spend what the best mixture spends. What each is decided by is in the journal by then.
   */
  #finishing(): NextWork {
    const { loop, recorder } = this.#options;
    const { state } = recorder;
    const equal = this.#equalCells();
    const finalists = [...(state.finalists?.trials ?? [])].map((number) => elementAt(state.trials, number));
    const shares = finishOrder(each(finalists, equal), this.#options, this.means.holdoutMs);
    const work = this.#nextOf(shares, 'half-holdout', false);
    if (work.kind === 'cell') return work;
    const granted = [...state.finishing].map((number) => elementAt(state.trials, number));
    for (const trial of granted) {
      const further = this.#nextOf(each([trial], loop.cells.slice(0, trial.granted)), 'holdout', false);
      if (further.kind === 'cell') return further;
    }
    // What these take was reckoned before they were begun.
    const further = this.#nextOf(each(this.#plainTrials(), equal), 'nothing', false);
    if (further.kind === 'cell' || work.kind !== 'done') return further.kind === 'cell' ? further : work;
    // Asked when all that was granted is in: what comes next depends on it.
    const goesOn = this.#planNewcomers() || this.#grantUndecided(equal.length) || this.#planPlainWays();
    return goesOn
      ? this.#finishing()
      : this.#nextOf(each(loop.book.front(), equal), 'holdout', !this.#hasHoldout);
  }

  #equalCells(): readonly Cell[] {
    const { recorder, finishCells, loop } = this.#options;
    const { state } = recorder;
    if (state.finalists === null) {
      const size = this.finishSize;
      const { trials, cells } = planFinish(this.#end(), size, Math.min(size, loop.levelSize));
      recorder.record({ kind: 'finish-planned', trials: trials.map(({ trial }) => trial), cells });
    }
    return finishCells.slice(0, state.finalists?.cells);
  }

  /** Trials that came up to the front as others fell. */
  #planNewcomers(): boolean {
    const { recorder, loop } = this.#options;
    const { state } = recorder;
    const end = this.#end();
    const newcomers = loop.book.front().filter(({ trial }) => state.finalists?.trials.has(trial) !== true);
    if (newcomers.length === 0 || state.calls - (state.searchCalls ?? 0) >= endAllowance(end)) return false;
    const cells = state.finalists?.cells ?? 0;
    recorder.record({ kind: 'finish-planned', trials: newcomers.map(({ trial }) => trial), cells });
    return true;
  }

  /** Once all else is in: begins the trials that the best mixture is compared with, and then ends them. */
  #planPlainWays(): boolean {
    const { recorder, space } = this.#options;
    const { state } = recorder;
    if (state.plain !== null) return this.#concludePlainWays();
    const end = this.#end();
    const cells = state.finalists?.cells ?? 0;
    const least = Math.min(leastHoldout, this.#headlineCells.length);
    // Those that they are compared with need a holdout, too; others of the front come later.
    let calls = callsOf([...headlined(end)], () => least);
    const ways = planPlainWays(end, space).filter(({ config }) => {
      const perCell = plannedCalls(config);
      const all = calls + perCell * (cells + least);
      if (perCell * cells > endAllowance(end) || !this.means.areEnoughFor(all)) return false;
      if (this.means.lackTimeFor(config, cells + least)) return false;
      calls = all;
      return true;
    });
    const trials = ways.map(({ id, config, of }) => {
      const known = state.byId.get(id);
      if (known !== undefined) return known.trial;
      const trial = state.trials.length;
      const origin = { operator: equalSpend, parents: [of] };
      recorder.record({ kind: 'trial-started', trial, config, origin, id, granted: 0 });
      return trial;
    });
    recorder.record({ kind: 'finish-planned', trials, cells, plain: ways.map(({ kind }) => kind) });
    return trials.length > 0;
  }

  get #hasHoldout(): boolean {
    return this.#holdoutCells.length > 0;
  }

  #plainTrials(): Trial[] {
    const { plain, trials } = this.#options.recorder.state;
    return (plain ?? []).map(({ trial }) => elementAt(trials, trial));
  }

  /** Those that did not get all their cells are no rivals to who did. */
  #concludePlainWays(): boolean {
    const { recorder } = this.#options;
    const { state } = recorder;
    const due = this.#plainTrials().filter((trial) => trial.status === 'running' && trial.openCells === 0);
    for (const { trial, tuningBegun } of due) {
      const status = tuningBegun >= (state.finalists?.cells ?? 0) ? 'finished' : 'dropped';
      recorder.record({ kind: 'trial-finished', trial, status });
    }
    return due.length > 0;
  }

  nextOfHoldout(): NextWork {
    const { recorder } = this.#options;
    const { state } = recorder;
    if (state.holdoutPlan === null) {
      const { trials, ...plan } = planHoldout(
        this.#end(),
        this.#holdoutCells.length,
        this.#headlineCells.length,
      );
      recorder.record({ kind: 'holdout-planned', trials: trials.map(({ trial }) => trial), ...plan });
    }
    const { shares, isWhole } = this.#holdout();
    return this.#nextOf(shares, 'nothing', this.#hasHoldout && isWhole);
  }

  /** Who is measured on which holdout cells: as it was planned, or would be by now. */
  #holdout(): { readonly shares: readonly Share[]; readonly isWhole: boolean } {
    const { recorder, task } = this.#options;
    const { holdoutPlan, trials } = recorder.state;
    const all = this.#holdoutCells;
    const {
      cells,
      headline,
      trials: measured,
    }: Measuring = holdoutPlan === null
      ? this.#likelyHoldout()
      : { ...holdoutPlan, trials: holdoutPlan.trials.map((number) => elementAt(trials, number)) };
    const isWhole = cells >= all.length;
    // A part of it has to be a fair one.
    const some = isWhole ? all : createRng(`holdout/${task.hash}`).shuffle(all).slice(0, cells);
    const further = this.#headlineCells.slice(all.length, headline?.cells);
    const first = measured.slice(0, headline?.trials ?? 0);
    const others = measured.slice(first.length);
    const shares = { first, firstCells: [...some, ...further], others, cells: some };
    return { shares: holdoutOrder(shares, this.#options, holdoutPlan?.at ?? recorder.now()), isWhole };
  }

  /** About what the plan will be. */
  #likelyHoldout(): Measuring {
    const { trials, cells, headline } = this.#endWork().holdout;
    const named = headlined(this.#end());
    return {
      trials: [...new Set([...named, ...trials])],
      cells,
      ...(headline === undefined ? {} : { headline: { ...headline, trials: named.size } }),
    };
  }

  /** About what the end would be if the search were over: first whom the result will be about. */
  #endWork(): EndWork {
    const { finalists, onHoldout: trials, first } = this.#likely.trials;
    const finish = { trials: finalists, cells: this.finishSize };
    if (!this.#hasHoldout) return { finish, holdout: { trials: [], cells: 0 } };
    const cells = holdoutSize(this.#end(), trials.slice(0, placesOnHoldout), this.#holdoutCells.length);
    const isCut = cells < this.#holdoutCells.length;
    return {
      finish,
      holdout: {
        trials,
        cells,
        headline: { trials: first, cells: isCut ? cells : this.#headlineCells.length },
      },
    };
  }

  #end(): EndOptions {
    const { recorder, loop, endShare, earlierCalls, budget } = this.#options;
    return { state: recorder.state, book: loop.book, share: endShare, earlierCalls, budget };
  }

  #grantUndecided(equal: number): boolean {
    const { recorder, rng, loop } = this.#options;
    const { state } = recorder;
    const { book, cells } = loop;
    if (state.finishGranted >= extraShare * equal * book.front().length) return false;
    const stream = rng.derive('undecided', state.finishGranted);
    const trial = mostUndecided(book, equal, stream);
    if (trial === undefined) return false;
    const from = Math.max(trial.tuningBegun, equal);
    const upTo = Math.min(cells.length, from + Math.max(1, Math.ceil(equal / 2)));
    if (upTo <= from || trial.granted >= upTo) return false;
    if (this.means.lackFor(trial, 'holdout') !== undefined) return false;
    recorder.record({ kind: 'cells-granted', trial: trial.trial, upTo, extra: true });
    return true;
  }

  #nextOf(shares: readonly Share[], keptFor: KeptFor, isLast: boolean): NextWork {
    const further = (): NextCell | undefined => this.#topUp(new Set(shares.map(({ trial }) => trial)));
    return this.#admission.next(shares, keptFor, isLast ? further : undefined);
  }

  /**
   * What a ceiling has left when all planned cells are in gives each of the front as many fresh cells as those have whom
   * the result is about, fewest first. Still more answers to the same questions would tell nothing of other questions.
   */
  #topUp(trials: Iterable<Trial>): NextCell | undefined {
    const { loop, recorder, finishCells } = this.#options;
    const { ended, searching } = recorder.state;
    if (!searching && (ended === null || (ended !== 'time' && !spendingEnds.has(ended)))) return undefined;
    const { bounds } = loop.book.aims;
    const singles = acceptableTrials(loop.book.baselines(), bounds).slice(0, 1);
    const measured = new Set([...acceptableTrials(loop.book.front(), bounds), ...singles]);
    const rivals = [...trials].filter((trial) => measured.has(trial));
    // A cell of the poorest may be too dear for what is left while another's is not.
    for (const next of notBegun(inTurn(rivals, this.#hasHoldout ? this.#headlineCells : finishCells)))
      if (this.means.lackFor(next.trial, 'nothing') === undefined) return next;
    return undefined;
  }
}
