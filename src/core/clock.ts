import { onAbort } from './abort.ts';

/** Time as a port. All times are milliseconds; the origin is arbitrary but fixed for a clock's life. */
export interface Clock {
  readonly kind: 'real' | 'virtual';
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
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

/** The machine's monotonic clock. */
export function createRealClock(): Clock {
  return {
    kind: 'real',
    now: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        let timer: NodeJS.Timeout;
        const wait = (left: number): void => {
          timer = setTimeout(
            () => {
              if (left > longestTimerMs) return wait(left - longestTimerMs);
              stopListening();
              resolve();
            },
            Math.min(left, longestTimerMs),
          );
        };
        wait(ms);
        const stopListening = onAbort(signal, () => {
          clearTimeout(timer);
          reject(signal?.reason);
        });
      }),
    external: (work) => work(),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** Given, since an abort without a reason builds an error with its stack. */
const over = Symbol('over');

/** A signal that aborts after so many ms, unless it is cancelled before. */
export function abortAfter(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const after = new AbortController();
  const cancelled = new AbortController();
  clock.sleep(ms, cancelled.signal).then(
    () => after.abort(),
    () => undefined,
  );
  return { signal: after.signal, cancel: () => cancelled.abort(over) };
}
