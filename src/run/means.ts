import { type Budget, spendingCeilingsOf } from '../domain/budget.ts';
import { isBaseline } from '../domain/headliners.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { ModelCard } from '../models/chat-model.ts';
import type { Trial } from '../search/trial.ts';
import { times } from './calls/call-costs.ts';
import { type KeepBack, type Ledger, nothingKeptBack } from './calls/ledger.ts';
import { plannedCalls } from './calls/planned-calls.ts';
import { sumOf, triesPerAnswer, usualCost, usualSeconds, workOf } from './calls/usual-calls.ts';
import { EndReserve, type EndWork, type KeptFor, mostOf } from './end/end-reserve.ts';
import type { EndReason, Reservation } from './journal/events.ts';
import type { Recorder } from './journal/recorder.ts';
import type { RunState } from './run-state.ts';

/** A cell is begun while this part of the time that it usually takes is left. */
const likelyShare = 0.5;

/** Of the slots' time that the search has, further cells bring no config but a single model above this. */
const mostOfSearch = 0.2;
/** Of all time so much goes by at most while what the search has under way is waited for. */
const mostOverdue = 0.03;

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
  readonly #reserve: EndReserve;
  /** Whether calls may break a ceiling. */
  readonly #isLimited: boolean;

  constructor(options: MeansOptions, work: () => EndWork) {
    this.#options = options;
    this.#state = options.recorder.state;
    const { budget, card } = options;
    this.#reserve = new EndReserve({ state: this.#state, budget, card, work });
    this.#isLimited = spendingCeilingsOf(budget).length > 0;
  }

  /**
   * The ceiling that one more cell of this config (`undefined`: of one call) would break, if its calls cost what all
   * did so far on average.
   */
  breaks(config: MoaConfig | undefined, keptFor: KeptFor): EndReason | undefined {
    const planned = config === undefined ? 1 : plannedCalls(config);
    const calls = triesPerAnswer(this.#state) * planned + this.#callsOfOpenCells();
    return this.#broken(sumOf(workOf(calls, usualCost(this.#state, calls)), this.#lent()), keptFor);
  }

  #broken(work: KeepBack, keptFor: KeptFor): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    const now = recorder.now();
    // As long as there is room for all of it, what measuring the front takes need not be reckoned for each cell.
    if (ledger.wouldBreak(work, now, this.#reserve.most) === undefined) return undefined;
    return ledger.wouldBreak(work, now, this.#reserve.of(keptFor));
  }

  /** The ceiling that one more call of this worst case would break, what the front needs set aside. */
  breaksCall(worst: Reservation): EndReason | undefined {
    const { ledger, recorder } = this.#options;
    return ledger.broken(worst, recorder.now(), this.#reserve.of('all'));
  }

  /** Whether so many more calls of the usual cost break no ceiling, nothing set aside. */
  areEnoughFor(calls: number): boolean {
    const { ledger, recorder } = this.#options;
    const sent = calls * triesPerAnswer(this.#state);
    const work = workOf(sent, usualCost(this.#state, sent));
    const kept = { ...nothingKeptBack, seconds: usualSeconds(this.#state, sent) };
    return ledger.wouldBreak(work, recorder.now(), kept) === undefined;
  }

  /**
   * What keeps a further cell of a trial from being begun: the ceiling that its own calls would break, whatever those
   * of other configs cost, or that one of them came up against in this phase, or the end of the time.
   */
  lackFor(trial: Trial, keptFor: KeptFor): EndReason | undefined {
    const known = this.#lackedAnyway(trial);
    if (known !== undefined || !this.#isLimited) return known;
    const calls = this.#callsOfOpenCells();
    const open = workOf(calls, usualCost(this.#state, calls));
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
    const calls = triesPerAnswer(this.#state) * plannedCalls(config);
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

  /** How much of the time is set aside for the holdout at most, in ms; 0 without a ceiling on time. */
  get holdoutMs(): number {
    return 1000 * mostOf.holdout * (this.#options.budget.maxSeconds ?? 0);
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
    return recorder.now() - 1000 * (maxSeconds - this.#reserve.of('all').seconds);
  }

  #endsWithin(ms: number): boolean {
    const { ledger, recorder } = this.#options;
    return ledger.endsWithin(ms, recorder.now());
  }

  /** Open cells are taken at half: on average they are half done. */
  #callsOfOpenCells(): number {
    const { openCalls, openCellsCalls } = this.#state;
    return Math.max(0, (triesPerAnswer(this.#state) * openCellsCalls) / 2 - openCalls.size);
  }
}
