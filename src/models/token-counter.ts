import { elementAt } from '../core/element-at.ts';
import { float64At } from '../core/linear.ts';
import { keysOf } from '../core/records.ts';

/**
 * Tokens that characters cost, fitted to the o200k tokenizer on half of the texts of test/experiments/results.md (the other
 * half says how far it is off). A run is a sequence of characters of one kind.
 */
const cost = {
  /** A word's first four letters, after a space or not. */
  spacedWord: 0.9,
  bareWord: 0.67,
  fifthLetter: 0.34,
  /** Each letter from the tenth on. */
  laterLetter: 0.47,
  accent: 1.01,
  capital: 0.3,
  /** Up to three digits, after a space or not. */
  spacedDigits: 2.42,
  digits: 1.33,
  spaces: 0.5,
  newlines: 0.82,
  /** The first of a run of punctuation, after a space or not, and each that differs from the one before. */
  spacedMark: 0.96,
  mark: 0.54,
  otherMark: 0.39,
} as const;

/** Of other scripts: what a run of characters costs, and each of them (each unit of UTF-16). */
const scripts = {
  greek: [0.43, 0.33],
  cyrillic: [0.81, 0.16],
  armenian: [0.76, 0.2],
  hebrew: [0.65, 0.32],
  arabic: [0.67, 0.21],
  devanagari: [0.64, 0.2],
  indic: [0.2, 0.35],
  thai: [2.02, 0.36],
  burmese: [0.69, 0.5],
  georgian: [0, 0.31],
  ethiopic: [0.73, 1.99],
  han: [0.7, 0.73],
  kana: [0.62, 0.33],
  hangul: [0.64, 0.54],
  wide: [0.69, 0.5],
  symbol: [0.4, 0.6],
  other: [0.5, 0.5],
} as const satisfies Record<string, readonly [run: number, each: number]>;

type Kind = 'letter' | keyof typeof scripts;

/** Ends (exclusive) of Unicode's blocks, by kind. */
const blocks: readonly (readonly [number, Kind])[] = [
  [0xc0, 'symbol'],
  [0x250, 'letter'],
  [0x370, 'other'],
  [0x400, 'greek'],
  [0x530, 'cyrillic'],
  [0x590, 'armenian'],
  [0x600, 'hebrew'],
  [0x900, 'arabic'],
  [0x980, 'devanagari'],
  [0xe00, 'indic'],
  [0xe80, 'thai'],
  [0x1000, 'other'],
  [0x10a0, 'burmese'],
  [0x1100, 'georgian'],
  [0x1200, 'hangul'],
  [0x1400, 'ethiopic'],
  [0x1e00, 'other'],
  [0x1f00, 'letter'],
  [0x2000, 'greek'],
  [0x2e80, 'symbol'],
  [0x3040, 'wide'],
  [0x3100, 'kana'],
  [0x3400, 'wide'],
  [0xa000, 'han'],
  [0xac00, 'other'],
  [0xd7b0, 'hangul'],
  [0xff00, 'other'],
  [0xfff0, 'wide'],
  [0x10000, 'other'],
];

// Numbers in place of names, since every character of every prompt and answer passes here.
const letter = 0;
const digit = 1;
const space = 2;
const newline = 3;
const mark = 4;
const scriptNames = keysOf(scripts);
const scriptCosts = scriptNames.map((name) => scripts[name]);
const runCosts = Float64Array.from([0, 0, 0, 0, 0, ...scriptCosts.map(([run]) => run)]);
const eachCosts = Float64Array.from([0, 0, 0, 0, 0, ...scriptCosts.map(([, each]) => each)]);

/** The kind of every UTF-16 unit. */
const kinds = new Uint8Array(0x10000);
for (let code = 0; code < 128; code++) kinds[code] = asciiKind(String.fromCharCode(code));
let start = 128;
for (const [end, kind] of blocks) {
  kinds.fill(kind === 'letter' ? letter : mark + 1 + scriptNames.indexOf(kind), start, end);
  start = end;
}

function asciiKind(char: string): number {
  if (/[A-Za-z]/.test(char)) return letter;
  if (/\d/.test(char)) return digit;
  if (/[ \t]/.test(char)) return space;
  return /[\n\r]/.test(char) ? newline : mark;
}

/** Tokenizers have tokens for runs of equal characters: from the fifth on, so many cost one. */
const equalRun = 8;
const spaceRun = 64;

/**
 * Counts tokens about as the o200k tokenizer would, in time linear in the text and in constant memory. The
 * text may come in pieces that break anywhere.
 */
export class TokenCounter {
  #tokens = 0;
  #kind = -1;
  #previous = -1;
  /** Characters of the present run, and equal ones at its end. */
  #run = 0;
  #equal = 0;
  /** A space stood before the present run. */
  #spaced = false;
  /** A lower-case letter stood in the present word. */
  #lower = false;

  get tokens(): number {
    return this.#tokens === 0 ? 0 : Math.max(1, Math.round(this.#tokens));
  }

  push(text: string): void {
    let kind = this.#kind;
    let previous = this.#previous;
    let run = this.#run;
    let equal = this.#equal;
    let spaced = this.#spaced;
    let lower = this.#lower;
    let tokens = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const now = elementAt(kinds, code);
      const upper = now === letter && code <= 90;
      equal = code === previous ? equal + 1 : 0;
      previous = code;
      // `camelCase` is two words.
      if (now !== kind || (upper && lower)) {
        spaced = kind === space;
        run = 0;
        lower = false;
        kind = now;
      }
      run++;
      if (now === letter) {
        if (!upper) lower = true;
        tokens += equal >= 4 ? ofEqual(equal) : ofLetter(code, run, spaced, upper);
      } else if (now > mark) {
        tokens += float64At(eachCosts, now) + (run === 1 ? float64At(runCosts, now) : 0);
      } else if (now === mark) {
        if (run === 1) tokens += spaced ? cost.spacedMark : cost.mark;
        else tokens += equal === 0 ? cost.otherMark : ofEqual(equal);
      } else tokens += ofBlankOrDigit(now, run, spaced);
    }
    this.#tokens += tokens;
    this.#kind = kind;
    this.#previous = previous;
    this.#run = run;
    this.#equal = equal;
    this.#spaced = spaced;
    this.#lower = lower;
  }
}

function ofLetter(code: number, run: number, spaced: boolean, upper: boolean): number {
  const accent = code < 128 ? 0 : cost.accent;
  if (run === 1) return accent + (spaced ? cost.spacedWord : cost.bareWord);
  const later = run === 5 ? cost.fifthLetter : run > 9 ? cost.laterLetter : 0;
  return accent + later + (upper ? cost.capital : 0);
}

function ofBlankOrDigit(kind: number, run: number, spaced: boolean): number {
  if (kind === digit) return run % 3 !== 1 ? 0 : run === 1 && spaced ? cost.spacedDigits : cost.digits;
  if (kind === space) return run === 2 || run % spaceRun === 0 ? cost.spaces : 0;
  return run === 1 || run % equalRun === 0 ? cost.newlines : 0;
}

function ofEqual(equal: number): number {
  return equal % equalRun === 4 ? 1 : 0;
}

export function countTokens(text: string): number {
  const counter = new TokenCounter();
  counter.push(text);
  return counter.tokens;
}
