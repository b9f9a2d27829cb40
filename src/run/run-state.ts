import { type Cell, cellKey } from '../domain/cell.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { Spent } from '../domain/run-result.ts';
import type { CallKey } from '../models/call-key.ts';
import type { CallFailure } from '../models/chat-model.ts';
import type { FailedTry } from '../models/retry-policy.ts';
import { applyDraftEvent, createDraftBook, type DraftBook } from './draft-book.ts';
import type { EndReason, Phase, Reservation, RunEvent, RunEventOf } from './events.ts';
import { StartedTrial, type TrialState } from './trial-state.ts';

export type { ScoredCell, TrialState } from './trial-state.ts';

export interface OpenCell {
  readonly cell: number;
  readonly trial: number;
  readonly of: Cell;
}

export interface OpenCall {
  readonly call: number;
  readonly key: CallKey;
  readonly attempt: number;
  readonly dispatchedAt: number;
  readonly reserved: Reservation;
  readonly account?: number;
}

/** A run as its journal tells it: nothing is in here that is not a consequence of the events. */
export interface RunState {
  /** Time of the last event. */
  at: number;
  phase: Phase;
  /** Why the search ended; `null` while it goes on. */
  ended: EndReason | null;
  /** The ceiling that a call of this phase came up against; no further cell of the phase is begun. */
  refusal: EndReason | null;
  readonly trials: TrialState[];
  readonly byId: Map<ConfigId, TrialState>;
  readonly openCells: Map<number, OpenCell>;
  readonly openCalls: Map<number, OpenCall>;
  readonly drafts: DraftBook;
  /** Failed attempts of calls that have no answer yet, by key. */
  readonly failedAttempts: Map<CallKey, FailedTry[]>;
  /** Failures that cells were given for good, by `cell/key`; a cell asked again after a resume gets them again. */
  readonly lostToCells: Map<string, CallFailure>;
  /** Keys of answered calls. */
  readonly answered: Set<CallKey>;
  /** Trials finished, dropped or failed. */
  concluded: number;
  /** Index of the fidelity level that the search is at. */
  level: number;
  /** Trials concluded since that level was reached. */
  concludedAtLevel: number;
  /** Cells granted to trials beyond their level. */
  extraGranted: number;
  /** Times that the strategy asked for further cells of a trial. */
  extensions: number;
  /** The front as the strategy last believed it to be; `null` where it goes by what was measured. */
  believed: readonly number[] | null;
  /** Cells granted since the search ended, and the trials that they were granted to. */
  finishGranted: number;
  readonly finishing: Set<number>;
  cells: number;
  calls: number;
  tokensIn: number;
  tokensOut: number;
  usd: number | null;
  unscored: number;
  /** Worst case of all open calls together. */
  readonly reserved: { tokensIn: number; tokensOut: number; usd: number };
  /** The largest worst case of any call so far, figure by figure; `null` before the first call. */
  largestReservation: Reservation | null;
}

export function createRunState(): RunState {
  return {
    at: 0,
    phase: 'search',
    ended: null,
    refusal: null,
    trials: [],
    byId: new Map(),
    openCells: new Map(),
    openCalls: new Map(),
    drafts: createDraftBook(),
    failedAttempts: new Map(),
    lostToCells: new Map(),
    answered: new Set(),
    concluded: 0,
    level: 0,
    concludedAtLevel: 0,
    extraGranted: 0,
    extensions: 0,
    believed: null,
    finishGranted: 0,
    finishing: new Set(),
    cells: 0,
    calls: 0,
    tokensIn: 0,
    tokensOut: 0,
    usd: 0,
    unscored: 0,
    reserved: { tokensIn: 0, tokensOut: 0, usd: 0 },
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
  switch (event.kind) {
    case 'trial-started':
      startTrial(state, event);
      applyDraftEvent(state.drafts, event);
      return;
    case 'draft-started':
    case 'draft-finished':
    case 'draft-refused':
      applyDraftEvent(state.drafts, event);
      return;
    case 'cell-started':
      state.cells++;
      openCell(state, { cell: event.cell, trial: event.trial, of: event.of });
      trialOf(state, event.trial).begun.add(cellKey(event.of));
      return;
    case 'cell-finished':
      finishCell(state, event);
      return;
    case 'cell-abandoned': {
      const open = closeCell(state, event.cell);
      trialOf(state, open.trial).begun.delete(cellKey(open.of));
      state.refusal ??= event.because;
      return;
    }
    case 'trial-finished':
      finishTrial(state, event);
      return;
    case 'cells-granted': {
      const trial = trialOf(state, event.trial);
      const added = event.upTo - trial.granted;
      if (state.phase !== 'search') {
        state.finishGranted += added;
        state.finishing.add(event.trial);
      } else if (event.extra) state.extraGranted += added;
      if (event.asked === true) state.extensions++;
      trial.granted = event.upTo;
      return;
    }
    case 'front-believed':
      state.believed = event.trials;
      return;
    case 'fidelity-grown':
      state.level = event.level;
      state.concludedAtLevel = 0;
      return;
    case 'phase-started':
      state.phase = event.phase;
      state.refusal = null;
      if (event.because !== 'front-measured') state.ended ??= event.because;
      return;
    case 'call-dispatched': {
      const { call, key, attempt, reserved, account } = event;
      state.calls++;
      state.openCalls.set(call, {
        call,
        key,
        attempt,
        dispatchedAt: event.at,
        reserved,
        ...(account === undefined ? {} : { account }),
      });
      state.reserved.tokensIn += reserved.tokensIn;
      state.reserved.tokensOut += reserved.tokensOut;
      state.reserved.usd += reserved.usd ?? 0;
      state.largestReservation = larger(state.largestReservation, reserved);
      return;
    }
    case 'call-answered': {
      const { key } = closeCall(state, event.call);
      state.answered.add(key);
      state.failedAttempts.delete(key);
      spend(state, event.usage, event.usd);
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
      spend(state, { inputTokens: reserved.tokensIn, outputTokens: reserved.tokensOut }, reserved.usd);
      return;
    }
    case 'calls-assumed':
      state.calls += event.calls;
      spend(state, event.usage, event.usd);
      return;
  }
}

/** Keeps the object where nothing grows, since this is asked at every call. */
function larger(known: Reservation | null, next: Reservation): Reservation {
  if (known === null) return next;
  const usd = known.usd === null || next.usd === null ? null : Math.max(known.usd, next.usd);
  const tokensIn = Math.max(known.tokensIn, next.tokensIn);
  const tokensOut = Math.max(known.tokensOut, next.tokensOut);
  const same = usd === known.usd && tokensIn === known.tokensIn && tokensOut === known.tokensOut;
  return same ? known : { tokensIn, tokensOut, usd };
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

function startTrial(state: RunState, event: RunEventOf<'trial-started'>): void {
  const started = new StartedTrial(event);
  state.trials.push(started);
  state.byId.set(event.id, started);
}

function finishTrial(state: RunState, event: RunEventOf<'trial-finished'>): void {
  const trial = trialOf(state, event.trial);
  if (trial.status === 'running') {
    state.concluded++;
    state.concludedAtLevel++;
  }
  trial.status = event.status;
}

/** Counts a cell as under way. */
export function openCell(state: RunState, open: OpenCell): void {
  state.openCells.set(open.cell, open);
  trialOf(state, open.trial).openCells++;
}

function finishCell(state: RunState, event: RunEventOf<'cell-finished'>): void {
  const open = closeCell(state, event.cell);
  trialOf(state, open.trial).results.set(cellKey(open.of), event.result);
  if (event.result.grade.kind === 'unscored') state.unscored++;
}

function failCall(state: RunState, event: RunEventOf<'call-failed'>): void {
  const { key } = closeCall(state, event.call);
  const attempts = state.failedAttempts.get(key) ?? [];
  attempts.push({
    at: event.at,
    failure: event.failure,
    ...(event.outage === undefined ? {} : { outage: true }),
  });
  state.failedAttempts.set(key, attempts);
  if (event.failure.usage !== undefined) spend(state, event.failure.usage, event.failure.usd ?? null);
}

function spend(
  state: RunState,
  usage: { inputTokens: number; outputTokens: number },
  usd: number | null,
): void {
  state.tokensIn += usage.inputTokens;
  state.tokensOut += usage.outputTokens;
  state.usd = state.usd === null || usd === null ? null : state.usd + usd;
}

function trialOf(state: RunState, trial: number): TrialState {
  const found = state.trials[trial];
  if (found === undefined) throw new Error(`journal: trial ${trial} was never started`);
  return found;
}

function closeCell(state: RunState, cell: number): OpenCell {
  const open = state.openCells.get(cell);
  if (open === undefined) throw new Error(`journal: cell ${cell} is not open`);
  state.openCells.delete(cell);
  trialOf(state, open.trial).openCells--;
  return open;
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
