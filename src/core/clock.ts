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
   */
  external<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** The machine's monotonic clock. */
export function createRealClock(): Clock {
  return {
    kind: 'real',
    now: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }, ms);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    external: (work) => work(),
  };
}
