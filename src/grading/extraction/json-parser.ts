/** Levels of lists and objects that are read; nothing sound is deeper, and what recurses over a value stays safe. */
const deepestJson = 200;

/** A value read from text, and how. */
export interface ParsedJson {
  readonly value: unknown;
  /** As `value`, but a number that a double cannot hold (20 digits, `1e999`) is its text. */
  readonly exact: unknown;
  /** Index after the value. */
  readonly end: number;
  /** `strict`: JSON to the letter. `cut`: the text ended inside of it. */
  readonly form: 'strict' | 'repaired' | 'cut';
}

/** No value stood there; what was read ended at `end`. */
export interface NoJson {
  readonly value: undefined;
  readonly end: number;
}

/**
 * Reads the value at `start` as JSON and as what models write for it: trailing and missing commas, comments,
 * Python's literals and quotes, typographic quotes, keys without quotes, raw line ends in strings, an end
 * that was cut off. One pass, linear in the value's length.
 */
export function parseJsonAt(text: string, start: number): ParsedJson | NoJson {
  const reader = new JsonReader(text, start);
  const exact = reader.value(0);
  if (exact === undefined) return { value: undefined, end: reader.at };
  const value = reader.hasLongNumbers ? withDoubles(exact) : exact;
  const end = reader.at;
  const form = reader.isCut ? 'cut' : reader.isRepaired ? 'repaired' : 'strict';
  return { value, exact: reader.hasLongNumbers ? withTexts(exact) : exact, end, form };
}

/** A number whose digits a double would change. */
class LongNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const closingQuotes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”“"',
  '”': '”"',
  '„': '“”"',
  '‘': '’‘',
  '’': '’',
};
const constants: Readonly<Record<string, boolean | null>> = {
  true: true,
  false: false,
  null: null,
  True: true,
  False: false,
  None: null,
  NaN: null,
  undefined: null,
};
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class JsonReader {
  at: number;
  isRepaired = false;
  isCut = false;
  hasLongNumbers = false;
  readonly #text: string;

  constructor(text: string, start: number) {
    this.#text = text;
    this.at = start;
  }

  /** The value here, or `undefined`. */
  value(depth: number): unknown {
    const first = this.#text[this.at] ?? '';
    if (first === '{') return depth >= deepestJson ? undefined : this.#object(depth + 1);
    if (first === '[' || first === '(') return depth >= deepestJson ? undefined : this.#list(depth + 1);
    if (closingQuotes[first] !== undefined) return this.#string();
    return this.#number() ?? this.#constant();
  }

  #object(depth: number): unknown {
    const object: Record<string, unknown> = {};
    this.at++;
    for (let isFirst = true; ; isFirst = false) {
      const next = this.#toNextItem('}', isFirst);
      if (next !== 'item') return next === 'end' ? object : undefined;
      const key = closingQuotes[this.#text[this.at] ?? ''] === undefined ? this.#bareKey() : this.#string();
      if (key === undefined) return undefined;
      this.#skipBlanks();
      if (this.#ended()) return object;
      if (this.#text[this.at] !== ':') return undefined;
      this.at++;
      this.#skipBlanks();
      if (this.#ended()) return object;
      const value = this.value(depth);
      if (value === undefined) return undefined;
      // A plain assignment to `__proto__` would change the object's prototype.
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }

  #list(depth: number): unknown {
    const close = this.#text[this.at] === '(' ? ')' : ']';
    if (close === ')') this.isRepaired = true;
    const items: unknown[] = [];
    this.at++;
    for (let isFirst = true; ; isFirst = false) {
      const next = this.#toNextItem(close, isFirst);
      if (next !== 'item') return next === 'end' ? items : undefined;
      const value = this.value(depth);
      if (value === undefined) return undefined;
      items.push(value);
    }
  }

  /** Passes blanks and one comma; a comma too many or too few is a repair. */
  #toNextItem(close: string, isFirst: boolean): 'item' | 'end' | 'fault' {
    this.#skipBlanks();
    let commas = 0;
    while (this.#text[this.at] === ',') {
      commas++;
      this.at++;
      this.#skipBlanks();
    }
    if (this.#ended()) return 'end';
    const isEnd = this.#text[this.at] === close;
    if (commas !== (isFirst || isEnd ? 0 : 1)) this.isRepaired = true;
    if (commas > 1 || (isFirst && commas > 0)) return 'fault';
    if (!isEnd) return 'item';
    this.at++;
    return 'end';
  }

  #ended(): boolean {
    if (this.at < this.#text.length) return false;
    this.isCut = true;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const character = this.#text[this.at];
      if (character === ' ' || character === '\n' || character === '\t' || character === '\r') this.at++;
      else if (character === '\u00a0' || character === '\ufeff') this.#repair(1);
      else if (character === '#' || this.#text.startsWith('//', this.at)) this.#skipTo('\n');
      else if (this.#text.startsWith('/*', this.at)) this.#skipTo('*/');
      else return;
    }
  }

  #repair(length: number): void {
    this.isRepaired = true;
    this.at += length;
  }

  #skipTo(mark: string): void {
    const end = this.#text.indexOf(mark, this.at + 1);
    this.#repair((end < 0 ? this.#text.length : end + mark.length) - this.at);
  }

  #bareKey(): string | undefined {
    const key = this.#match(/[\p{L}_$][\p{L}\p{N}_$-]{0,99}|\d{1,20}/uy);
    if (key !== undefined) this.isRepaired = true;
    return key;
  }

  #string(): string {
    const open = this.#text.charAt(this.at);
    const closing = closingQuotes[open] as string;
    if (open !== '"') this.isRepaired = true;
    this.at++;
    const parts: string[] = [];
    let from = this.at;
    for (; this.at < this.#text.length; this.at++) {
      const character = this.#text.charAt(this.at);
      if (character === '\\') {
        parts.push(this.#text.slice(from, this.at), this.#escape());
        from = this.at + 1;
      } else if (closing.includes(character) && this.#closesHere()) {
        parts.push(this.#text.slice(from, this.at));
        this.at++;
        return parts.join('');
      } else if (character < ' ' || character === open) this.isRepaired = true;
    }
    this.isCut = true;
    parts.push(this.#text.slice(from));
    return parts.join('');
  }

  /** The character of an escape; leaves `at` on its last character. */
  #escape(): string {
    const next = this.#text[++this.at] ?? '';
    const code = next === 'u' ? /^[\da-f]{4}$/i.exec(this.#text.slice(this.at + 1, this.at + 5)) : null;
    if (code !== null) {
      this.at += 4;
      return String.fromCharCode(Number.parseInt(code[0], 16));
    }
    if (!/["\\/bfnrt]/.test(next)) this.isRepaired = true;
    return escapes[next] ?? next;
  }

  /** A quote ends its string where the value could go on after it; others are part of what is said. */
  #closesHere(): boolean {
    let index = this.at + 1;
    let brokenLine = false;
    for (; index < this.#text.length; index++) {
      const character = this.#text.charAt(index);
      if (character === '\n') brokenLine = true;
      else if (character !== ' ' && character !== '\t' && character !== '\r') break;
    }
    const next = this.#text[index];
    return (
      next === undefined || ',:}])#/'.includes(next) || (brokenLine && closingQuotes[next] !== undefined)
    );
  }

  #number(): number | LongNumber | undefined {
    const found = this.#match(/[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\p{L}\p{N}_.])/uy);
    if (found === undefined) return undefined;
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(found)) this.isRepaired = true;
    const text = found.replaceAll('_', '');
    const value = Number(text);
    const digits = text
      .replace(/[eE].*$/, '')
      .replaceAll(/[^\d]/g, '')
      .replace(/^0+/, '');
    if (Number.isFinite(value) && digits.length <= 15) return value;
    this.hasLongNumbers = true;
    return Number.isFinite(value) && String(value) === text ? value : new LongNumber(text);
  }

  #constant(): boolean | null | undefined {
    const word = this.#match(/[A-Za-z]{4,9}(?![\p{L}\p{N}_])|NaN/uy);
    if (word === undefined || !Object.hasOwn(constants, word)) return undefined;
    if (!['true', 'false', 'null'].includes(word)) this.isRepaired = true;
    return constants[word];
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null || match[0] === '') return undefined;
    this.at += match[0].length;
    return match[0];
  }
}

function withDoubles(node: unknown): unknown {
  return mapped(node, (number) => Number(number.text));
}

function withTexts(node: unknown): unknown {
  return mapped(node, (number) => number.text);
}

function mapped(node: unknown, change: (number: LongNumber) => unknown): unknown {
  if (node instanceof LongNumber) return change(node);
  if (Array.isArray(node)) return node.map((item) => mapped(item, change));
  if (typeof node !== 'object' || node === null) return node;
  const result = Object.entries(node).map(([key, value]) => [key, mapped(value, change)]);
  return Object.fromEntries(result);
}
