import { defined } from '../core/defined.ts';
import type { CallOptions } from './chat-model.ts';

type Caller = Pick<CallOptions, 'onDelta' | 'onRestart' | 'signal'>;

/**
 * Passes pieces of a call's first try on as they come and mends the stream after a broken one: `onRestart`
 * voids the pieces; a caller that has none gets the rest if the new answer continues them, else the new
 * answer whole. One who has given up hears no more.
 */
export class StreamPieces {
  readonly #caller: Caller;
  #delivered = '';
  #live = true;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** What a try is given in place of the caller's own. */
  get listeners(): Pick<CallOptions, 'onDelta' | 'onRestart'> {
    const { onDelta, onRestart } = this.#caller;
    if (onDelta === undefined) return {};
    return {
      onDelta: (text) => {
        if (!this.#live || this.#caller.signal?.aborted) return;
        this.#delivered += text;
        onDelta(text);
      },
      ...defined({ onRestart: onRestart && (() => this.restart()) }),
    };
  }

  /** What was delivered is void. */
  restart(): void {
    if (this.#delivered === '' || this.#caller.signal?.aborted) return;
    if (this.#caller.onRestart === undefined) {
      this.#live = false;
      return;
    }
    this.#caller.onRestart();
    this.#delivered = '';
  }

  /** @param text the whole answer. */
  complete(text: string): void {
    if (this.#live || this.#caller.onDelta === undefined) return;
    const rest = text.startsWith(this.#delivered) ? text.slice(this.#delivered.length) : text;
    if (rest !== '') this.#caller.onDelta(rest);
  }
}
