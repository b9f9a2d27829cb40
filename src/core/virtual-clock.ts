import { onAbort } from './abort.ts';
import type { Clock } from './clock.ts';
import { elementAt } from './element-at.ts';

/** Alarms of one instant go by rank: what the world brings first, decisions about it last. */
const worldRank = 0;

interface Alarm {
  readonly time: number;
  readonly rank: number;
  readonly order: number;
  readonly sequence: number;
  cancelled: boolean;
  /** Hands the waiting code its result; awaited, so that external work ends before time goes on. */
  readonly fire: () => void | Promise<void>;
}

/**
 * A discrete-event clock: time stands still while code runs and jumps to the next alarm once every
 * promise has settled. Alarms fire in order of (time, rank, order, asking), one at a time, so a program
 * whose only waits are on this clock is deterministic whatever the machine's speed or load.
 *
 * Quiescence is found by letting one turn of the event loop pass (`setImmediate`), which runs all
 * microtasks and next-tick callbacks. Waits on anything else (sockets, child processes) must go
 * through {@link external}.
 */
export class VirtualClock implements Clock {
  readonly kind = 'virtual';
  #now: number;
  #sequence = 0;
  readonly #alarms = new AlarmHeap();
  #running = false;

  /** @param start milliseconds shown before anything has happened. */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const alarm = this.#schedule(ms, worldRank, 0, () => {
        stopListening();
        resolve();
      });
      const stopListening = onAbort(signal, () => {
        alarm.cancelled = true;
        reject(signal?.reason);
      });
    });
  }

  after(ms: number, fire: () => void): () => void {
    const alarm = this.#schedule(ms, worldRank, 0, fire);
    return () => {
      alarm.cancelled = true;
    };
  }

  external<Value>(work: () => Promise<Value>, order = 0): Promise<Value> {
    const outcome = work().then(
      (value) => ({ ok: true as const, value }),
      (error: unknown) => ({ ok: false as const, error }),
    );
    return new Promise((resolve, reject) => {
      this.#schedule(0, worldRank, order, async () => {
        const settled = await outcome;
        if (settled.ok) resolve(settled.value);
        else reject(settled.error);
      });
    });
  }

  turn(rank: number): Promise<void> {
    return new Promise((resolve) => {
      this.#schedule(0, rank, 0, resolve);
    });
  }

  /**
   * Drives the clock until `main` settles. Throws if `main` waits for something that is neither an
   * alarm nor external work, since it would then wait for ever.
   */
  async run<Value>(main: () => Promise<Value>): Promise<Value> {
    if (this.#running) throw new Error('VirtualClock.run: already running');
    this.#running = true;
    let settled = false;
    const outcome = main().finally(() => {
      settled = true;
    });
    // The rejection is re-thrown by the final await; this keeps Node from calling it unhandled before.
    outcome.catch(() => undefined);
    try {
      for (;;) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (settled) return await outcome;
        const alarm = this.#alarms.pop();
        if (alarm === undefined) {
          throw new Error('VirtualClock.run: nothing left to wait for, yet the program has not ended');
        }
        this.#now = Math.max(this.#now, alarm.time);
        await alarm.fire();
      }
    } finally {
      this.#running = false;
    }
  }

  #schedule(ms: number, rank: number, order: number, fire: Alarm['fire']): Alarm {
    if (!(ms >= 0)) throw new RangeError(`clock.sleep: expected a number of milliseconds >= 0, found ${ms}`);
    const alarm = { time: this.#now + ms, rank, order, sequence: this.#sequence++, cancelled: false, fire };
    this.#alarms.push(alarm);
    return alarm;
  }
}

/** A binary heap by (time, sequence); cancelled alarms are skipped when they surface. */
class AlarmHeap {
  readonly #items: Alarm[] = [];

  push(alarm: Alarm): void {
    const items = this.#items;
    let index = items.length;
    items.push(alarm);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(alarm, elementAt(items, parent))) break;
      items[index] = elementAt(items, parent);
      index = parent;
    }
    items[index] = alarm;
  }

  pop(): Alarm | undefined {
    for (;;) {
      const top = this.#removeTop();
      if (top === undefined || !top.cancelled) return top;
    }
  }

  #removeTop(): Alarm | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const child =
        right < items.length && isBefore(elementAt(items, right), elementAt(items, left)) ? right : left;
      if (!isBefore(elementAt(items, child), last)) break;
      items[index] = elementAt(items, child);
      index = child;
    }
    items[index] = last;
    return top;
  }
}

function isBefore(a: Alarm, b: Alarm): boolean {
  if (a.time !== b.time) return a.time < b.time;
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.order !== b.order) return a.order < b.order;
  return a.sequence < b.sequence;
}
