/** Who is told when a signal aborts, and by which listener of it. */
const told = new WeakMap<AbortSignal, Told>();

interface Told {
  readonly listeners: Set<() => void>;
  readonly tell: () => void;
}

/**
 * Calls `listener` once when the signal aborts (at once if it has). Returns how to stop listening.
 *
 * A run hands one signal to all its calls and gradings. However many wait, the signal itself has one listener. When
 * the last stops, it has none: a signal made of others that has a listener is kept in memory by Node for as long.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const { listeners, tell } = told.get(signal) ?? listenTo(signal);
  // One who listens twice is told twice.
  const own = (): void => listener();
  listeners.add(own);
  return () => {
    if (!listeners.delete(own) || listeners.size > 0) return;
    told.delete(signal);
    signal.removeEventListener('abort', tell);
  };
}

function listenTo(signal: AbortSignal): Told {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const one = { listeners, tell };
  told.set(signal, one);
  signal.addEventListener('abort', tell, { once: true });
  return one;
}
