import { escapePattern } from '../../core/escape-pattern.ts';
import { thinkingMarks } from '../../core/thinking.ts';

/** Blocks of thoughts: those that all readers know, and the channels of OpenAI's harmony but the final one. */
const thoughts = [
  ...thinkingMarks,
  { open: '<|channel|>analysis<|message|>', close: '<|end|>' },
  { open: '<|channel|>commentary<|message|>', close: '<|end|>' },
];

/** What may stand before the answer, also after a thought, and is no part of it. */
const headings: readonly string[] = [
  '<|START_RESPONSE|>',
  '<|begin_of_solution|>',
  '<|start|>assistant',
  '<|im_start|>assistant',
  '<|channel|>final<|message|>',
];

/** Control tokens that end a turn. What follows one is no answer: the model goes on with made-up turns. */
const ends: readonly string[] = [
  '<|im_end|>',
  '<|im_start|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|start_header_id|>',
  '<|end|>',
  '<|return|>',
  '<|start|>',
  '<|END_RESPONSE|>',
  '<|END_OF_TURN_TOKEN|>',
  '<|end_of_solution|>',
  '<|user|>',
  '<end_of_turn>',
  '<start_of_turn>',
  '<｜end▁of▁sentence｜>',
  '<｜User｜>',
];

const openings = [...thoughts.map(({ open }) => open), ...headings].map((mark) => mark.toLowerCase());
const closings = thoughts.map(({ close }) => close);
const longestMark = Math.max(...[...openings, ...closings, ...ends].map((mark) => mark.length));
const markStart = /[<[◁]/;
const quotes = '"\'`';
/** So many blanks before a mark, and it is none at the head. */
const longestLead = 256;

interface Parted {
  readonly reasoning: string;
  readonly text: string;
}

const nothing: Parted = { reasoning: '', text: '' };

/**
 * Parts leading thoughts from the answer while it streams, and ends the answer where a control token ends the
 * turn (one in quotes is talked about). Pieces may break anywhere, also inside a mark. Text without marks
 * passes unchanged.
 */
export class ThinkSplitter {
  #state: 'start' | 'thinking' | 'answer' | 'over' = 'start';
  #held = '';
  #close = '';
  /** A mark stood before: blanks after it are no part of the answer. */
  #marked = false;
  /** The character before what is held back. */
  #before = '';

  /** The turn has ended; whatever follows is dropped. */
  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Takes the next piece; returns what it adds to the reasoning and to the answer. */
  push(piece: string): Parted {
    if (this.#state === 'over') return nothing;
    this.#held += piece;
    let reasoning = '';
    while (this.#state === 'start' || this.#state === 'thinking') {
      if (this.#state === 'start') {
        if (!this.#begin()) return { reasoning, text: '' };
        continue;
      }
      const end = indexOfMark(this.#held, this.#close);
      if (end < 0) {
        return {
          reasoning: reasoning + this.#take(this.#held.length - partialTail(this.#held, [this.#close])),
          text: '',
        };
      }
      reasoning += this.#take(end);
      this.#held = this.#held.slice(this.#close.length);
      this.#state = 'start';
    }
    return { reasoning, text: this.#answer(false) };
  }

  /** What was held back for a mark that never came. */
  end(): Parted {
    if (this.#state === 'over') return nothing;
    if (this.#state === 'thinking') return { reasoning: this.#take(this.#held.length), text: '' };
    if (this.#state === 'start' && this.#marked) return nothing;
    this.#state = 'answer';
    return { reasoning: '', text: this.#answer(true) };
  }

  /** Goes on from the start if what is held tells how; false: more must come. */
  #begin(): boolean {
    const lead = this.#held.trimStart();
    const head = lead.slice(0, longestMark).toLowerCase();
    const open = openings.find((mark) => head.startsWith(mark));
    if (open !== undefined) {
      this.#marked = true;
      this.#held = lead.slice(open.length);
      const thought = thoughts.find((block) => block.open.toLowerCase() === open);
      if (thought !== undefined) {
        this.#close = thought.close;
        this.#state = 'thinking';
      }
      return true;
    }
    if (lead === '' && this.#marked) this.#held = '';
    if (this.#held.length < longestLead && openings.some((mark) => mark.startsWith(head))) return false;
    if (this.#marked) this.#held = lead;
    this.#state = 'answer';
    return true;
  }

  #answer(isLast: boolean): string {
    // All of the marks begin so.
    if (!this.#held.includes('<')) return this.#take(this.#held.length);
    for (let at = this.#held.search(endMark); at >= 0; ) {
      if (!isQuoted(this.#held, at, this.#before)) {
        const text = this.#take(at);
        this.#held = '';
        this.#state = 'over';
        return text;
      }
      const next = this.#held.slice(at + 1).search(endMark);
      at = next < 0 ? -1 : at + 1 + next;
    }
    const kept = isLast ? 0 : partialTail(this.#held, ends);
    return this.#take(this.#held.length - kept);
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    if (taken !== '') this.#before = taken.at(-1) ?? '';
    return taken;
  }
}

const endMark = new RegExp(ends.map(escapePattern).join('|'));
const closeMark = new RegExp(
  closings
    .filter((mark) => mark !== '<|end|>')
    .map(escapePattern)
    .join('|'),
  'g',
);

function indexOfMark(text: string, mark: string): number {
  return text.search(new RegExp(escapePattern(mark), 'i'));
}

function isQuoted(text: string, at: number, before: string): boolean {
  const previous = at > 0 ? (text[at - 1] ?? '') : before;
  return previous !== '' && quotes.includes(previous);
}

/**
 * Parts an answer at a closing mark that was never opened: some chat templates open the block in the
 * prompt, so that the model writes only its end. `undefined` where there is no such mark, or it is
 * only talked about (stands in quotes). To be asked of whole answers that had no leading block.
 */
export function splitAtLoneClose(text: string): Parted | undefined {
  for (const found of text.matchAll(closeMark)) {
    const [close] = found;
    const end = found.index + close.length;
    if (isQuoted(text, found.index, '') || quotes.includes(text[end] || ' ')) continue;
    const block = thoughts.find((mark) => mark.close === close.toLowerCase() || mark.close === close);
    if (block !== undefined && indexOfMark(text.slice(0, found.index), block.open) >= 0) return undefined;
    return { reasoning: text.slice(0, found.index), text: text.slice(end).trimStart() };
  }
  return splitHarmonyRemains(text);
}

/** Harmony's channels where a server took the control tokens out: `analysisWe add…assistantfinal15`. */
function splitHarmonyRemains(text: string): Parted | undefined {
  if (!/^(?:analysis|commentary)(?=[A-Z"'*\d])/.test(text)) return undefined;
  const final = text.lastIndexOf('assistantfinal');
  if (final < 0) return undefined;
  return {
    reasoning: text.slice(0, final).replace(/^(?:analysis|commentary)/, ''),
    text: text.slice(final + 'assistantfinal'.length),
  };
}

/** Length of the longest end of `text` that is a beginning of one of the marks. */
function partialTail(text: string, marks: readonly string[]): number {
  const most = Math.min(longestMark - 1, text.length);
  if (!markStart.test(text.slice(-most))) return 0;
  for (let length = most; length > 0; length--) {
    const tail = text.slice(-length).toLowerCase();
    if (marks.some((mark) => mark.length > length && mark.toLowerCase().startsWith(tail))) return length;
  }
  return 0;
}
