import { type Budget, type Ceiling, countedBy, spendingCeilingsOf } from '../domain/budget.ts';
import { isBaseline } from '../domain/headliners.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { ModelCard } from '../models/chat-model.ts';
import type { Trial } from '../search/trial.ts';
import { type Cost, times } from './calls/call-costs.ts';
import { type KeepBack, type Ledger, nothingKeptBack } from './calls/ledger.ts';
import { plannedCalls } from './calls/planned-calls.ts';
import { callsOf, cellsAt, type Measuring } from './end/end-plan.ts';
import type { EndReason, Reservation } from './journal/events.ts';
import type { Recorder } from './journal/recorder.ts';
import type { RunState } from './run-state.ts';

/**
 * No more than these shares of any ceiling are set aside for the front's equal cells, for the holdout, and for the worst
 * case of one call, without which the end could not send its last ones: of a call that the end will make all is set
 * aside, and the shares are of what it leaves.
 */
export const mostOf = { finish: 0.15, holdout: 0.25, call: 0.15 };
/** Margin on the expected cost, since front members change and answers vary. */
const margin = 1.2;
/** Until calls have been seen, one is taken to cost this. */
const assumedTokensPerCall = 1500;
/** Answers taken to be had at the first try before any is. */
const assumedAnswers = 8;
/** Calls from which their pace is believed. */
const leastCalls = 20;
/** A cell is begun while this part of the time that it usually takes is left. */
const likelyShare = 0.5;

/** Of the slots' time that the search has, further cells bring no config but a single model above this. */
const mostOfSearch = 0.2;
/** Of all time so much goes by at most while what the search has under way is waited for. */
const mostOverdue = 0.03;

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

export interface MeansOptions {
  readonly recorder: Pick<Recorder, 'state' | 'now'>;
  readonly ledger: Ledger;
  readonly budget: Budget;
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** What is known of a model. */
  readonly card: (model: string) => ModelCard | undefined;
}

/** What a run has the means for: its ceilings, less what measuring the front is estimated to cost. */
export class Means {
  readonly #options: MeansOptions;
  readonly #state: RunState;
  readonly #ceilings: readonly Ceiling<keyof KeepBack>[];
  readonly #work: () => EndWork;
  readonly #mostKept: KeepBack;

  constructor(options: MeansOptions, work: () => EndWork) {
    this.#options = options;
    this.#state = options.recorder.state;
    this.#ceilings = spendingCeilingsOf(options.budget);
    this.#work = work;
    this.#mostKept = mostKept(this.#ceilings);
  }

  /**
   * The ceiling that one more cell of this config (`undefined`: of one call) would break, if its calls cost what all
   * did so far on average.
   */
  breaks(config: MoaConfig | undefined, keptFor: KeptFor): EndReason | undefined {
    const planned = config === undefined ? 1 : plannedCalls(config);
    const calls = this.#triesPerAnswer * planned + this.#callsOfOpenCells();
    return this.#broken(sumOf(workOf(calls, this.#costOf(calls)), this.#lent()), keptFor);
  }

  #broken(work: KeepBack, keptFor: KeptFor): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    const now = recorder.now();
    // As long as there is room for all of it, what measuring the front takes need not be reckoned for each cell.
    const most = sumOf(this.#mostKept, this.#largestCall);
    if (ledger.wouldBreak(work, now, most) === undefined) return undefined;
    return ledger.wouldBreak(work, now, this.#keepBack(keptFor));
  }

  /** The ceiling that one more call of this worst case would break, what the front needs set aside. */
  breaksCall(worst: Reservation): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    return ledger.broken(worst, recorder.now(), this.#keepBack('all'));
  }

  /** Whether so many more calls of the usual cost break no ceiling, nothing set aside. */
  areEnoughFor(calls: number): boolean {
    const { ledger, recorder } = this.#options;
    const sent = calls * this.#triesPerAnswer;
    const work = workOf(sent, this.#costOf(sent));
    const kept = { ...nothingKeptBack, seconds: this.#secondsOf(sent) };
    return ledger.wouldBreak(work, recorder.now(), kept) === undefined;
  }

  /**
   * What keeps a further cell of a trial from being begun: the ceiling that its own calls would break, whatever those
   * of other configs cost, or that one of them came up against in this phase, or the end of the time.
   */
  lackFor(trial: Trial, keptFor: KeptFor): EndReason | undefined {
    const known = this.#lackedAnyway(trial);
    if (known !== undefined || this.#ceilings.length === 0) return known;
    const calls = this.#callsOfOpenCells();
    const open = workOf(calls, this.#costOf(calls));
    const { usual, worst } = this.#ofCell(trial);
    return (
      this.#broken(sumOf(usual, open, this.#lent()), keptFor) ?? this.#broken(sumOf(worst, open), 'nothing')
    );
  }

  /** Whether it would keep it from that even if nothing that is in flight were paid for. */
  lacksForGood(trial: Trial, keptFor: KeptFor): boolean {
    if (this.#lackedAnyway(trial) !== undefined) return true;
    const { usual, worst } = this.#ofCell(trial);
    const free = workOf(0, times(this.#state.reserved, -1));
    const lacked = this.#broken(sumOf(usual, free), keptFor) ?? this.#broken(sumOf(worst, free), 'nothing');
    return lacked !== undefined;
  }

  /**
   * What calls in flight reserve beyond what they will likely take: it is given back before the end needs what is set
   * aside for it, so that counts as free meanwhile. Each call reserves its worst case all the same.
   */
  #lent(): KeepBack {
    return workOf(0, times(this.#state.callCosts.beyondInFlight(), -1));
  }

  #lackedAnyway({ trial }: Trial): EndReason | undefined {
    const usual = this.#state.cellTimes.usual(trial);
    return this.#endsWithin(likelyShare * usual) ? 'time' : this.#state.refused.get(trial);
  }

  #ofCell({ config }: Trial): { readonly usual: KeepBack; readonly worst: KeepBack } {
    const { callCosts, overruns } = this.#state;
    const calls = this.#triesPerAnswer * plannedCalls(config);
    const cost = callCosts.ofCell(config, this.#options.card, overruns);
    const usual = workOf(calls, cost.usual);
    return { usual, worst: sumOf(usual, workOf(0, cost.beyond)) };
  }

  /**
   * Whether a trial that is opened now would be concluded too late: what comes to the front is measured further and
   * on the holdout, one after the other.
   */
  lackTimeForNewTrial(): boolean {
    const { maxSeconds = 0 } = this.#options.budget;
    const most = (mostOf.finish + mostOf.holdout) * 1000 * maxSeconds;
    return this.#endsWithin(Math.min(most, 3 * this.#state.cellTimes.usual()));
  }

  /** Whether so many cells of a config would take all slots for longer than there is time left. */
  lackTimeFor(config: MoaConfig, cells: number): boolean {
    return this.#endsWithin((cells * this.#state.callTimes.slotMs(config)) / this.#options.concurrency);
  }

  /**
   * Whether a further cell of a trial would likely end when the time of the search is over, or would take more of the
   * search's slots than its part; a single model has none, nor what is not concluded, which would be paid for nothing.
   */
  lackSearchTime({ trial, origin, config, status, tuningBegun }: Trial): boolean {
    const then = likelyShare * this.#state.cellTimes.usual(trial);
    // As long as no more than that can be set aside, what is needed need not be reckoned for each cell.
    if (this.#options.recorder.now() + then > this.#leastSearchMs && this.#msBeyondSearch + then > 0)
      return true;
    if (isBaseline(origin) || status === 'running') return false;
    const most = mostOfSearch * this.#leastSearchMs * this.#options.concurrency;
    return (tuningBegun + 1) * this.#state.callTimes.slotMs(config) > most;
  }

  /** What the search has of the time at least, in ms. */
  get #leastSearchMs(): number {
    const { maxSeconds = Number.POSITIVE_INFINITY } = this.#options.budget;
    return 1000 * maxSeconds * (1 - mostOf.finish - mostOf.holdout);
  }

  /** Whether what the search has under way is waited for no longer, since what is set aside for the end goes by. */
  get isSearchOverdue(): boolean {
    const { maxSeconds } = this.#options.budget;
    return maxSeconds !== undefined && this.#msBeyondSearch > mostOverdue * 1000 * maxSeconds;
  }

  /** By how much the time of the search is over; negative before. */
  get #msBeyondSearch(): number {
    const { recorder, budget } = this.#options;
    const { maxSeconds = Number.POSITIVE_INFINITY } = budget;
    return recorder.now() - 1000 * (maxSeconds - this.#keepBack('all').seconds);
  }

  #endsWithin(ms: number): boolean {
    const { ledger, recorder } = this.#options;
    return ledger.endsWithin(ms, recorder.now());
  }

  /** Open cells are taken at half: on average they are half done. */
  #callsOfOpenCells(): number {
    const { openCalls, openCellsCalls } = this.#state;
    return Math.max(0, (this.#triesPerAnswer * openCellsCalls) / 2 - openCalls.size);
  }

  /** Calls that are sent for one that is answered: where servers fail, what is planned takes more of them. */
  get #triesPerAnswer(): number {
    const { retried, answered } = this.#state;
    return 1 + retried / (answered.size + assumedAnswers);
  }

  #costOf(calls: number): Cost {
    const { tokensIn, tokensOut, usd, calls: made } = this.#state;
    if (made === 0) {
      const half = (calls * assumedTokensPerCall) / 2;
      return { tokensIn: half, tokensOut: half, usd: 0 };
    }
    const share = calls / made;
    return { tokensIn: share * tokensIn, tokensOut: share * tokensOut, usd: share * (usd ?? 0) };
  }

  #keepBack(keptFor: KeptFor): KeepBack {
    if (this.#ceilings.length === 0 || keptFor === 'nothing') return nothingKeptBack;
    const { finish, holdout } = this.#work();
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
      this.#triesPerAnswer *
      callsOf(trials, (trial, place) => Math.max(0, cellsAt(work, place) - begun(trial)));
    const seconds = calls === 0 ? 0 : this.#secondsOf(calls) + this.#tailOf(trials);
    const kept = this.#capped({ calls, seconds, ...this.#costOf(calls) }, share, call);
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

  /** How long so many calls take at the pace that calls had so far. */
  #secondsOf(calls: number): number {
    const { calls: made, at } = this.#state;
    return made < leastCalls ? 0 : (calls * at) / 1000 / made;
  }

  /** The longest of their cells: nothing is beside its last call. */
  #tailOf(trials: readonly Trial[]): number {
    return trials.reduce((most, { trial }) => Math.max(most, this.#state.cellTimes.usual(trial) / 1000), 0);
  }
}

/** Sets aside at least as much as {@link Means} ever does beside what a call takes. */
function mostKept(ceilings: readonly Ceiling<keyof KeepBack>[]): KeepBack {
  const most = { ...nothingKeptBack };
  for (const { limit, counts } of ceilings)
    for (const amount of counts)
      most[amount] = Math.max(most[amount], limit * (mostOf.finish + mostOf.holdout + mostOf.call));
  // Either part is rounded up to whole calls.
  return { ...most, calls: most.calls + 2 };
}

const sumOf = (...each: readonly KeepBack[]): KeepBack =>
  each.reduce((sum, { calls, tokensIn, tokensOut, usd, seconds }) => ({
    calls: sum.calls + calls,
    tokensIn: sum.tokensIn + tokensIn,
    tokensOut: sum.tokensOut + tokensOut,
    usd: sum.usd + usd,
    seconds: sum.seconds + seconds,
  }));

const workOf = (calls: number, cost: Cost): KeepBack => ({ calls, ...cost, seconds: 0 });

/** But for calls, of which each takes what was reckoned with. */
const halfOf = (kept: KeepBack): KeepBack => ({ ...kept, ...times(kept, 0.5) });
