import type { Clock } from './clock.ts';

/** Who is told when a signal aborts. */
const told = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once when the signal aborts (at once if it has). Returns how to stop listening.
 *
 * A run hands one signal to all its calls and gradings. However many wait, the signal itself has one listener.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const listeners = told.get(signal) ?? listenTo(signal);
  // One who listens twice is told twice.
  const own = (): void => listener();
  listeners.add(own);
  return () => listeners.delete(own);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  told.set(signal, listeners);
  signal.addEventListener(
    'abort',
    () => {
      for (const listener of listeners) listener();
    },
    { once: true },
  );
  return listeners;
}

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
  return { signal: after.signal, cancel: () => cancelled.abort() };
}
