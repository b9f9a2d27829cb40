import { defined } from '../core/defined.ts';
import { createRng } from '../core/rng.ts';
import type { Bounds } from '../domain/bounds.ts';
import { type Cell, cellKey } from '../domain/cell.ts';
import type { CellResult } from '../domain/cell-result.ts';
import { scored, unscored } from '../domain/grade.ts';
import type { Measurement, ObjectiveName } from '../domain/objective.ts';
import { SearchLoop } from './loop.ts';
import type { NextCell, ScheduleOptions } from './scheduling/types.ts';
import type { SearchEvent } from './search-events.ts';
import { applySearchEvent, createSearchState } from './search-state.ts';
import type { SearchSpace } from './space.ts';
import { type StrategyName, strategyRecord } from './strategies.ts';
import type { StrategyRecord } from './strategy-record.ts';
import type { Trial } from './trial.ts';

export interface SessionOptions {
  readonly space: SearchSpace;
  readonly objectives: readonly ObjectiveName[];
  /** What can be accepted, of the objectives; `auto` then spends where the bounds on costs are met. @defaultValue none */
  readonly bounds?: Bounds;
  /** Tuning cells in the order in which fidelity grows. */
  readonly cells: readonly Cell[];
  /** So many of them make the highest level, later ones only re-evaluate. @defaultValue all */
  readonly searchCells?: number;
  readonly seed: number | string;
  /** By name, or your own with the schedule that it does well with. */
  readonly strategy: StrategyName | StrategyRecord;
  /** What differs from the strategy's own schedule. */
  readonly schedule?: Partial<ScheduleOptions>;
}

export type SessionStep =
  /** To be measured and given to {@link SearchSession.finish}. */
  | { readonly kind: 'cell'; readonly trial: Trial; readonly cell: Cell }
  /** Nothing to begin until a cell that is under way has been finished. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'exhausted' };

/**
 * A search without a run around it: the loop of `mixtune tune`, for whoever evaluates cells in a way of their own.
 * Cells may be finished in any order and any number at once; with the same seed and the same order of calls it
 * does the same. Holds everything in memory and keeps no budget.
 *
 * @example
 * import { parseSearchSpace, SearchSession, settleSpace, unwrap } from 'mixtune';
 *
 * const prompts = { single: ['Answer.', 'Answer step by step.'] };
 * const stages = { kinds: [], max: 0 };
 * const text = { version: 1, name: 'small', temperatures: [0, 1], agents: { min: 1, max: 1 }, stages, prompts };
 * const file = unwrap(parseSearchSpace(text, 'small'));
 * const session = new SearchSession({
 *   space: settleSpace(file, ['openai/gpt-4o-mini']),
 *   objectives: ['score', 'tokens'],
 *   cells: [1, 2, 3].map((n) => ({ split: 'tuning', instance: `question-${n}`, repeat: 0 })),
 *   seed: 1,
 *   strategy: 'auto',
 * });
 * for (let measured = 0; measured < 30; measured++) {
 *   const step = session.next();
 *   if (step.kind !== 'cell') break;
 *   // Here the config `step.trial.config` is asked the question `step.cell.instance`.
 *   session.finish(step.trial, step.cell, { score: 1, latency: 0.5, tokens: 100, usd: null });
 * }
 * if (session.front().length === 0) throw new Error('expected a front');
 */
export class SearchSession {
  readonly #state = createSearchState();
  readonly #loop: SearchLoop;
  /** Numbers of the cells under way, by trial and cell key. */
  readonly #open = new Map<string, number>();

  constructor({
    space,
    objectives,
    bounds,
    cells,
    searchCells = cells.length,
    seed,
    strategy,
    schedule,
  }: SessionOptions) {
    const record = typeof strategy === 'string' ? strategyRecord(strategy) : strategy;
    this.#loop = new SearchLoop({
      state: this.#state,
      record: (event) => this.#record(event),
      space,
      objectives,
      ...defined({ bounds }),
      cells,
      searchCells,
      schedule: { ...record.schedule, ...schedule },
      strategy: record.create,
      rng: createRng(seed),
    });
  }

  get trials(): readonly Trial[] {
    return this.#state.trials;
  }

  /** Cells that every trial of the present level gets. */
  get levelSize(): number {
    return this.#loop.levelSize;
  }

  next(): SessionStep {
    this.#loop.decide();
    const pending = this.#loop.pending();
    if (pending !== undefined) return this.#begin(pending);
    const asked = this.#loop.ask();
    switch (asked.kind) {
      case 'cell':
        return this.#begin(asked);
      case 'draft':
        throw new Error(
          'search session: the strategy asked for a prompt to be written, which only a run can have done',
        );
      case 'wait':
      case 'held-back':
        return { kind: 'wait' };
      case 'exhausted':
        if (this.#loop.isBusy) return { kind: 'wait' };
        return this.#loop.decide(true).length > 0 ? this.next() : asked;
    }
  }

  /** @param measurement `null` where the cell is unscored, which never counts against the trial */
  finish(trial: Trial, of: Cell, measurement: Measurement | null): void {
    const name = openName(trial, of);
    const cell = this.#open.get(name);
    if (cell === undefined)
      throw new Error(`search session: cell ${cellKey(of)} of trial ${trial.trial} is not under way`);
    this.#open.delete(name);
    this.#record({ kind: 'cell-finished', cell, trial: trial.trial, result: resultOf(measurement) });
  }

  /**
   * The non-dominated finished trials, best score first: by what the strategy believes where it says so, else by
   * their own estimates.
   */
  front(): readonly Trial[] {
    return this.#loop.book.front();
  }

  #begin({ trial, of }: NextCell): SessionStep {
    const cell = this.#state.cells;
    this.#open.set(openName(trial, of), cell);
    this.#record({ kind: 'cell-started', cell, trial: trial.trial, of });
    return { kind: 'cell', trial, cell: of };
  }

  #record(event: SearchEvent): void {
    applySearchEvent(this.#state, event);
    this.#loop.take(event);
  }
}

const openName = (trial: Trial, cell: Cell): string => `${trial.trial}/${cellKey(cell)}`;

/** Of a cell that somebody else measured nothing is known but that. */
function resultOf(measurement: Measurement | null): CellResult {
  const unknown = { score: null, latency: null, tokens: null, usd: null } as const;
  return {
    grade: measurement === null ? unscored('not measured') : scored(measurement.score ?? 0),
    measurement: measurement ?? unknown,
    answer: null,
    degraded: [],
    calls: 0,
    tokensEstimated: false,
  };
}
