import type { RunEvent } from '../journal/events.ts';

/** How much the last cell counts in what a trial's cells usually take, since the load of others changes. */
const newest = 0.2;
/** Whoever takes more than so many times the usual is not waited for. */
const late = 3;

/** How long cells take from their beginning to their end in ms, waiting and the load of the time included. */
export class CellTimes {
  readonly #begun = new Map<number, { readonly trial: number; readonly at: number }>();
  readonly #ofTrial = new Map<number, number>();
  #ofAll: number | undefined;

  take(event: RunEvent): void {
    if (event.kind === 'cell-started') this.#begun.set(event.cell, { trial: event.trial, at: event.at });
    if (event.kind === 'cell-abandoned') this.#begun.delete(event.cell);
    if (event.kind !== 'cell-finished') return;
    const begun = this.#begun.get(event.cell);
    this.#begun.delete(event.cell);
    if (begun === undefined) return;
    const took = event.at - begun.at;
    this.#ofTrial.set(begun.trial, mixed(this.#ofTrial.get(begun.trial), took));
    this.#ofAll = mixed(this.#ofAll, took);
  }

  /** What a cell of the trial, or of any, usually takes; 0 while nothing is known. */
  usual(trial?: number): number {
    const ofTrial = trial === undefined ? undefined : this.#ofTrial.get(trial);
    return ofTrial ?? this.#ofAll ?? 0;
  }

  /** Whether an open cell takes far longer than is usual: its server stalls, or it waits to be tried again. */
  isLate(cell: number, now: number): boolean {
    const begun = this.#begun.get(cell);
    return begun !== undefined && now - begun.at > late * this.usual(begun.trial);
  }
}

const mixed = (before: number | undefined, took: number): number =>
  before === undefined ? took : before + newest * (took - before);
