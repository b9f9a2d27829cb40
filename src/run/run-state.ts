import { defined } from '../core/defined.ts';
import { elementAt } from '../core/element-at.ts';
import type { Spent } from '../domain/budget.ts';
import { equalSpend } from '../domain/headliners.ts';
import type { CallKey } from '../models/call-key.ts';
import type { CallFailure, CallPurpose } from '../models/chat-model.ts';
import type { FailedTry } from '../models/limits/retry-policy.ts';
import { providerOf } from '../models/router.ts';
import type { SearchEventOf } from '../search/search-events.ts';
import {
  abandonCell,
  applySearchEvent,
  createSearchState,
  restartSearch,
  type SearchState,
  trialOf,
} from '../search/search-state.ts';
import { CallCosts } from './calls/call-costs.ts';
import { CallTimes } from './calls/call-times.ts';
import { InFlight } from './calls/in-flight.ts';
import { plannedCalls } from './calls/planned-calls.ts';
import { larger, noteOverrun, type Overruns } from './calls/reservations.ts';
import { SharedCalls } from './calls/shared-calls.ts';
import { CellTimes } from './cells/cell-times.ts';
import { type GradingRecord, nothingGraded, withCell } from './cells/grading-record.ts';
import type { EndReason, Phase, Reservation, RunEvent, RunEventOf } from './journal/events.ts';
import { createSpending, lose, type Spending, spend, spendOnGrading } from './spending.ts';

export interface OpenCall {
  readonly call: number;
  readonly model: string;
  readonly key: CallKey;
  readonly attempt: number;
  readonly dispatchedAt: number;
  readonly reserved: Reservation;
  readonly purpose: CallPurpose;
  readonly account?: number;
}

/** A run as its journal tells it: nothing is in here that is not a consequence of the events. */
export interface RunState extends SearchState, Spending {
  /** Time of the last event. */
  at: number;
  phase: Phase;
  /** Why the search ended; `null` while it goes on. */
  ended: EndReason | null;
  /** Trials of which a call of this phase came up against a ceiling, and which; none of their cells is begun in it any more. */
  readonly refused: Map<number, EndReason>;
  grading: GradingRecord;
  /** Concluded trials that stand beside the search for comparison. */
  compared: number;
  readonly openCalls: Map<number, OpenCall>;
  /** Failed attempts of calls that have no answer yet, by key. */
  readonly failedAttempts: Map<CallKey, FailedTry[]>;
  /** Failures that cells were given for good, by `cell/key`; a cell asked again after a resume gets them again. */
  readonly lostToCells: Map<string, CallFailure>;
  /** Calls in flight at each provider. */
  readonly inFlight: InFlight;
  readonly cellTimes: CellTimes;
  readonly callCosts: CallCosts;
  readonly callTimes: CallTimes;
  readonly sharedCalls: SharedCalls;
  /** When calls were answered whose provider others slow down, by key. */
  readonly servedAt: Map<CallKey, number>;
  readonly answered: Set<CallKey>;
  /** Cells granted since the search ended, and the trials that they were granted to. */
  finishGranted: number;
  /** Calls that the search made; `null` while it goes on. */
  searchCalls: number | null;
  /** Cells that each trial was to get first, where the search ended before one had them; `null` otherwise. */
  cutShort: number | null;
  /** Trials that are there to compare the best mixture with. */
  plain: readonly { readonly kind: 'vote' | 'best-of'; readonly trial: number }[] | null;
  /** Who is measured on the holdout, and on how many of its cells; `null` before that is planned. */
  holdoutPlan: Pick<
    Extract<RunEvent, { kind: 'holdout-planned' }>,
    'trials' | 'cells' | 'headline' | 'at'
  > | null;
  /** The ceiling that kept planned cells of the last phase from being measured; `null`: none did, or not yet. */
  lacked: EndReason | null;
  readonly finishing: Set<number>;
  calls: number;
  /** Of the calls those that failed and were to be tried again. */
  retried: number;
  /** Calls that the open cells make, as planned. */
  openCellsCalls: number;
  /** Worst case of all open calls together. */
  readonly reserved: { tokensIn: number; tokensOut: number; usd: number };
  readonly overruns: Overruns;
  /** The largest worst case of any call so far, figure by figure; `null` before the first call. */
  largestReservation: Reservation | null;
}

export function createRunState(): RunState {
  return {
    ...createSearchState(),
    ...createSpending(),
    at: 0,
    phase: 'search',
    ended: null,
    refused: new Map(),
    grading: nothingGraded,
    compared: 0,
    openCalls: new Map(),
    failedAttempts: new Map(),
    lostToCells: new Map(),
    inFlight: new InFlight(),
    cellTimes: new CellTimes(),
    callCosts: new CallCosts(),
    callTimes: new CallTimes(),
    sharedCalls: new SharedCalls(),
    servedAt: new Map(),
    answered: new Set(),
    finishGranted: 0,
    searchCalls: null,
    cutShort: null,
    plain: null,
    holdoutPlan: null,
    lacked: null,
    finishing: new Set(),
    calls: 0,
    retried: 0,
    openCellsCalls: 0,
    reserved: { tokensIn: 0, tokensOut: 0, usd: 0 },
    overruns: new Map(),
    largestReservation: null,
  };
}

export function foldEvents(events: Iterable<RunEvent>): RunState {
  const state = createRunState();
  for (const event of events) applyEvent(state, event);
  return state;
}

/** Takes one event into the state, in place. */
export function applyEvent(state: RunState, event: RunEvent): void {
  state.at = event.at;
  state.inFlight.take(event);
  state.cellTimes.take(event);
  state.callCosts.take(event);
  state.callTimes.take(event);
  state.sharedCalls.take(event);
  countOpenCells(state, event);
  switch (event.kind) {
    case 'cell-finished':
      state.grading = withCell(state.grading, event.result);
      applySearchEvent(state, event);
      return;
    case 'search-restarted':
      restartSearch(state);
      state.grading = nothingGraded;
      state.compared = 0;
      state.refused.clear();
      state.openCellsCalls = 0;
      return;
    case 'trial-finished': {
      const before = state.concluded;
      applySearchEvent(state, event);
      if (trialOf(state, event.trial).origin.operator === equalSpend)
        state.compared += state.concluded - before;
      return;
    }
    case 'cell-abandoned': {
      const { trial } = abandonCell(state, event.cell);
      if (!state.refused.has(trial)) state.refused.set(trial, event.because);
      return;
    }
    case 'cells-granted':
      if (!state.searching) noteFinishing(state, event);
      applySearchEvent(state, event);
      return;
    case 'search-cut-short':
      state.cutShort = event.cells;
      return;
    case 'finish-planned': {
      const { trials, cells, plain } = event;
      state.finalists = { trials: new Set([...(state.finalists?.trials ?? []), ...trials]), cells };
      if (plain !== undefined)
        state.plain = plain.map((kind, at) => ({ kind, trial: elementAt(trials, at) }));
      return;
    }
    case 'holdout-planned': {
      const { trials, cells, headline, at } = event;
      state.holdoutPlan = { trials, cells, at, ...defined({ headline }) };
      return;
    }
    case 'phase-started':
      if (event.phase !== 'search') state.searchCalls ??= state.calls;
      state.phase = event.phase;
      state.searching = event.phase === 'search';
      state.refused.clear();
      state.loads.refit();
      if (event.because !== 'front-measured') state.ended ??= event.because;
      // The time cuts the end off without asking what it lacks.
      state.lacked = event.lacked ?? (event.phase === 'done' && event.because === 'time' ? 'time' : null);
      return;
    case 'call-dispatched': {
      const { call, key, attempt, model, reserved, purpose, account } = event;
      state.calls++;
      state.openCalls.set(call, {
        call,
        key,
        attempt,
        model,
        dispatchedAt: event.at,
        reserved,
        purpose,
        ...defined({ account }),
      });
      state.reserved.tokensIn += reserved.tokensIn;
      state.reserved.tokensOut += reserved.tokensOut;
      state.reserved.usd += reserved.usd ?? 0;
      state.largestReservation = larger(state.largestReservation, reserved);
      return;
    }
    case 'call-answered': {
      const { key, model, reserved, purpose } = closeCall(state, event.call);
      state.answered.add(key);
      noteOverrun(state, model, reserved, event);
      noteLoad(state, event, key, model);
      state.failedAttempts.delete(key);
      const paid = purpose === 'judge' ? spendOnGrading : spend;
      paid(state, event.usage, event.usd);
      return;
    }
    case 'call-failed':
      failCall(state, event);
      return;
    case 'call-given-up':
      state.failedAttempts.delete(event.key);
      for (const cell of event.cells) state.lostToCells.set(`${cell}/${event.key}`, event.failure);
      return;
    case 'call-lost': {
      const { reserved } = closeCall(state, event.call);
      lose(state, 1, { inputTokens: reserved.tokensIn, outputTokens: reserved.tokensOut }, reserved.usd);
      return;
    }
    case 'server-noted':
      return;
    case 'calls-assumed':
      state.calls += event.calls;
      lose(state, event.calls, event.usage, event.usd);
      return;
    default:
      applySearchEvent(state, event);
  }
}

/** To be called before the state has taken the event in: it then forgets who was open. */
function countOpenCells(state: RunState, event: RunEvent): void {
  if (event.kind === 'cell-started') state.openCellsCalls += plannedCalls(trialOf(state, event.trial).config);
  if (event.kind !== 'cell-finished' && event.kind !== 'cell-abandoned') return;
  const open = state.openCells.get(event.cell);
  if (open !== undefined) state.openCellsCalls -= plannedCalls(trialOf(state, open.trial).config);
}

function noteLoad(
  state: RunState,
  { at, inFlight, serviceMs, usage }: RunEventOf<'call-answered'>,
  key: CallKey,
  model: string,
): void {
  if (inFlight === undefined) return;
  state.servedAt.set(key, at);
  const { outputTokens } = usage;
  const provider = providerOf(model);
  state.loads.take({ provider, model, from: at - serviceMs, to: at, outputTokens, inFlight });
}

function noteFinishing(state: RunState, { trial, upTo }: SearchEventOf<'cells-granted'>): void {
  state.finishGranted += upTo - trialOf(state, trial).granted;
  state.finishing.add(trial);
}

/** Configs that were tried; those that the best mixture is compared with are none of the search's. */
export function countEvaluations({ trials }: RunState): number {
  return trials.filter(({ origin }) => origin.operator !== equalSpend).length;
}

/** What a run had used up to some moment. */
export interface Effort {
  /** Trials concluded, without those that the search did not try. */
  readonly evaluations: number;
  /** Input and output tokens together. */
  readonly tokens: number;
  /** `null` as soon as one call had no known price. */
  readonly usd: number | null;
  /** Time on the run's clock. */
  readonly seconds: number;
}

/** What a run has used by its last event. */
export function effortOf({ concluded, compared, tokensIn, tokensOut, usd, at }: RunState): Effort {
  return { evaluations: concluded - compared, tokens: tokensIn + tokensOut, usd, seconds: at / 1000 };
}

export function spentOf(state: RunState, at = state.at): Spent {
  return {
    calls: state.calls,
    tokensIn: state.tokensIn,
    tokensOut: state.tokensOut,
    usd: state.usd,
    seconds: at / 1000,
  };
}

function failCall(state: RunState, event: RunEventOf<'call-failed'>): void {
  const { key } = closeCall(state, event.call);
  if (event.failure.retryable) state.retried++;
  const attempts = state.failedAttempts.get(key) ?? [];
  attempts.push({
    at: event.at,
    failure: event.failure,
    ...defined({ outage: event.outage }),
  });
  state.failedAttempts.set(key, attempts);
  if (event.failure.usage !== undefined) spend(state, event.failure.usage, event.failure.usd ?? null);
}

function closeCall(state: RunState, call: number): OpenCall {
  const open = state.openCalls.get(call);
  if (open === undefined) throw new Error(`journal: call ${call} is not open`);
  state.openCalls.delete(call);
  state.reserved.tokensIn -= open.reserved.tokensIn;
  state.reserved.tokensOut -= open.reserved.tokensOut;
  state.reserved.usd -= open.reserved.usd ?? 0;
  if (state.openCalls.size === 0) state.reserved.usd = 0;
  return open;
}
