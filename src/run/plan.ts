import type { Rng } from '../core/rng.ts';
import { type Cell, cellKey } from '../domain/cell.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import { configId } from '../domain/moa-config.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import type { Budget } from '../domain/run-result.ts';
import type { Task } from '../domain/task.ts';
import type { Decision, TrialScheduler } from '../search/scheduling/scheduler.ts';
import { type Extension, isExtension, type Proposal } from '../search/strategy.ts';
import { type Draft, type DraftingStrategy, isDraft } from '../search/writing/index.ts';
import type { EndReason, Reservation } from './events.ts';
import { extraShare, mostUndecided } from './finish-allocation.ts';
import { KeepBackEstimator } from './keep-back.ts';
import type { Ledger } from './ledger.ts';
import type { Recorder } from './recorder.ts';
import type { TrialState } from './run-state.ts';
import { cellsOf, type TrialBook } from './trial-book.ts';

export interface PlanOptions {
  readonly recorder: Recorder;
  readonly book: TrialBook;
  readonly ledger: Ledger;
  readonly strategy: DraftingStrategy;
  readonly task: Task;
  readonly budget: Budget;
  readonly rng: Rng;
  readonly scheduler: TrialScheduler<TrialState>;
  readonly objectives: readonly ObjectiveName[];
  /** Tuning cells that every member of the final front gets, of all that could be asked. */
  readonly finishCells: readonly Cell[];
  readonly holdoutRepeats: number;
  readonly concurrency: number;
}

export type NextWork =
  | { readonly kind: 'cell'; readonly trial: TrialState; readonly of: Cell }
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

/** Single-model baselines that are measured on the holdout beside the front. */
const holdoutBaselines = 8;
const ceilings: ReadonlySet<EndReason> = new Set(['calls', 'tokens', 'usd', 'time']);
/** A strategy that keeps proposing known configs has run out of new ones. */
const askTries = 50;

/**
 * Decides what a run does next. While searching, a schedule says which trial gets which cell, and new
 * cells leave untouched what measuring the front will cost. Then front members get more tuning
 * cells until every member of the then-front has as many (a member that had been lucky falls and lets
 * others up), and last, the front and the baselines are measured on the holdout.
 */
export class Plan {
  readonly #options: PlanOptions;
  readonly #holdoutCells: readonly Cell[];
  readonly #keepBack: KeepBackEstimator;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#holdoutCells = cellsOf('holdout', options.task.holdout, options.holdoutRepeats);
    this.#keepBack = new KeepBackEstimator(options.book, options.recorder.state, options.budget, {
      cellsPerMember: () =>
        this.#finishSize() -
        Math.min(this.#finishSize(), options.scheduler.levelSize) +
        this.#holdoutCells.length,
      concurrency: options.concurrency,
    });
  }

  next(): NextWork {
    switch (this.#options.recorder.state.phase) {
      case 'search':
        return this.#nextOfSearch();
      case 'finish':
        return this.#nextOfFinish();
      case 'holdout':
        return this.#nextOf(this.#holdoutTrials(), this.#holdoutCells, this.#options.holdoutRepeats > 0);
      case 'done':
        return { kind: 'done' };
    }
  }

  /**
   * Takes the decisions that are due: cells granted, trials concluded, the level raised; and tells the strategy
   * of concluded ones. True when any was concluded.
   */
  concludeTrials(): boolean {
    if (this.#options.recorder.state.phase !== 'search') return false;
    return this.#decide(false).some((decision) => decision.kind === 'conclude');
  }

  #decide(exhausted: boolean): Decision<TrialState>[] {
    const { scheduler } = this.#options;
    const taken: Decision<TrialState>[] = [];
    for (;;) {
      const decision = scheduler.decide(exhausted);
      if (decision === undefined) return taken;
      this.#take(decision);
      taken.push(decision);
    }
  }

  #take(decision: Decision<TrialState>): void {
    const { recorder, book, strategy, scheduler } = this.#options;
    if (decision.kind === 'grow') {
      recorder.record({ kind: 'fidelity-grown', level: decision.level });
      return;
    }
    const { trial } = decision;
    if (decision.kind === 'grant') {
      this.#grant(trial, { upTo: decision.upTo, extra: decision.extra });
      return;
    }
    recorder.record({ kind: 'trial-finished', trial: trial.trial, status: decision.status });
    book.changed(trial);
    strategy.tell(book.report(trial));
    this.noteBelief();
    scheduler.changed(trial);
  }

  /** Further tuning cells for a trial, which the strategy hears of where it took the trial for concluded. */
  #grant(trial: TrialState, grant: { upTo: number; extra: boolean; asked?: true }): void {
    const { recorder, scheduler, strategy } = this.#options;
    recorder.record({ kind: 'cells-granted', trial: trial.trial, ...grant });
    if (trial.status !== 'running') strategy.extended?.(trial.id);
    scheduler.changed(trial);
  }

  /** Records the front that the strategy believes in, where that has changed. */
  noteBelief(): void {
    const { recorder, strategy } = this.#options;
    const { state } = recorder;
    if (state.phase !== 'search') return;
    const trials = strategy.front?.()?.map((id) => (state.byId.get(id) as TrialState).trial);
    if (trials === undefined || trials.length === 0) return;
    const same =
      state.believed?.length === trials.length && trials.every((trial, at) => state.believed?.[at] === trial);
    if (!same) recorder.record({ kind: 'front-believed', trials });
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
    this.#options.strategy.asked(proposal);
    this.#startTrial(proposal, configId(proposal.config), draft);
  }

  /** The ceiling that one more call of this worst case would break, what the front needs set aside. */
  roomFor(worst: Reservation): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    return this.#keepBack.breaksCall(worst, ledger, recorder.now());
  }

  /** Cells that a member of the final front gets: twice the level's, as far as there are. */
  #finishSize(): number {
    const { finishCells, scheduler } = this.#options;
    return Math.min(finishCells.length, 2 * scheduler.levelSize);
  }

  #nextOfSearch(): NextWork {
    const { recorder, ledger, scheduler } = this.#options;
    const { refusal } = recorder.state;
    const pending = refusal ?? scheduler.nextCell() ?? this.#newTrial();
    if (typeof pending !== 'string') {
      if ('kind' in pending) return { kind: 'draft', draft: pending };
      const broken = this.#keepBack.breaks(pending.trial.config, ledger, recorder.now());
      if (broken === undefined) return { kind: 'cell', ...pending };
      return this.#endSearchWhenQuiet(broken);
    }
    return pending === 'wait' ? { kind: 'wait' } : this.#endSearchWhenQuiet(pending);
  }

  /**
   * Cells in flight usually leave more than they reserved, and a draft may bring a trial: only without any is a
   * ceiling reached. Where there are no more configs, the front may still grow.
   */
  #endSearchWhenQuiet(because: EndReason): NextWork {
    if (this.#busy()) return { kind: 'wait' };
    const grown = because === 'space-exhausted' && this.#decide(true).length > 0;
    if (!grown) this.endSearch(because);
    return { kind: 'wait' };
  }

  /** Something is under way that may change what is to be done. */
  #busy(): boolean {
    const { openCells, drafts } = this.#options.recorder.state;
    return openCells.size > 0 || drafts.open.size > 0;
  }

  #newTrial(): { trial: TrialState; of: Cell } | Draft | 'wait' | EndReason {
    const { recorder, budget, ledger, strategy, rng } = this.#options;
    const { state } = recorder;
    // A draft under way is a trial about to start.
    const begun = state.trials.length + state.drafts.open.size;
    if (budget.maxEvaluations !== undefined && begun >= budget.maxEvaluations) return 'evaluations';
    if (state.drafts.fruitless >= askTries) return 'space-exhausted';
    // A trial started without room for one cell would only be journaled to be abandoned.
    const broken = this.#keepBack.breaks(undefined, ledger, recorder.now());
    if (broken !== undefined) return broken;
    for (let attempt = 0; attempt < askTries; attempt++) {
      // Every ask has a stream of its own: each brings a trial or a draft, or comes to nothing and is put again.
      const number = state.trials.length + state.drafts.asked + state.extensions;
      const proposal = strategy.ask(rng.derive('ask', number, attempt));
      if (proposal === 'exhausted') return 'space-exhausted';
      if (proposal === 'wait') return this.#busy() ? 'wait' : 'space-exhausted';
      if (isDraft(proposal)) return proposal;
      if (isExtension(proposal)) {
        const further = this.#extend(proposal);
        if (further !== undefined) return further;
        continue;
      }
      const id: ConfigId = configId(proposal.config);
      if (!state.byId.has(id)) return this.#startTrial(proposal, id);
    }
    return 'space-exhausted';
  }

  /** A further cell of a trial that the strategy wants measured more; `undefined` where there are none. */
  #extend({ extend, cells }: Extension): { trial: TrialState; of: Cell } | undefined {
    const { recorder, scheduler } = this.#options;
    const trial = recorder.state.byId.get(extend);
    const upTo = Math.min(cells, scheduler.cells.length);
    if (trial === undefined || upTo <= trial.granted) return undefined;
    this.#grant(trial, { upTo, extra: false, asked: true });
    return scheduler.nextCell();
  }

  #startTrial(proposal: Proposal, id: ConfigId, draft?: number): { trial: TrialState; of: Cell } {
    const { recorder, scheduler } = this.#options;
    const number = recorder.state.trials.length;
    const granted = scheduler.firstGrant;
    const from = draft === undefined ? {} : { draft };
    recorder.record({ kind: 'trial-started', trial: number, ...proposal, id, granted, ...from });
    const trial = recorder.state.trials[number] as TrialState;
    scheduler.changed(trial);
    return { trial, of: scheduler.cells[0] as Cell };
  }

  /** Equal cells for the front, then more where it is undecided, as far as their share goes. */
  #nextOfFinish(): NextWork {
    const { book, holdoutRepeats, recorder, scheduler } = this.#options;
    const equal = this.#options.finishCells.slice(0, this.#finishSize());
    const work = this.#nextOf(this.#finalists(), equal, false);
    const { state } = recorder;
    if (work.kind === 'cell' || state.refusal !== null) return work;
    const granted = [...state.finishing].map((number) => state.trials[number] as TrialState);
    for (const trial of granted) {
      const further = this.#nextOf([trial], scheduler.cells.slice(0, trial.granted), false);
      if (further.kind === 'cell') return further;
    }
    // Asked when all that was granted is in: what comes next depends on it.
    if (state.openCells.size === 0 && this.#grantUndecided(equal.length)) return this.#nextOfFinish();
    return work.kind === 'done' ? this.#nextOf(book.front(), equal, holdoutRepeats === 0) : work;
  }

  /** Where fidelity differs from trial to trial, the best singles too: what the front is compared with. */
  #finalists(): readonly TrialState[] {
    const { book, recorder } = this.#options;
    if (recorder.state.believed === null) return book.finalists();
    return [...new Set([...book.finalists(), ...book.baselines().slice(0, holdoutBaselines)])];
  }

  #grantUndecided(equal: number): boolean {
    const { book, recorder, rng, scheduler, objectives } = this.#options;
    const { state } = recorder;
    if (state.finishGranted >= extraShare * equal * book.front().length) return false;
    const stream = rng.derive('undecided', state.finishGranted);
    const trial = mostUndecided(book, objectives, equal, stream);
    if (trial === undefined) return false;
    const from = Math.max(trial.begunCount, equal);
    const upTo = Math.min(scheduler.cells.length, from + Math.max(1, Math.ceil(equal / 2)));
    if (upTo <= from || trial.granted >= upTo) return false;
    if (this.#keepBack.breaksNow(trial.config, this.#options.ledger, recorder.now()) !== undefined)
      return false;
    recorder.record({ kind: 'cells-granted', trial: trial.trial, upTo, extra: true });
    return true;
  }

  #nextOf(trials: readonly TrialState[], cells: readonly Cell[], last: boolean): NextWork {
    const { recorder, ledger } = this.#options;
    const { state } = recorder;
    const quiet: NextWork = { kind: this.#busy() ? 'wait' : 'done' };
    if (state.refusal !== null) return quiet;
    const next = firstNotBegun(trials, cells) ?? (last ? this.#topUp(trials) : undefined);
    if (next === undefined) return quiet;
    const broken = this.#keepBack.breaksNow(next.trial.config, ledger, recorder.now());
    return broken === undefined ? { kind: 'cell', ...next } : quiet;
  }

  /**
   * What a ceiling has left when all planned cells are in goes into further fresh cells of the front,
   * fewest first: narrower intervals are the best use of a remainder that is too small to search with.
   */
  #topUp(trials: readonly TrialState[]): { trial: TrialState; of: Cell } | undefined {
    const { book, ledger, task, recorder, holdoutRepeats } = this.#options;
    const { ended } = recorder.state;
    if (ended === null || !ceilings.has(ended)) return undefined;
    const split = holdoutRepeats > 0 ? 'holdout' : 'tuning';
    const instances = split === 'holdout' ? task.holdout : task.tuning;
    const front = new Set(book.front());
    let poorest: { trial: TrialState; begun: number } | undefined;
    for (const trial of trials) {
      if (!front.has(trial)) continue;
      // A cell of the poorest may be too dear for what is left while another's is not.
      if (this.#keepBack.breaksNow(trial.config, ledger, recorder.now()) !== undefined) continue;
      const begun = [...trial.begun].filter((key) => key.startsWith(`${split}/`)).length;
      if (poorest === undefined || begun < poorest.begun) poorest = { trial, begun };
    }
    if (poorest === undefined) return undefined;
    const repeat = Math.floor(poorest.begun / instances.length);
    const instance = instances[poorest.begun % instances.length] as { id: string };
    return { trial: poorest.trial, of: { split, instance: instance.id, repeat } };
  }

  #holdoutTrials(): TrialState[] {
    const { book } = this.#options;
    const baselines = book.baselines().slice(0, holdoutBaselines);
    return [...new Set([...book.front(), ...baselines])];
  }
}

function firstNotBegun(
  trials: readonly TrialState[],
  cells: readonly Cell[],
): { trial: TrialState; of: Cell } | undefined {
  for (const trial of trials) {
    const of = cells.find((cell) => !trial.begun.has(cellKey(cell)));
    if (of !== undefined) return { trial, of };
  }
  return undefined;
}
