import type { Spent } from '../domain/budget.ts';
import { cellKey } from '../domain/cell.ts';
import { isBaseline } from '../domain/headliners.ts';
import type { ConfigId } from '../domain/moa-config.ts';
import type { CallKey } from '../models/call-key.ts';
import type { Phase, RunEvent, RunEventOf } from '../run/journal/events.ts';
import { applyEvent, createRunState, type Effort, effortOf, type RunState } from '../run/run-state.ts';
import { trialOf } from '../search/search-state.ts';
import type { Trial } from '../search/trial.ts';
import { type TrialAims, TrialBook } from '../search/trial-book.ts';

/** What a run had used up to some moment. */
export type RunEffort = Effort & Pick<Spent, 'calls'>;

/** A stretch of the run; `to` is `null` while it lasts. */
export interface Stretch {
  readonly kind: 'phase' | 'outage';
  /** The phase, or the model that was down. */
  readonly name: string;
  readonly from: RunEffort;
  to: RunEffort | null;
}

/**
 * A run's journal as people look at it: its state, and how it came there. Events are taken in one by one, so
 * that an onlooker of a run in progress need not read it all again.
 */
export class RunRecord {
  readonly state: RunState = createRunState();
  readonly book: TrialBook;
  /** One whenever a trial was concluded or a phase began, oldest first. */
  readonly milestones: RunEffort[] = [];
  readonly stretches: Stretch[] = [];
  /** Events taken in. */
  seq = 0;
  /** The event that changed it last; by the trial itself, since a search that begins anew numbers its own from 0. */
  readonly #changed = new Map<Trial, number>();
  readonly #cellStarted = new Map<string, number>();
  readonly #callDispatched = new Map<CallKey, number>();
  readonly #modelOfCall = new Map<number, string>();
  /** Indices of milestones. */
  readonly #concluded = new Map<Trial, number>();

  /** @param aims the run's settings */
  constructor(aims: TrialAims) {
    this.book = new TrialBook(this.state, aims);
  }

  apply(event: RunEvent): void {
    const { state } = this;
    const ofTrial = 'trial' in event ? event.trial : this.#trialOfCell(event);
    applyEvent(state, event);
    this.seq++;
    if (ofTrial !== undefined) this.#changed.set(trialOf(state, ofTrial), this.seq);
    switch (event.kind) {
      case 'trial-started':
        this.#enter(isBaseline(event.origin) ? 'baselines' : 'search');
        return;
      case 'phase-started':
        this.#enter(event.phase);
        this.milestones.push(this.effort);
        return;
      case 'search-restarted':
        this.book.restart();
        return;
      case 'cell-started':
        this.#cellStarted.set(startKey(event.trial, cellKey(event.of)), event.at);
        return;
      case 'cell-finished':
        this.#measured(event.trial);
        return;
      case 'call-dispatched':
        if (!this.#callDispatched.has(event.key)) this.#callDispatched.set(event.key, event.at);
        this.#modelOfCall.set(event.call, event.model);
        return;
      case 'call-answered':
      case 'call-failed':
        this.#followOutage(event);
        return;
      case 'trial-finished':
        this.#measured(event.trial);
        this.#concludedFirst(trialOf(state, event.trial));
        this.milestones.push(this.effort);
        return;
    }
  }

  /** Numbers of the trials that events after the given one changed, in order. */
  changedSince(seq: number): number[] {
    return this.state.trials.flatMap((trial, number) =>
      (this.#changed.get(trial) ?? 0) > seq ? [number] : [],
    );
  }

  get effort(): RunEffort {
    return { ...effortOf(this.state), calls: this.state.calls };
  }

  /** Index of the milestone at which a trial was concluded first; `undefined` where it was not. */
  readonly concludedBy = (trial: Trial): number | undefined => this.#concluded.get(trial);

  get phase(): 'baselines' | Phase {
    const open = this.stretches.findLast(({ kind }) => kind === 'phase');
    return this.state.phase === 'search' && open?.name !== 'search' ? 'baselines' : this.state.phase;
  }

  /** Whether the answer to a call was there before the cell that used it began. */
  hadBefore(trial: number, cell: string, key: CallKey): boolean {
    const dispatched = this.#callDispatched.get(key);
    const started = this.#cellStarted.get(startKey(trial, cell));
    // A call that this run never made was answered by another one's cache.
    return dispatched === undefined || (started !== undefined && dispatched < started);
  }

  trialOf(id: ConfigId): Trial | undefined {
    return this.state.byId.get(id);
  }

  #trialOfCell(event: RunEvent): number | undefined {
    return event.kind === 'cell-abandoned' ? this.state.openCells.get(event.cell)?.trial : undefined;
  }

  #enter(name: string): void {
    const open = this.stretches.findLast(({ kind }) => kind === 'phase');
    // Single models may be measured further while the search is on.
    if (open?.name === name || (name === 'baselines' && open !== undefined)) return;
    if (name === 'search' && open !== undefined && open.name !== 'baselines') return;
    const { effort } = this;
    if (open !== undefined) open.to = effort;
    if (name !== 'done') this.stretches.push({ kind: 'phase', name, from: effort, to: null });
  }

  #followOutage(event: RunEventOf<'call-answered'> | RunEventOf<'call-failed'>): void {
    const model = this.#modelOfCall.get(event.call);
    this.#modelOfCall.delete(event.call);
    if (model === undefined) return;
    const open = this.stretches.findLast(({ kind, name, to }) => kind === 'outage' && name === model && !to);
    if (event.kind === 'call-answered') {
      if (open !== undefined) open.to = this.effort;
    } else if (event.outage === true && open === undefined) {
      this.stretches.push({ kind: 'outage', name: model, from: this.effort, to: null });
    }
  }

  /** A trial is concluded again whenever further answers of it are in. */
  #concludedFirst(trial: Trial): void {
    if (!this.#concluded.has(trial)) this.#concluded.set(trial, this.milestones.length);
  }

  #measured(number: number): void {
    const trial = this.state.trials[number];
    if (trial !== undefined) this.book.changed(trial);
  }
}

function startKey(trial: number, cell: string): string {
  return `${trial} ${cell}`;
}
