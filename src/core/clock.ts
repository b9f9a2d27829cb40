import { onAbort } from './abort.ts';

/** Time as a port. All times are milliseconds; the origin is arbitrary but fixed for a clock's life. */
export interface Clock {
  readonly kind: 'real' | 'virtual';
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fire` after `ms`, unless what is returned is called before. Cheaper than a sleep that can be aborted. */
  after(ms: number, fire: () => void): () => void;
  /**
   * Runs real work (grading, a child process, a disk) that takes no time on this clock. On the virtual
   * clock the results are handed back in the order in which the work was started, however long each
   * really took, so that the machine's speed cannot reorder anything.
   * @param order of works that end at the same instant the lower is handed back first; default 0.
   */
  external<Value>(work: () => Promise<Value>, order?: number): Promise<Value>;
  /**
   * Resolves at the present time once everything else that can happen now has happened: on the virtual
   * clock after all work of lower rank at this instant, so that decisions made "at the end of an
   * instant" never depend on the order in which promises settled. On the real clock: the next turn of
   * the event loop.
   * @param rank positive; of several, the lower goes first.
   */
  turn(rank: number): Promise<void>;
}

/** Timers of the platform that are to wait longer (24.9 days) do not wait at all. */
const longestTimerMs = 2 ** 31 - 1;

function after(ms: number, fire: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const next = (): void => (left > longestTimerMs ? wait(left - longestTimerMs) : fire());
    timer = setTimeout(next, Math.min(left, longestTimerMs));
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** The machine's monotonic clock. */
export function createRealClock(): Clock {
  return {
    kind: 'real',
    now: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = after(ms, () => {
          stopListening();
          resolve();
        });
        const stopListening = onAbort(signal, () => {
          cancel();
          reject(signal?.reason);
        });
      }),
    after,
    external: (work) => work(),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** Milliseconds in whole 1/1024: sums of such times are exact, which a run that goes on after an interruption relies on. */
export function exactMs(ms: number): number {
  return Math.round(ms * 1024) / 1024;
}

/** A signal that aborts after so many ms, unless it is cancelled before. */
export function abortAfter(
  clock: Pick<Clock, 'after'>,
  ms: number,
): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, cancel: clock.after(ms, () => controller.abort()) };
}
