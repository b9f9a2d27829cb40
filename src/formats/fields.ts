import { isRecord, own } from '../core/records.ts';
import type { ValuePath } from '../domain/validation.ts';
import type { Findings } from './findings.ts';
import type { JsonRecord } from './patch.ts';

/** The list that an object holds under a key; `undefined` where there is no list, or no object. */
export function listIn(value: unknown, key: string): readonly unknown[] | undefined {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : undefined;
}

/** Tells that a document has no such list under a key. */
export function tellNoList(document: unknown, key: string, findings: Findings, expected: string): void {
  if (isRecord(document)) findings.fault([key], document[key], expected);
  else findings.fault([], document, expected);
}

/** Reads the keys of one object, as leniently as Python programs do, and tells what it cannot take. */
export class Fields {
  readonly at: ValuePath;
  readonly #from: JsonRecord;
  readonly #findings: Findings;

  constructor(from: JsonRecord, at: ValuePath, findings: Findings) {
    this.#from = from;
    this.at = at;
    this.#findings = findings;
  }

  atOf(key: string): ValuePath {
    return [...this.at, key];
  }

  /** Whether a switch is on. */
  flag(key: string): boolean {
    return this.#get(key) === true;
  }

  tellUnknown(known: readonly string[], text = 'not read by mixtune; kept for an export'): void {
    for (const key of Object.keys(this.#from)) {
      if (!known.includes(key)) this.#findings.note(this.atOf(key), text);
    }
  }

  note(key: string, text: string): void {
    this.#findings.note(this.atOf(key), text);
  }

  #get(key: string): unknown {
    return own(this.#from, key);
  }

  /** `undefined` where the key is absent. @param nullIsAbsent a null counts as absent */
  text(key: string, nullIsAbsent = false): string | undefined {
    const value = this.#get(key);
    if (value === undefined || typeof value === 'string') return value;
    if (value !== null || !nullIsAbsent) this.#findings.fault(this.atOf(key), value, 'a string');
    return undefined;
  }

  /** Names of any kind become text. */
  name(): string | undefined {
    const value = this.#get('name');
    if (value === undefined || value === null || value === '') return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  /** A number from 0. @returns `initial` where the key is absent, `null` where it is null. */
  number(key: string, most: number, initial: number | null): number | null {
    const value = this.#get(key);
    if (value === undefined) return initial;
    if (value === null) return null;
    const number = asNumber(value);
    if (number !== undefined && number >= 0 && number <= most) return number;
    this.#findings.fault(this.atOf(key), value, `a number from 0 to ${most}`);
    return initial;
  }

  /** A whole number from 1; `null` where it is absent or null. @param zeroIsNone 0 counts as absent. */
  count(key: string, most = Number.MAX_SAFE_INTEGER, zeroIsNone = false): number | null {
    const value = this.#get(key);
    if (value === undefined || value === null || (zeroIsNone && value === 0)) return null;
    const number = asNumber(value);
    const whole = number === undefined ? Number.NaN : Math.trunc(number);
    if (whole >= 1 && whole <= most) return whole;
    const end = most === Number.MAX_SAFE_INTEGER ? ' of at least 1' : ` from 1 to ${most}`;
    this.#findings.fault(this.atOf(key), value, `a whole number${end}`);
    return null;
  }
}

/** A finite number, also written as a text, as Python's `float` takes it. */
function asNumber(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value))
    return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
