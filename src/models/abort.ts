import { setMaxListeners } from 'node:events';
import type { CallFailure, ChatOutcome } from './chat-model.ts';

/** Signals that may have any number of listeners by now. */
const shared = new WeakSet<AbortSignal>();

/**
 * Calls `listener` once when the signal aborts (at once if it has). Returns how to stop listening.
 *
 * A run hands one signal to all its calls, so many listeners are no leak; Node 20 would print a
 * warning from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  if (!shared.has(signal)) {
    shared.add(signal);
    setMaxListeners(0, signal);
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** The outcome of a call its caller gave up. @param serviceMs time since dispatch; 0 when it never was. */
export function abortedOutcome(serviceMs = 0): ChatOutcome {
  return failedOutcome({
    cause: 'aborted',
    code: 'aborted',
    message: 'the call was cancelled',
    retryable: false,
    serviceMs,
  });
}

export function failedOutcome(failure: CallFailure): ChatOutcome {
  return { kind: 'failed', failure };
}
