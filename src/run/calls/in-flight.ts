import { providerOf } from '../../models/router.ts';
import type { RunEvent } from '../journal/events.ts';

interface Busy {
  running: number;
  /** Calls in flight, summed over the ms so far. */
  sum: number;
  at: number;
}

/** How many calls each provider had in flight, as a run's events tell it. */
export class InFlight {
  readonly #providers = new Map<string, Busy>();
  readonly #open = new Map<number, { readonly busy: Busy; readonly at: number; readonly sum: number }>();

  take(event: RunEvent): void {
    if (event.kind === 'call-dispatched') {
      const provider = providerOf(event.model);
      const busy = this.#providers.get(provider) ?? { running: 0, sum: 0, at: event.at };
      this.#providers.set(provider, busy);
      const { at, sum } = passed(busy, event.at);
      busy.running++;
      this.#open.set(event.call, { busy, at, sum });
    } else if (event.kind === 'call-answered' || event.kind === 'call-failed' || event.kind === 'call-lost') {
      const open = this.#open.get(event.call);
      if (open === undefined) return;
      this.#open.delete(event.call);
      passed(open.busy, event.at).running--;
    }
  }

  /** Calls in flight at its provider on average since a call was sent, itself among them; at least 1. */
  meanOf(call: number, now: number): number {
    const open = this.#open.get(call);
    if (open === undefined) return 1;
    const { busy, at, sum } = open;
    const { sum: total } = passed(busy, now);
    return now <= at ? Math.max(1, busy.running) : Math.max(1, (total - sum) / (now - at));
  }
}

function passed(busy: Busy, now: number): Busy {
  busy.sum += busy.running * Math.max(0, now - busy.at);
  busy.at = Math.max(busy.at, now);
  return busy;
}
