import { remembered } from '../../core/remembered.ts';

/** Comparing texts by their words: case, punctuation and spacing do not count. */

/** Words and numbers of a text in order; `1,234`, `a_b` and `x@y.z` are one each. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .replace(/(?<=\d),(?=\d{3}\b)/g, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+(?:[.@_:/-][\p{L}\p{N}]+)*/gu) ?? []
  );
}

/** Whether two texts have the same words in the same order; see {@link wordsOf}. */
export const sameWords = (a: string, b: string): boolean => wordsOf(a).join(' ') === wordsOf(b).join(' ');

/** A text to look words up in, one after another. */
export class WordedText {
  readonly #words: readonly string[];
  readonly #joined: string;
  readonly #runs = new Map<number, ReadonlySet<string>>();

  constructor(text: string) {
    this.#words = wordsOf(text);
    this.#joined = ` ${this.#words.join(' ')} `;
  }

  holds(wanted: readonly string[]): boolean {
    return wanted.length > 0 && this.#joined.includes(` ${wanted.join(' ')} `);
  }

  /** Its runs of so many words. */
  runs(length: number): ReadonlySet<string> {
    return remembered(this.#runs, length, () => new Set(runsOf(this.#words, length)));
  }
}

/** Every run of `length` words; all of them together where there are fewer. */
export function runsOf(words: readonly string[], length: number): string[] {
  if (words.length <= length) return words.length === 0 ? [] : [words.join(' ')];
  return Array.from({ length: words.length - length + 1 }, (_, at) => words.slice(at, at + length).join(' '));
}
