import type { CallKey } from '../../models/call-key.ts';
import type { ChatResponse } from '../../models/chat-model.ts';

/** Characters of answers that are kept at most. */
const room = 8 * 2 ** 20;

/**
 * The last answers that were written. A config that shares calls with another asks for the same answers soon
 * after it: they need not be read from the disk.
 */
export class RecentAnswers {
  /** Oldest first. */
  readonly #answers = new Map<CallKey, ChatResponse>();
  #characters = 0;

  get(key: CallKey): ChatResponse | undefined {
    return this.#answers.get(key);
  }

  put(key: CallKey, response: ChatResponse): void {
    this.#remove(key);
    this.#answers.set(key, response);
    this.#characters += sizeOf(response);
    for (const oldest of this.#answers.keys()) {
      if (this.#characters <= room) return;
      this.#remove(oldest);
    }
  }

  #remove(key: CallKey): void {
    const response = this.#answers.get(key);
    if (response === undefined) return;
    this.#answers.delete(key);
    this.#characters -= sizeOf(response);
  }
}

/** The rest of an answer takes about as much as its key. */
function sizeOf({ text, reasoning = '' }: ChatResponse): number {
  return text.length + reasoning.length + 256;
}
