/**
 * Breaks a text that comes in pieces between words, for a terminal of so many columns, which breaks lines anywhere. A word
 * is held back until it ends; one that is longer than a line goes on as it comes. Nothing but spaces is taken away.
 */
export class WordWrap {
  readonly #width: number;
  /** Columns of the line that are written. */
  #column = 0;
  #spaces = '';
  #word = '';
  /** The word is longer than a line, and a part of it is written. */
  #isLong = false;

  constructor(width: number) {
    this.#width = width;
  }

  /** What is to be written now. */
  take(text: string): string {
    let out = '';
    for (const letter of text) {
      if (letter === ' ' || letter === '\n') {
        out += this.end();
        this.#isLong = false;
        if (letter === ' ') this.#spaces += letter;
        else {
          out += `${this.#spaces}\n`;
          this.#spaces = '';
          this.#column = 0;
        }
      } else {
        this.#word += letter;
        if (this.#isLong || this.#word.length >= this.#width) {
          out += this.end();
          this.#isLong = true;
        }
      }
    }
    return out;
  }

  /** What is held back of a word; more of it may come. */
  end(): string {
    const word = this.#word;
    if (word === '') return '';
    const behind = this.#column + this.#spaces.length + word.length;
    const isBroken = behind > this.#width && this.#column > 0 && this.#spaces !== '';
    const written = isBroken ? `\n${word}` : `${this.#spaces}${word}`;
    // The terminal breaks what is longer than a line.
    const columns = isBroken ? word.length : behind;
    this.#column = columns > this.#width ? columns % this.#width : columns;
    this.#spaces = '';
    this.#word = '';
    return written;
  }
}
