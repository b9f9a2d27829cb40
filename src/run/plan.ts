import { elementAt } from '../core/element-at.ts';
import { createRng, type Rng } from '../core/rng.ts';
import type { Budget } from '../domain/budget.ts';
import { type Cell, cellKey } from '../domain/cell.ts';
import { equalSpend } from '../domain/headline.ts';
import { configId, type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import type { Task } from '../domain/task.ts';
import { withoutHopeless } from '../search/hopeful-models.ts';
import type { SearchLoop } from '../search/loop.ts';
import type { NextCell } from '../search/scheduling/types.ts';
import type { SearchSpace } from '../search/space.ts';
import type { Proposal } from '../search/strategy.ts';
import type { Trial } from '../search/trial.ts';
import type { Draft } from '../search/writing/index.ts';
import { cellsOf } from './cell-plan.ts';
import {
  callsOf,
  type EndOptions,
  endAllowance,
  holdoutSize,
  mostBaselines,
  placesOnHoldout,
  planFinish,
  planHoldout,
  planPlainWays,
} from './end-plan.ts';
import type { EndReason, Reservation } from './events.ts';
import { extraShare, mostUndecided } from './finish-allocation.ts';
import { type EndWork, KeepBackEstimator, type KeptFor } from './keep-back.ts';
import type { Ledger } from './ledger.ts';
import { plannedCalls } from './planned-calls.ts';
import type { Recorder } from './recorder.ts';
import type { RunState } from './run-state.ts';

export interface PlanOptions {
  readonly recorder: Recorder;
  readonly loop: SearchLoop;
  readonly ledger: Ledger;
  readonly task: Task;
  readonly budget: Budget;
  readonly rng: Rng;
  readonly objectives: readonly ObjectiveName[];
  /** Tuning cells that every member of the final front gets, of all that could be asked. */
  readonly finishCells: readonly Cell[];
  readonly holdoutRepeats: number;
  readonly endShare: number | undefined;
  readonly space: SearchSpace;
  /** Whether a model is taken to be down at present. */
  readonly isDown: (model: string) => boolean;
}

export type NextWork =
  | ({ readonly kind: 'cell' } & NextCell)
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

const spending: ReadonlySet<EndReason> = new Set(['calls', 'tokens', 'usd']);
/** Configs open and unconcluded at most when a further one is chosen: beyond, it is chosen blindly. */
const mostOpen = 8;
/** A cell is begun while this part of the time that it usually takes is left. */
const likelyShare = 0.5;

/**
 * Decides what a run does next. While searching, the search loop does, and new cells leave
 * untouched what measuring the front will cost. Then front members get more tuning
 * cells until every member of the then-front has as many (a member that had been lucky falls and lets
 * others up), and last, the front and the baselines are measured on the holdout. Where slots would be idle since
 * something is waited for, they begin what comes next.
 */
export class Plan {
  readonly #options: PlanOptions;
  readonly #holdoutCells: readonly Cell[];
  readonly #keepBack: KeepBackEstimator;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#holdoutCells = cellsOf('holdout', options.task.holdout, options.holdoutRepeats);
    this.#keepBack = new KeepBackEstimator(options.recorder.state, options.budget, () => this.#endWork());
  }

  next(): NextWork {
    switch (this.#options.recorder.state.phase) {
      case 'search':
        return this.#nextOfSearch();
      case 'finish':
        return this.#nextOfFinish();
      case 'holdout':
        return this.#nextOfHoldout();
      case 'done':
        return { kind: 'done' };
    }
  }

  /** Takes the decisions of the search that are due. True when a trial was concluded. */
  concludeTrials(): boolean {
    const { recorder, loop } = this.#options;
    return recorder.state.searching && loop.decide().some(({ kind }) => kind === 'conclude');
  }

  /** Ends the search; what is in flight may finish. */
  endSearch(because: EndReason): void {
    const { recorder } = this.#options;
    if (recorder.state.phase === 'search')
      recorder.record({ kind: 'phase-started', phase: 'finish', because });
  }

  /** Goes on to the next phase once nothing of this one is left or in flight. */
  advance(): void {
    const { recorder } = this.#options;
    const next = { search: 'finish', finish: 'holdout', holdout: 'done', done: 'done' } as const;
    recorder.record({ kind: 'phase-started', phase: next[recorder.state.phase], because: 'front-measured' });
  }

  /** Starts the trial of a written draft; what it takes was counted when it was asked for. */
  startWritten(draft: number, proposal: Proposal): void {
    this.#options.loop.start(proposal, configId(proposal.config), draft);
  }

  /** The ceiling that one more call of this worst case would break, what the front needs set aside. */
  roomFor(worst: Reservation): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    return this.#keepBack.breaksCall(worst, ledger, recorder.now());
  }

  /** Cells that a member of the final front gets: twice the level's, as far as there are. */
  #finishSize(): number {
    const { finishCells, loop } = this.#options;
    return Math.min(finishCells.length, 2 * loop.levelSize);
  }

  #nextOfSearch(): NextWork {
    const { recorder, loop } = this.#options;
    const { state } = recorder;
    const { refusal } = state;
    if (refusal !== null) return this.#endSearchWhenQuiet(refusal);
    const pending = loop.pending();
    if (pending !== undefined) return this.#unlessBroken({ kind: 'cell', ...pending });
    const barred = this.#barred();
    if (barred !== undefined) return this.#endSearchWhenQuiet(barred);
    if (this.#openConfigs() >= mostOpen) return this.#further();
    const next = loop.ask();
    if (next.kind === 'exhausted') return this.#endSearchWhenQuiet('space-exhausted');
    if (next.kind === 'wait') return this.#further();
    return next.kind === 'cell' ? this.#unlessBroken(next) : next;
  }

  /** Configs that a conclusion is to come of soon; those that wait for a model that is down are not. */
  #openConfigs(): number {
    const { recorder, isDown } = this.#options;
    const { trials, drafts, concluded } = recorder.state;
    let open = trials.length - concluded + drafts.open.size;
    // The youngest are last: none before the oldest open one is looked at.
    for (let at = trials.length - 1, left = trials.length - concluded; left > 0; at--) {
      const { status, config } = elementAt(trials, at);
      if (status !== 'running') continue;
      left--;
      if (modelsOf(config).some(isDown)) open--;
    }
    return open;
  }

  #unlessBroken(next: NextWork & { readonly kind: 'cell' }): NextWork {
    const broken = this.#breaks(next.trial.config, 'all');
    return broken === undefined ? next : this.#endSearchWhenQuiet(broken);
  }

  /**
   * While enough configs are open for the moment. Where it is time that runs out an idle slot is worth nothing; where
   * the search ends with a number of configs a call that need not be made is money spent.
   */
  #further(): NextWork {
    const { loop, budget } = this.#options;
    if (budget.maxEvaluations !== undefined) return { kind: 'wait' };
    const next = loop.further(budget.maxSeconds === undefined ? this.#finishSize() : loop.cells.length);
    return next === undefined ? { kind: 'wait' } : this.#unlessBroken({ kind: 'cell', ...next });
  }

  /**
   * Cells in flight usually leave more than they reserved, and a draft may bring a trial: only without any is a
   * ceiling reached. Where there are no more configs, the front may still grow. Until then slots begin the end's
   * work, unless what is in flight may leave enough to search on.
   */
  #endSearchWhenQuiet(because: EndReason): NextWork {
    const { loop, recorder } = this.#options;
    if (loop.isBusy) {
      const isOver = recorder.state.refusal === null && !spending.has(because);
      return isOver ? this.#early(because) : { kind: 'wait' };
    }
    const grown = because === 'space-exhausted' && loop.decide(true).length > 0;
    if (!grown) this.endSearch(because);
    return { kind: 'wait' };
  }

  /** What comes next anyway, for slots that would be idle: equal cells for the front, the holdout. */
  #early(because: EndReason): NextWork {
    const { loop, recorder, budget } = this.#options;
    // The end of a search of so many configs is decided by all of it, and takes no more than its share.
    if (budget.maxEvaluations !== undefined) return { kind: 'wait' };
    if (recorder.state.searching && loop.pending() === undefined) {
      const next = loop.fill(this.#finishSize());
      if (next !== undefined && this.#breaks(next.trial.config, 'holdout') === undefined)
        return { kind: 'cell', ...next };
    }
    const { trials, cells } = this.#holdout();
    const work = this.#nextOf(
      trials,
      cells,
      'nothing',
      because === 'time' && cells.length === this.#holdoutCells.length,
    );
    return work.kind === 'cell' ? work : { kind: 'wait' };
  }

  #breaks(config: MoaConfig | undefined, keptFor: KeptFor): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    return this.#keepBack.breaks(config, keptFor, ledger, recorder.now());
  }

  /** The ceiling that leaves no room for a new trial. */
  #barred(): EndReason | undefined {
    const { recorder, budget } = this.#options;
    const { state } = recorder;
    // A draft under way is a trial about to start.
    const begun = state.trials.length + state.drafts.open.size;
    if (budget.maxEvaluations !== undefined && begun >= budget.maxEvaluations) return 'evaluations';
    // A trial started without room for one cell would only be journaled to be abandoned.
    return this.#breaks(undefined, 'all');
  }

  #nextOfFinish(): NextWork {
    const { ended } = this.#options.recorder.state;
    const work = this.#finishing();
    return work.kind === 'wait' && this.#hasHoldout ? this.#early(ended ?? 'interrupted') : work;
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
    const work = this.#nextOf(finalists, equal, 'holdout', false);
    if (work.kind === 'cell' || state.refusal !== null) return work;
    const granted = [...state.finishing].map((number) => elementAt(state.trials, number));
    for (const trial of granted) {
      const further = this.#nextOf([trial], loop.cells.slice(0, trial.granted), 'holdout', false);
      if (further.kind === 'cell') return further;
    }
    if (work.kind !== 'done') return work;
    // Asked when all that was granted is in: what comes next depends on it.
    const goesOn = this.#planNewcomers() || this.#grantUndecided(equal.length) || this.#planPlainWays();
    return goesOn ? this.#finishing() : this.#nextOf(loop.book.front(), equal, 'holdout', !this.#hasHoldout);
  }

  #equalCells(): readonly Cell[] {
    const { recorder, finishCells, loop } = this.#options;
    const { state } = recorder;
    if (state.finalists === null) {
      const size = this.#finishSize();
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
    if (state.plain !== null) return this.#concludePlainWays(state.plain);
    const end = this.#end();
    const cells = state.finalists?.cells ?? 0;
    const holdout = this.#holdoutCells.length;
    const ways = planPlainWays(end, space).filter(({ config }) => {
      const calls = plannedCalls(config);
      // The holdout of those that the search found comes first.
      const others = callsOf(planHoldout(end, holdout).trials, () => holdout);
      return calls * cells <= endAllowance(end) && this.#hasRoom(calls * (cells + holdout) + others);
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

  /** Those that did not get all their cells are no rivals to who did. */
  #concludePlainWays(plain: NonNullable<RunState['plain']>): boolean {
    const { recorder } = this.#options;
    const { state } = recorder;
    const due = plain
      .map(({ trial }) => elementAt(state.trials, trial))
      .filter((trial) => trial.status === 'running' && trial.openCells === 0);
    for (const { trial, tuningBegun } of due) {
      const status = tuningBegun >= (state.finalists?.cells ?? 0) ? 'finished' : 'dropped';
      recorder.record({ kind: 'trial-finished', trial, status });
    }
    return due.length > 0;
  }

  #hasRoom(calls: number): boolean {
    const { ledger, recorder } = this.#options;
    return this.#keepBack.breaksCalls(calls, ledger, recorder.now()) === undefined;
  }

  #nextOfHoldout(): NextWork {
    const { recorder } = this.#options;
    const { state } = recorder;
    if (state.holdoutPlan === null) {
      const { trials, cells } = planHoldout(this.#end(), this.#holdoutCells.length);
      recorder.record({ kind: 'holdout-planned', trials: trials.map(({ trial }) => trial), cells });
    }
    const { trials, cells } = this.#holdout();
    const isWhole = cells.length === this.#holdoutCells.length;
    return this.#nextOf(trials, cells, 'nothing', this.#hasHoldout && isWhole);
  }

  /** Who is measured on which holdout cells: as it was planned, or would be by now. */
  #holdout(): { readonly trials: readonly Trial[]; readonly cells: readonly Cell[] } {
    const { recorder, task } = this.#options;
    const { holdoutPlan, trials } = recorder.state;
    const all = this.#holdoutCells;
    const { cells, trials: measured } =
      holdoutPlan === null
        ? this.#endWork().holdout
        : { ...holdoutPlan, trials: holdoutPlan.trials.map((number) => elementAt(trials, number)) };
    // A part of it has to be a fair one.
    const some = cells >= all.length ? all : createRng(`holdout/${task.hash}`).shuffle(all).slice(0, cells);
    return { trials: measured, cells: some };
  }

  /** About what the end would be if the search were over: first whom the result will be about. */
  #endWork(): EndWork {
    const { book } = this.#options.loop;
    const front = withoutHopeless(book.front());
    const finish = { trials: front, cells: this.#finishSize() };
    if (!this.#hasHoldout) return { finish, holdout: { trials: [], cells: 0 } };
    const singles = withoutHopeless(book.baselines().slice(0, mostBaselines));
    const order = [front[0], singles[0], ...front, ...singles].filter((trial) => trial !== undefined);
    const trials = [...new Set(order)];
    return {
      finish,
      holdout: {
        trials,
        cells: holdoutSize(this.#end(), trials.slice(0, placesOnHoldout), this.#holdoutCells.length),
      },
    };
  }

  #end(): EndOptions {
    const { recorder, loop, objectives, endShare } = this.#options;
    return { state: recorder.state, book: loop.book, objectives, share: endShare };
  }

  #grantUndecided(equal: number): boolean {
    const { recorder, rng, loop, objectives } = this.#options;
    const { state } = recorder;
    const { book, cells } = loop;
    if (state.finishGranted >= extraShare * equal * book.front().length) return false;
    const stream = rng.derive('undecided', state.finishGranted);
    const trial = mostUndecided(book, objectives, equal, stream);
    if (trial === undefined) return false;
    const from = Math.max(trial.tuningBegun, equal);
    const upTo = Math.min(cells.length, from + Math.max(1, Math.ceil(equal / 2)));
    if (upTo <= from || trial.granted >= upTo) return false;
    if (this.#lacksMeans(trial, 'holdout')) return false;
    recorder.record({ kind: 'cells-granted', trial: trial.trial, upTo, extra: true });
    return true;
  }

  /** Tuning cells are under way. */
  #isTuning(): boolean {
    for (const { of } of this.#options.recorder.state.openCells.values())
      if (of.split === 'tuning') return true;
    return false;
  }

  #nextOf(trials: readonly Trial[], cells: readonly Cell[], keptFor: KeptFor, last: boolean): NextWork {
    const { recorder, loop } = this.#options;
    const { state } = recorder;
    // The holdout may be begun before the finish is over.
    const isBusy = state.phase === 'finish' ? this.#isTuning() : loop.isBusy;
    const quiet: NextWork = { kind: isBusy ? 'wait' : 'done' };
    if (state.refusal !== null) return quiet;
    for (const next of notBegun(trials, cells)) {
      if (!this.#lacksMeans(next.trial, keptFor)) return { kind: 'cell', ...next };
      // What is in flight may leave enough; until then others do not take what this one lacks.
      if (isBusy && !this.#lacksTime(next.trial)) return quiet;
    }
    const more = last ? this.#topUp(trials) : undefined;
    return more === undefined ? quiet : { kind: 'cell', ...more };
  }

  /** Whether a further cell of a trial would break a ceiling, or be cut off by the end of the time. */
  #lacksMeans(trial: Trial, keptFor: KeptFor): boolean {
    return this.#lacksTime(trial) || this.#breaks(trial.config, keptFor) !== undefined;
  }

  #lacksTime({ estimates }: Trial): boolean {
    const { recorder, budget } = this.#options;
    const likely = likelyShare * (estimates.latency.mean ?? 0);
    return budget.maxSeconds !== undefined && recorder.now() / 1000 + likely > budget.maxSeconds;
  }

  /**
   * What a ceiling has left when all planned cells are in goes into further fresh cells of the front,
   * fewest first: narrower intervals are the best use of a remainder that is too small to search with.
   */
  #topUp(trials: readonly Trial[]): NextCell | undefined {
    const { loop, task, recorder } = this.#options;
    const { ended, searching } = recorder.state;
    if (!searching && (ended === null || (ended !== 'time' && !spending.has(ended)))) return undefined;
    const split = this.#hasHoldout ? 'holdout' : 'tuning';
    const instances = split === 'holdout' ? task.holdout : task.tuning;
    const [single] = loop.book.baselines();
    const measured = new Set([...loop.book.front(), ...(single === undefined ? [] : [single])]);
    let poorest: { trial: Trial; begun: number } | undefined;
    for (const trial of trials) {
      if (!measured.has(trial)) continue;
      // A cell of the poorest may be too dear for what is left while another's is not.
      if (this.#lacksMeans(trial, 'nothing')) continue;
      const begun = split === 'tuning' ? trial.tuningBegun : trial.begun.size - trial.tuningBegun;
      if (poorest === undefined || begun < poorest.begun) poorest = { trial, begun };
    }
    if (poorest === undefined) return undefined;
    // Begun in any order: the first round with a cell missing may be an earlier one.
    const rounds = 1 + Math.floor(poorest.begun / instances.length);
    const [next] = notBegun([poorest.trial], cellsOf(split, instances, rounds));
    return next;
  }
}

/** Of each trial the first cell that it has not begun. */
function* notBegun(trials: readonly Trial[], cells: readonly Cell[]): Generator<NextCell, void> {
  for (const trial of trials) {
    const of = cells.find((cell) => !trial.begun.has(cellKey(cell)));
    if (of !== undefined) yield { trial, of };
  }
}
