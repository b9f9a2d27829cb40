import { formsOf } from '../core/redact.ts';

const mask = '[redacted]';
/** Shorter keys are words (`EMPTY`, `ollama`) that servers without keys are given, and answers may hold. */
const shortestKey = 8;

/** Takes known keys out of text that may come in pieces. */
export interface SecretMask {
  /** The piece without keys; an end that may be the beginning of a key is held back. */
  push(piece: string): string;
  /** What was held back. */
  end(): string;
}

/** Makes masks for the streams of one answer; it costs nothing where there is no key to hide. */
export class SecretForms {
  readonly #forms: readonly string[];
  readonly #firsts: ReadonlySet<string>;
  readonly #longest: number;

  /** @param keys as they are sent; written as they are, in percent encoding, base64 (also within more) and hex. */
  constructor(keys: readonly string[]) {
    const all = [...new Set(keys.filter((key) => key.length >= shortestKey).flatMap(formsOf))];
    // In a stream one that begins with another is never seen whole.
    this.#forms = all.filter((form) => !all.some((other) => other !== form && form.startsWith(other)));
    this.#firsts = new Set(this.#forms.map((form) => form.charAt(0)));
    this.#longest = Math.max(0, ...this.#forms.map((form) => form.length));
  }

  /** A whole text without keys. */
  clean(text: string): string {
    let clean = text;
    for (const form of this.#forms) clean = clean.replaceAll(form, mask);
    return clean;
  }

  mask(): SecretMask {
    if (this.#forms.length === 0) return { push: (piece) => piece, end: () => '' };
    let held = '';
    return {
      push: (piece) => {
        const text = this.clean(held + piece);
        const keep = this.#beginning(text);
        held = text.slice(text.length - keep);
        return text.slice(0, text.length - keep);
      },
      end: () => held,
    };
  }

  /** Length of the longest end of the text that is the beginning of a key. */
  #beginning(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      if (!this.#firsts.has(text.charAt(text.length - length))) continue;
      const tail = text.slice(text.length - length);
      if (this.#forms.some((form) => form.length > length && form.startsWith(tail))) return length;
    }
    return 0;
  }
}
