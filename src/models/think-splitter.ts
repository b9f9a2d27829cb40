const open = '<think>';
const close = '</think>';

/**
 * Parts a leading `<think>…</think>` block from the answer while it streams. Pieces may break
 * anywhere, also inside a tag. Text without the block passes unchanged.
 */
export class ThinkSplitter {
  #state: 'start' | 'thinking' | 'after' | 'answer' = 'start';
  #held = '';

  /** Takes the next piece; returns what it adds to the reasoning and to the answer. */
  push(piece: string): { reasoning: string; text: string } {
    if (this.#state === 'answer') return { reasoning: '', text: piece };
    this.#held += piece;
    let reasoning = '';
    if (this.#state === 'start') {
      const lead = this.#held.trimStart();
      if (lead !== open && open.startsWith(lead)) return { reasoning: '', text: '' };
      if (!lead.startsWith(open)) return { reasoning: '', text: this.#release() };
      this.#state = 'thinking';
      this.#held = lead.slice(open.length);
    }
    if (this.#state === 'thinking') {
      const end = this.#held.indexOf(close);
      if (end < 0) return { reasoning: this.#takeAllBut(partialTail(this.#held, close)), text: '' };
      reasoning = this.#held.slice(0, end);
      this.#held = this.#held.slice(end + close.length);
      this.#state = 'after';
    }
    this.#held = this.#held.trimStart();
    if (this.#held === '') return { reasoning, text: '' };
    return { reasoning, text: this.#release() };
  }

  /** What was held back for a tag that never came. */
  end(): { reasoning: string; text: string } {
    if (this.#state === 'thinking') return { reasoning: this.#takeAllBut(0), text: '' };
    return { reasoning: '', text: this.#state === 'after' ? '' : this.#release() };
  }

  #release(): string {
    this.#state = 'answer';
    return this.#takeAllBut(0);
  }

  #takeAllBut(kept: number): string {
    const cut = this.#held.length - kept;
    const taken = this.#held.slice(0, cut);
    this.#held = this.#held.slice(cut);
    return taken;
  }
}

/** Length of the longest end of `text` that is a beginning of `tag`. */
function partialTail(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (tag.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
