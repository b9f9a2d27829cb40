import { type Budget, type Ceiling, countedBy, spendingCeilingsOf } from '../../domain/budget.ts';
import type { ModelCard } from '../../models/chat-model.ts';
import type { Trial } from '../../search/trial.ts';
import { type Cost, times } from '../calls/call-costs.ts';
import { type KeepBack, nothingKeptBack } from '../calls/ledger.ts';
import { sumOf, triesPerAnswer, usualCost, usualSeconds, workOf } from '../calls/usual-calls.ts';
import type { RunState } from '../run-state.ts';
import { callsOf, cellsAt, type Measuring } from './end-plan.ts';

/**
 * No more than these shares of any ceiling are set aside for the front's equal cells, for the holdout, and for the worst
 * case of one call, without which the end could not send its last ones: of a call that the end will make all is set
 * aside, and the shares are of what it leaves.
 */
export const mostOf = { finish: 0.15, holdout: 0.25, call: 0.15 };
/** Margin on the expected cost, since front members change and answers vary. */
const margin = 1.2;

/** Work that is to be done at the end, of which the search leaves it the means. */
export interface EndWork {
  /** Trials that get more tuning cells, and how many they should have. */
  readonly finish: Measuring;
  readonly holdout: Measuring;
}

/**
 * For what means are set aside: the search leaves both; equal cells, which decide who is the best, leave half of the
 * holdout, where too little is left for both; what comes after them in the finish leaves all of it.
 */
export type KeptFor = 'all' | 'holdout' | 'half-holdout' | 'nothing';

export interface EndReserveOptions {
  readonly state: RunState;
  readonly budget: Budget;
  /** What is known of a model. */
  readonly card: (model: string) => ModelCard | undefined;
  readonly work: () => EndWork;
}

/** What is set aside of a run's ceilings, so that its end can measure the front. */
export class EndReserve {
  readonly #options: EndReserveOptions;
  readonly #state: RunState;
  readonly #ceilings: readonly Ceiling<keyof KeepBack>[];
  readonly #mostKept: KeepBack;

  constructor(options: EndReserveOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#ceilings = spendingCeilingsOf(options.budget);
    this.#mostKept = mostKept(this.#ceilings);
  }

  /** Never less than {@link of}, and quicker to reckon. */
  get most(): KeepBack {
    return sumOf(this.#mostKept, this.#largestCall);
  }

  /** What is set aside now, by the configs that the end would measure. */
  of(keptFor: KeptFor): KeepBack {
    if (this.#ceilings.length === 0 || keptFor === 'nothing') return nothingKeptBack;
    const { finish, holdout } = this.#options.work();
    const call = this.#callOf({ finish, holdout });
    const begun = (trial: Trial): number => trial.begun.size - trial.tuningBegun;
    const kept = this.#partOf(holdout, begun, mostOf.holdout, call);
    if (keptFor === 'half-holdout') return sumOf(halfOf(kept), call);
    if (keptFor === 'holdout') return sumOf(kept, call);
    const more = this.#partOf(finish, (trial) => trial.tuningBegun, mostOf.finish, call);
    const both = sumOf(kept, more, call);
    const seconds = Math.max(kept.seconds, more.seconds, both.seconds - this.#tailOf(finish.trials));
    return { ...both, seconds };
  }

  get #largestCall(): KeepBack {
    const { tokensIn = 0, tokensOut = 0, usd = 0 } = this.#state.largestReservation ?? {};
    return workOf(0, { tokensIn, tokensOut, usd: usd ?? 0 });
  }

  /**
   * The worst case of one call: a share of a ceiling at most, or all that one of the trials of the end needs, since it
   * gets no further cell once less is left. What other models reserved is no reason to end a search so early.
   */
  #callOf({ finish, holdout }: EndWork): KeepBack {
    const { callCosts, overruns } = this.#state;
    const seen = this.#largestCall;
    const capped = this.#capped(seen, mostOf.call);
    const counted = (ceiling: Ceiling<keyof KeepBack>, of: KeepBack): number => countedBy(ceiling, of) ?? 0;
    if (this.#ceilings.every((ceiling) => counted(ceiling, capped) >= counted(ceiling, seen))) return capped;
    const trials = [...finish.trials, ...holdout.trials];
    const needed = trials.map(({ config }) => callCosts.ofCell(config, this.#options.card, overruns).beyond);
    const most = (key: keyof Cost): number =>
      Math.max(capped[key], Math.min(seen[key], Math.max(0, ...needed.map((cost) => cost[key]))));
    return workOf(0, { tokensIn: most('tokensIn'), tokensOut: most('tokensOut'), usd: most('usd') });
  }

  #partOf(work: Measuring, begun: (trial: Trial) => number, share: number, call: KeepBack): KeepBack {
    const { trials } = work;
    const calls =
      margin *
      triesPerAnswer(this.#state) *
      callsOf(trials, (trial, place) => Math.max(0, cellsAt(work, place) - begun(trial)));
    const seconds = calls === 0 ? 0 : usualSeconds(this.#state, calls) + this.#tailOf(trials);
    const kept = this.#capped({ calls, seconds, ...usualCost(this.#state, calls) }, share, call);
    return { ...kept, calls: Math.ceil(kept.calls) };
  }

  /** As much of it as is no more than a share of any ceiling; of one that a call takes much of, of the rest. */
  #capped(wanted: KeepBack, share: number, call = nothingKeptBack): KeepBack {
    const kept = { ...nothingKeptBack };
    for (const ceiling of this.#ceilings) {
      const total = countedBy(ceiling, wanted) ?? 0;
      const rest = (ceiling.limit - (countedBy(ceiling, call) ?? 0)) / (1 - mostOf.call);
      const most = Math.min(total, share * Math.max(0, Math.min(ceiling.limit, rest)));
      const [first, ...others] = ceiling.counts;
      if (others.length === 0) kept[first] = Math.max(kept[first], most);
      // Under a ceiling on several together each may keep back its part of that.
      else
        for (const amount of ceiling.counts)
          kept[amount] = Math.max(kept[amount], wanted[amount] * Math.min(1, most / Math.max(1, total)));
    }
    return kept;
  }

  /** The longest of their cells: nothing is beside its last call. */
  #tailOf(trials: readonly Trial[]): number {
    return trials.reduce((most, { trial }) => Math.max(most, this.#state.cellTimes.usual(trial) / 1000), 0);
  }
}

/** Sets aside at least as much as {@link EndReserve} ever does beside what a call takes. */
function mostKept(ceilings: readonly Ceiling<keyof KeepBack>[]): KeepBack {
  const most = { ...nothingKeptBack };
  for (const { limit, counts } of ceilings)
    for (const amount of counts)
      most[amount] = Math.max(most[amount], limit * (mostOf.finish + mostOf.holdout + mostOf.call));
  // Either part is rounded up to whole calls.
  return { ...most, calls: most.calls + 2 };
}

/** But for calls, of which each takes what was reckoned with. */
const halfOf = (kept: KeepBack): KeepBack => ({ ...kept, ...times(kept, 0.5) });
