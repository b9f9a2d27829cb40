import type { CliContext } from './context.ts';

/** The first Ctrl-C or SIGTERM; until it is disposed of, that does not end the process. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

export function listenForInterrupt({ onInterrupt }: Pick<CliContext, 'onInterrupt'>): Interrupt {
  const controller = new AbortController();
  const release = onInterrupt(() => controller.abort(new Error('interrupted')));
  return { signal: controller.signal, [Symbol.dispose]: release };
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
