import type { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  type Fault,
  formatPath,
  inputError,
  type LineOf,
  shortly,
  type ValuePath,
} from '../domain/validation.ts';

/** Notes that are told one by one; of more their number is. */
const mostTold = 1000;

/** `normal`: losses are refused; `strict`: notes are refused too; `lossy`: losses are told and taken. */
export type ImportMode = 'normal' | 'strict' | 'lossy';

/** What a reader finds on its way through a document, and what comes of it in the end. */
export class Findings {
  readonly mode: ImportMode;
  readonly #faults: Fault[] = [];
  readonly #told: { readonly at: ValuePath; readonly text: string }[] = [];

  constructor(mode: ImportMode) {
    this.mode = mode;
  }

  /** Nothing can be made of it. */
  fault(at: ValuePath, found: unknown, expected: string): void {
    this.#faults.push({ at, found: typeof found === 'string' ? found : shortly(found), expected });
  }

  /** mixtune has no counterpart; refused unless losses are allowed. */
  loss(at: ValuePath, found: string, expected: string): void {
    if (this.mode === 'lossy') this.#told.push({ at, text: `lost: ${found} (expected ${expected})` });
    else this.#faults.push({ at, found, expected: `${expected}, or --lossy to go on without it` });
  }

  /** What people should know; the behaviour is the same, or follows a documented choice. */
  note(at: ValuePath, text: string): void {
    if (this.mode === 'strict')
      this.#faults.push({ at, found: text, expected: 'nothing to note (--strict)' });
    else this.#told.push({ at, text });
  }

  get hasFaults(): boolean {
    return this.#faults.length > 0;
  }

  /** All notes with their places, or all faults. */
  outcome(source: string, lineOf?: LineOf): Result<readonly string[], InputError> {
    if (this.#faults.length > 0) return err(inputError(source, this.#faults.slice(0, 20), lineOf));
    const told = this.#told.slice(0, mostTold).map(({ at, text }) => {
      const line = lineOf?.(at);
      const place = line === undefined ? source : `${source}:${line}`;
      return `${place}${at.length === 0 ? '' : ` at ${formatPath(at)}`}: ${text}`;
    });
    const more = this.#told.length - told.length;
    return ok(more === 0 ? told : [...told, `${source}: ${more} more, which are not listed`]);
  }
}
