import { elementAt } from '../core/element-at.ts';
import { type Cell, cellKey } from '../domain/cell.ts';
import { ProviderLoads } from '../domain/load/provider-loads.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { SearchEvent, SearchEventOf } from './search-events.ts';
import { Trial } from './trial.ts';
import { applyDraftEvent, createDraftBook, type DraftBook } from './writing/draft-book.ts';

export interface OpenCell {
  readonly cell: number;
  readonly trial: number;
  readonly of: Cell;
}

/** A search as its events tell it: nothing is in here that is not a consequence of them. */
export interface SearchState {
  /** False once its owner has ended it; trials may be measured further. */
  searching: boolean;
  readonly trials: Trial[];
  readonly byId: Map<ConfigId, Trial>;
  readonly openCells: Map<number, OpenCell>;
  readonly drafts: DraftBook;
  /** Trials finished, dropped or failed. */
  concluded: number;
  /** Index of the fidelity level that the search is at. */
  level: number;
  /** Trials concluded for the first time since that level was reached. */
  concludedAtLevel: number;
  /** Cells granted to trials beyond their level. */
  extraGranted: number;
  /** Times that the strategy asked for further cells of a trial. */
  extensions: number;
  /** The front as the strategy last believed it to be; `null` where it goes by what was measured. */
  believed: readonly number[] | null;
  /** Trials that it ever believed to be on the front, those that others pushed off included. */
  readonly everBelieved: Set<number>;
  /**
   * Trials that its owner measures on so many cells each once the search is over; `null` before, and in runs of
   * earlier versions.
   */
  finalists: { readonly trials: ReadonlySet<number>; readonly cells: number } | null;
  /** Cells begun by all trials. */
  cells: number;
  /** How the time of calls grows with the calls in flight; latencies are told as one user would see them. */
  readonly loads: ProviderLoads;
}

/** A search before its first event. */
export function createSearchState(): SearchState {
  return {
    searching: true,
    trials: [],
    byId: new Map(),
    openCells: new Map(),
    drafts: createDraftBook(),
    concluded: 0,
    level: 0,
    concludedAtLevel: 0,
    extraGranted: 0,
    extensions: 0,
    believed: null,
    everBelieved: new Set(),
    finalists: null,
    cells: 0,
    loads: new ProviderLoads(),
  };
}

/** As if no trial had been begun, in place. Cells are numbered on, and how providers slow down stays known. */
export function restartSearch(state: SearchState): void {
  const { cells, loads } = state;
  Object.assign(state, createSearchState(), { cells, loads });
}

/** Takes one event into the state, in place. */
export function applySearchEvent(state: SearchState, event: SearchEvent): void {
  switch (event.kind) {
    case 'trial-started': {
      const trial = new Trial(event, state.loads);
      state.trials.push(trial);
      state.byId.set(event.id, trial);
      applyDraftEvent(state.drafts, event);
      return;
    }
    case 'draft-started':
    case 'draft-finished':
    case 'draft-refused':
      applyDraftEvent(state.drafts, event);
      return;
    case 'cells-granted': {
      const trial = trialOf(state, event.trial);
      if (event.extra) state.extraGranted += event.upTo - trial.granted;
      if (event.asked === true) state.extensions++;
      trial.granted = event.upTo;
      return;
    }
    case 'front-believed':
      state.believed = event.trials;
      for (const trial of event.trials) state.everBelieved.add(trial);
      return;
    case 'fidelity-grown':
      state.level = event.level;
      state.concludedAtLevel = 0;
      return;
    case 'cell-started':
      startCell(state, event);
      return;
    case 'cell-finished': {
      const { of } = closeCell(state, event.cell);
      trialOf(state, event.trial).results.set(cellKey(of), event.result);
      return;
    }
    case 'trial-finished':
      concludeTrial(state, event);
      return;
  }
}

/** As if the cell had never been begun; returns which it was. */
export function abandonCell(state: SearchState, cell: number): OpenCell {
  const open = closeCell(state, cell);
  const begun = trialOf(state, open.trial);
  if (begun.begun.delete(cellKey(open.of)) && open.of.split === 'tuning') begun.tuningBegun--;
  return open;
}

/** Trials that are not concluded, oldest first. The youngest of all are looked at first, and none before the oldest open one. */
export function runningTrials({ trials, concluded }: SearchState): Trial[] {
  const running: Trial[] = [];
  for (let at = trials.length - 1; running.length < trials.length - concluded; at--) {
    const trial = elementAt(trials, at);
    if (trial.status === 'running') running.push(trial);
  }
  return running.reverse();
}

/** A trial by its number. Throws where it was never started: the journal is not one of a run. */
export function trialOf(state: SearchState, trial: number): Trial {
  const found = state.trials[trial];
  if (found === undefined) throw new Error(`journal: trial ${trial} was never started`);
  return found;
}

function startCell(state: SearchState, { cell, trial, of }: SearchEventOf<'cell-started'>): void {
  state.cells++;
  state.openCells.set(cell, { cell, trial, of });
  const begun = trialOf(state, trial);
  begun.begun.add(cellKey(of));
  if (of.split !== 'tuning') return;
  begun.openCells++;
  begun.tuningBegun++;
}

function closeCell(state: SearchState, cell: number): OpenCell {
  const open = state.openCells.get(cell);
  if (open === undefined) throw new Error(`journal: cell ${cell} is not open`);
  state.openCells.delete(cell);
  if (open.of.split === 'tuning') trialOf(state, open.trial).openCells--;
  return open;
}

function concludeTrial(state: SearchState, event: SearchEventOf<'trial-finished'>): void {
  const trial = trialOf(state, event.trial);
  if (trial.status === 'running') {
    state.concluded++;
    state.concludedAtLevel++;
  }
  trial.status = event.status;
}
