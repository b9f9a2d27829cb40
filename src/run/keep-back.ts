import { elementAt } from '../core/element-at.ts';
import { type Budget, type Ceiling, countedBy, spendingCeilingsOf } from '../domain/budget.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { TrialBook } from '../search/trial-book.ts';
import type { EndReason, Reservation } from './events.ts';
import { type KeepBack, type Ledger, nothingKeptBack } from './ledger.ts';
import { plannedCalls } from './planned-calls.ts';
import type { RunState } from './run-state.ts';

/** No more than this share of any ceiling is set aside for measuring the front. */
const largestShare = 0.3;
/** Margin on the expected cost, since front members change and answers vary. */
const margin = 1.2;
/** Until calls have been seen, one is taken to cost this. */
const assumedTokensPerCall = 1500;

/** Estimates what measuring the front will cost, and whether further search would eat into it. */
export class KeepBackEstimator {
  readonly #book: TrialBook;
  readonly #state: RunState;
  readonly #ceilings: readonly Ceiling<keyof KeepBack>[];
  #cached:
    | {
        readonly version: number;
        readonly perMember: number;
        readonly calls: number;
        readonly seconds: number;
      }
    | undefined;
  readonly #plan: { readonly cellsPerMember: () => number; readonly concurrency: number };

  constructor(
    book: TrialBook,
    state: RunState,
    budget: Budget,
    plan: { readonly cellsPerMember: () => number; readonly concurrency: number },
  ) {
    this.#book = book;
    this.#state = state;
    this.#ceilings = spendingCeilingsOf(budget);
    this.#plan = plan;
  }

  /** The ceiling that one more search cell of this config (`undefined`: of one call) would break. */
  breaks(config: MoaConfig | undefined, ledger: Ledger, now: number): EndReason | undefined {
    return ledger.wouldBreak(this.#withOpenCells(config), now, this.#keepBack());
  }

  /** The same with nothing set aside, for the cells that it was set aside for. */
  breaksNow(config: MoaConfig, ledger: Ledger, now: number): EndReason | undefined {
    return ledger.wouldBreak(this.#withOpenCells(config), now, nothingKeptBack);
  }

  /** The ceiling that so many more calls of the usual cost would break, nothing set aside. */
  breaksCalls(calls: number, ledger: Ledger, now: number): EndReason | undefined {
    return ledger.wouldBreak({ calls, ...this.#costOf(calls), seconds: 0 }, now, nothingKeptBack);
  }

  /** The ceiling that one more call of this worst case would break. */
  breaksCall(worst: Reservation, ledger: Ledger, now: number): EndReason | undefined {
    return ledger.broken(worst, now, this.#keepBack());
  }

  #withOpenCells(config: MoaConfig | undefined): KeepBack {
    const open = [...this.#state.openCells.values()].reduce(
      (sum, cell) => sum + plannedCalls(elementAt(this.#state.trials, cell.trial).config),
      0,
    );
    // Open cells are taken at half: on average they are half done.
    const calls =
      (config === undefined ? 1 : plannedCalls(config)) + Math.max(0, open / 2 - this.#state.openCalls.size);
    return { calls, ...this.#costOf(calls), seconds: 0 };
  }

  #costOf(calls: number): Pick<KeepBack, 'tokensIn' | 'tokensOut' | 'usd'> {
    const { tokensIn, tokensOut, usd, calls: made } = this.#state;
    if (made === 0) {
      const half = (calls * assumedTokensPerCall) / 2;
      return { tokensIn: half, tokensOut: half, usd: 0 };
    }
    const share = calls / made;
    return { tokensIn: share * tokensIn, tokensOut: share * tokensOut, usd: share * (usd ?? 0) };
  }

  #keepBack(): KeepBack {
    if (this.#ceilings.length === 0) return nothingKeptBack;
    const { calls, seconds } = this.#frontWork();
    const wanted = { calls, seconds, ...this.#costOf(calls) };
    const kept = { ...nothingKeptBack };
    for (const ceiling of this.#ceilings) {
      const total = countedBy(ceiling, wanted) ?? 0;
      const most = Math.min(total, ceiling.limit * largestShare);
      const [first, ...others] = ceiling.counts;
      if (others.length === 0) kept[first] = Math.max(kept[first], most);
      // Under a ceiling on several together each may keep back its part of that.
      else
        for (const amount of ceiling.counts)
          kept[amount] = Math.max(kept[amount], wanted[amount] * Math.min(1, most / Math.max(1, total)));
    }
    return { ...kept, calls: Math.ceil(kept.calls) };
  }

  /** Calls and seconds that measuring the present front will take. */
  #frontWork(): { calls: number; seconds: number } {
    const perMember = this.#plan.cellsPerMember();
    if (this.#cached?.version === this.#book.version && this.#cached.perMember === perMember)
      return this.#cached;
    const cells = perMember * margin;
    let calls = 0;
    let seconds = 0;
    for (const trial of this.#book.front()) {
      calls += plannedCalls(trial.config) * cells;
      seconds += ((trial.estimates.latency.mean ?? 0) * cells) / this.#plan.concurrency;
    }
    this.#cached = { version: this.#book.version, perMember, calls, seconds };
    return this.#cached;
  }
}
