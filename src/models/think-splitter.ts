/** What models write around their reasoning; a block ends with the tag it began with. */
const tagNames = ['think', 'thinking', 'thought'] as const;
const openings = tagNames.map((name) => `<${name}>`);

/**
 * Parts a leading `<think>…</think>` block from the answer while it streams. Pieces may break
 * anywhere, also inside a tag. Text without the block passes unchanged.
 */
export class ThinkSplitter {
  #state: 'start' | 'thinking' | 'after' | 'answer' = 'start';
  #held = '';
  #close = '';

  /** Takes the next piece; returns what it adds to the reasoning and to the answer. */
  push(piece: string): { reasoning: string; text: string } {
    if (this.#state === 'answer') return { reasoning: '', text: piece };
    this.#held += piece;
    let reasoning = '';
    if (this.#state === 'start') {
      const lead = this.#held.trimStart();
      const open = openings.find((tag) => lead.startsWith(tag));
      if (open === undefined) {
        const mayBecomeOne = openings.some((tag) => tag.startsWith(lead));
        return { reasoning: '', text: mayBecomeOne ? '' : this.#release() };
      }
      this.#state = 'thinking';
      this.#close = open.replace('<', '</');
      this.#held = lead.slice(open.length);
    }
    if (this.#state === 'thinking') {
      const end = this.#held.indexOf(this.#close);
      if (end < 0) return { reasoning: this.#takeAllBut(partialTail(this.#held, this.#close)), text: '' };
      reasoning = this.#held.slice(0, end);
      this.#held = this.#held.slice(end + this.#close.length);
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

/**
 * Parts an answer at a closing tag that was never opened: some chat templates open the block in the
 * prompt, so that the model writes only its end. `undefined` where there is no such tag, or it is
 * only talked about (stands in quotes). To be asked of whole answers that had no leading block.
 */
export function splitAtLoneClose(text: string): { reasoning: string; text: string } | undefined {
  const tag = /(?<!["'`])<\/(think|thinking|thought)>(?!["'`])/.exec(text);
  if (tag === null || text.slice(0, tag.index).includes(`<${tag[1]}>`)) return undefined;
  return { reasoning: text.slice(0, tag.index), text: text.slice(tag.index + tag[0].length).trimStart() };
}

/** Length of the longest end of `text` that is a beginning of `tag`. */
function partialTail(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (tag.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
