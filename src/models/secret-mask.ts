import { SecretMatcher } from '../core/secret-matcher.ts';

/** Takes known keys out of text that may come in pieces. */
export interface SecretMask {
  /** The piece without keys; an end that may be the beginning of a key is held back. */
  push(piece: string): string;
  /** What was held back, without the beginning of a key that the text breaks off in. */
  end(): string;
}

/** Makes masks for the streams of one answer; it costs nothing where there is no key to hide. */
export class SecretForms {
  readonly #matcher: SecretMatcher;

  /** @param keys as they are sent. */
  constructor(keys: readonly string[]) {
    this.#matcher = new SecretMatcher(keys);
  }

  /** A whole text without keys. */
  clean(text: string): string {
    return this.#matcher.clean(text);
  }

  mask(): SecretMask {
    if (this.#matcher.isEmpty) return { push: (piece) => piece, end: () => '' };
    let held = '';
    return {
      push: (piece) => {
        if (piece === '') return '';
        const text = this.clean(held + piece);
        const end = this.#matcher.openEnd(text);
        held = text.slice(end);
        return text.slice(0, end);
      },
      end: () => {
        const rest = this.#matcher.closed(held);
        held = '';
        return rest;
      },
    };
  }
}
