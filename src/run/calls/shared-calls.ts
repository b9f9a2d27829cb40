import type { RunEvent } from '../journal/events.ts';

/**
 * Counts calls of finished cells that had their answers without being paid for: from the cache, or from another cell. By
 * events alone, so that an interruption changes nothing. What open cells have paid counts against it until they
 * are finished, so it is what was counted at most.
 */
export class SharedCalls {
  #made = 0;
  #paid = 0;
  readonly #open = new Set<number>();
  /** By now; never less than before. */
  count = 0;

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'call-dispatched':
        if (event.purpose === 'agent') this.#open.add(event.call);
        return;
      case 'call-answered':
        if (this.#open.delete(event.call)) this.#paid++;
        return;
      case 'call-failed':
      case 'call-lost':
        this.#open.delete(event.call);
        return;
      case 'call-given-up':
        // Each of these cells has a call without an answer.
        this.#made -= event.cells.length;
        return;
      case 'cell-finished':
        this.#made += event.result.calls;
        this.count = Math.max(this.count, this.#made - this.#paid);
    }
  }
}
