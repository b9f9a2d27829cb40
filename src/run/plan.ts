import type { Rng } from '../core/rng.ts';
import { type Cell, cellKey } from '../domain/cell.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import { configId } from '../domain/moa-config.ts';
import type { Budget } from '../domain/run-result.ts';
import type { Task } from '../domain/task.ts';
import type { Strategy } from '../search/strategy.ts';
import type { EndReason } from './events.ts';
import { KeepBackEstimator } from './keep-back.ts';
import type { Ledger } from './ledger.ts';
import type { Recorder } from './recorder.ts';
import type { TrialState } from './run-state.ts';
import { cellsOf, type TrialBook } from './trial-book.ts';

export interface PlanOptions {
  readonly recorder: Recorder;
  readonly book: TrialBook;
  readonly ledger: Ledger;
  readonly strategy: Strategy;
  readonly task: Task;
  readonly budget: Budget;
  readonly rng: Rng;
  readonly repeats: number;
  readonly finishRepeats: number;
  readonly holdoutRepeats: number;
  readonly concurrency: number;
}

export type NextWork =
  | { readonly kind: 'cell'; readonly trial: TrialState; readonly of: Cell }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

/** Single-model baselines that are measured on the holdout beside the front. */
const holdoutBaselines = 8;
const ceilings: ReadonlySet<EndReason> = new Set(['calls', 'tokens', 'usd', 'time']);
/** A strategy that keeps proposing known configs has run out of new ones. */
const askTries = 50;

/**
 * Decides what a run does next. While searching, trials under way are finished before new ones start,
 * and new cells leave untouched what measuring the front will cost. Then front members get more tuning
 * cells until every member of the then-front has as many (a member that had been lucky falls and lets
 * others up), and last, the front and the baselines are measured on the holdout.
 */
export class Plan {
  readonly #options: PlanOptions;
  readonly #searchCells: readonly Cell[];
  readonly #finishCells: readonly Cell[];
  readonly #holdoutCells: readonly Cell[];
  readonly #keepBack: KeepBackEstimator;
  /** Trials that may still have search cells to begin; earlier ones have none. */
  #firstOpenTrial = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    const { task } = options;
    this.#searchCells = cellsOf('tuning', task.tuning, options.repeats);
    this.#finishCells = cellsOf('tuning', task.tuning, Math.max(options.repeats, options.finishRepeats));
    this.#holdoutCells = cellsOf('holdout', task.holdout, options.holdoutRepeats);
    this.#keepBack = new KeepBackEstimator(options.book, options.recorder.state, options.budget, {
      cellsPerMember: this.#finishCells.length - this.#searchCells.length + this.#holdoutCells.length,
      concurrency: options.concurrency,
    });
  }

  next(): NextWork {
    switch (this.#options.recorder.state.phase) {
      case 'search':
        return this.#nextOfSearch();
      case 'finish':
        return this.#nextOf(
          this.#options.book.front(),
          this.#finishCells,
          this.#options.holdoutRepeats === 0,
        );
      case 'holdout':
        return this.#nextOf(this.#holdoutTrials(), this.#holdoutCells, this.#options.holdoutRepeats > 0);
      case 'done':
        return { kind: 'done' };
    }
  }

  /** Closes trials whose search cells are all in, and tells the strategy. True when any was closed. */
  concludeTrials(): boolean {
    const { recorder, book, strategy } = this.#options;
    const { trials } = recorder.state;
    let concluded = false;
    for (let index = this.#firstOpenTrial; index < trials.length; index++) {
      const trial = trials[index] as TrialState;
      if (trial.status !== 'running') {
        if (index === this.#firstOpenTrial) this.#firstOpenTrial++;
        continue;
      }
      if (!this.#searchCells.every((cell) => trial.results.has(cellKey(cell)))) continue;
      const scored = [...trial.results.values()].some((result) => result.grade.kind === 'scored');
      recorder.record({ kind: 'trial-finished', trial: trial.trial, status: scored ? 'finished' : 'failed' });
      book.changed(trial);
      strategy.tell(book.report(trial));
      concluded = true;
    }
    return concluded;
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

  #nextOfSearch(): NextWork {
    const { recorder, ledger } = this.#options;
    const { refusal } = recorder.state;
    const pending = refusal ?? this.#pendingSearchCell() ?? this.#newTrial();
    if (typeof pending !== 'string') {
      const broken = this.#keepBack.breaks(pending.trial.config, ledger, recorder.now());
      if (broken === undefined) return { kind: 'cell', ...pending };
      return this.#endSearchWhenQuiet(broken);
    }
    return pending === 'wait' ? { kind: 'wait' } : this.#endSearchWhenQuiet(pending);
  }

  /** Cells in flight usually leave more than they reserved: only without any is a ceiling reached. */
  #endSearchWhenQuiet(because: EndReason): NextWork {
    if (this.#options.recorder.state.openCells.size === 0) this.endSearch(because);
    return { kind: 'wait' };
  }

  #pendingSearchCell(): { trial: TrialState; of: Cell } | undefined {
    const { trials } = this.#options.recorder.state;
    for (let index = this.#firstOpenTrial; index < trials.length; index++) {
      const trial = trials[index] as TrialState;
      if (trial.status !== 'running' || trial.begun.size >= this.#searchCells.length) continue;
      const of = this.#searchCells.find((cell) => !trial.begun.has(cellKey(cell)));
      if (of !== undefined) return { trial, of };
    }
    return undefined;
  }

  #newTrial(): { trial: TrialState; of: Cell } | 'wait' | EndReason {
    const { recorder, budget, ledger, strategy, rng } = this.#options;
    const { state } = recorder;
    const number = state.trials.length;
    if (budget.maxEvaluations !== undefined && number >= budget.maxEvaluations) return 'evaluations';
    // A trial started without room for one cell would only be journaled to be abandoned.
    const broken = this.#keepBack.breaks(undefined, ledger, recorder.now());
    if (broken !== undefined) return broken;
    for (let attempt = 0; attempt < askTries; attempt++) {
      const proposal = strategy.ask(rng.derive('ask', number, attempt));
      if (proposal === 'exhausted') return 'space-exhausted';
      if (proposal === 'wait') return state.openCells.size === 0 ? 'space-exhausted' : 'wait';
      const id: ConfigId = configId(proposal.config);
      if (state.byId.has(id)) continue;
      recorder.record({ kind: 'trial-started', trial: number, id, ...proposal });
      return { trial: state.trials[number] as TrialState, of: this.#searchCells[0] as Cell };
    }
    return 'space-exhausted';
  }

  #nextOf(trials: readonly TrialState[], cells: readonly Cell[], last: boolean): NextWork {
    const { recorder, ledger } = this.#options;
    const { state } = recorder;
    const quiet: NextWork = { kind: state.openCells.size === 0 ? 'done' : 'wait' };
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
