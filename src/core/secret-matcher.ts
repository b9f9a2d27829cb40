import { openEscapeAt, type Unescaped, unescapeOnce } from './escapes.ts';

/** What stands in place of a secret. */
export const redacted = '[redacted]';
/** Shorter ones are words (`EMPTY`, `ollama`), which servers without keys are given and answers may hold. */
export const shortestSecret = 8;
/** Enough of a secret's beginning to be told from chance, where the text was cut off within it. */
const leastCut = 8;
/** Encodings of a secret shorter than this are too likely to be chance. */
const leastForm = 8;
/** Escapes are taken off so many times: a gateway quotes in JSON what another had quoted in a URL. */
const mostLayers = 3;

/**
 * A secret in all the ways in which a server may quote it: as it is, in hex and base64 (also within what is
 * longer, `Bearer …`), and each of these with any of its characters escaped; see escapes.ts. Upper and lower case
 * are the same.
 */
export class SecretMatcher {
  readonly #forms: readonly string[];
  readonly #firsts: ReadonlySet<string>;
  readonly #longest: number;

  /** @param secrets those shorter than {@link shortestSecret} are not looked for. */
  constructor(secrets: readonly string[]) {
    const known = secrets.filter(({ length }) => length >= shortestSecret);
    this.#forms = [...new Set(known.flatMap(formsOf).map(lower))];
    this.#firsts = new Set(this.#forms.map((form) => form.charAt(0)));
    this.#longest = Math.max(0, ...this.#forms.map((form) => form.length));
  }

  get isEmpty(): boolean {
    return this.#forms.length === 0;
  }

  /** The text without secrets. */
  clean(text: string): string {
    if (this.isEmpty) return text;
    const found = [...layersOf(text)].flatMap((layer) => this.#in(layer));
    if (found.length === 0) return text;
    let clean = '';
    let end = 0;
    for (const [from, to] of found.sort(([a], [b]) => a - b)) {
      if (from >= end) clean += `${text.slice(end, from)}${redacted}`;
      end = Math.max(end, to);
    }
    return clean + text.slice(end);
  }

  /** The text without the beginning of a secret that it breaks off in. */
  closed(text: string): string {
    const end = this.openEnd(text, leastCut);
    return end < text.length ? `${text.slice(0, end)}${redacted}` : text;
  }

  /**
   * Where the longest end of the text begins that may be the beginning of a secret; its length where none may.
   * @param least so many characters of a secret, or more. Default 1, and then also of an escape.
   */
  openEnd(text: string, least = 1): number {
    let at = text.length;
    for (const layer of layersOf(text)) {
      const source = (index: number): number => layer.starts?.[index] ?? index;
      const cut = openEscapeAt(layer.text);
      // What is left open may be an escape, or a character as it is.
      for (const whole of cut === layer.text.length ? [layer.text] : [layer.text, layer.text.slice(0, cut)]) {
        const length = this.#beginning(whole);
        if (length >= least) at = Math.min(at, source(whole.length - length));
      }
      if (least === 1 && cut < layer.text.length) at = Math.min(at, source(cut));
    }
    return at;
  }

  #in({ text, starts }: Unescaped): [from: number, to: number][] {
    const found: [number, number][] = [];
    for (const form of this.#forms) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
        const end = at + form.length;
        found.push(starts === undefined ? [at, end] : [starts[at] ?? 0, starts[end] ?? 0]);
      }
    }
    return found;
  }

  /** Length of the longest end of the text that is the beginning of a form. */
  #beginning(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      if (!this.#firsts.has(text.charAt(text.length - length))) continue;
      const tail = text.slice(text.length - length);
      if (this.#forms.some((form) => form.length > length && form.startsWith(tail))) return length;
    }
    return 0;
  }
}

function* layersOf(text: string): Generator<Unescaped> {
  let layer: Unescaped | undefined = { text: lower(text) };
  for (let number = 0; layer !== undefined && number <= mostLayers; number++) {
    yield layer;
    const next: Unescaped | undefined = unescapeOnce(layer);
    layer = next && { ...next, text: lower(next.text) };
  }
}

/** Letters of ASCII alone, so that no position moves. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const encoded = [hex, ...[0, 1, 2].flatMap((offset) => base64Within(bytes, offset))];
  return [secret, ...encoded.filter((text) => text.length >= leastForm)];
}

/** The part of base64 that is the secret's alone, where `offset` bytes (modulo 3) stand before it. */
function base64Within(bytes: Uint8Array, offset: number): string[] {
  const whole = btoa(String.fromCharCode(...new Uint8Array(offset), ...bytes));
  const own = whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  const all = offset === 0 ? [whole, own] : [own];
  return all.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}
