import { closeSync, existsSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { parsedJson } from '../../core/json.ts';
import { countSchema } from '../../domain/run-result-schema.ts';
import { openPlainFile, readPlainFile } from '../../models/plain-file.ts';
import type { RunEvent } from './events.ts';
import type { LostEvents } from './journal.ts';
import { seal, unseal } from './seal.ts';

/** What a journal's events come to, as far as must be known of events that are lost. */
export interface Tally {
  events: number;
  /** Of the last event, ms on the run's clock. */
  at: number;
  /** Calls dispatched, and the most that they can have cost together. */
  calls: number;
  tokensIn: number;
  tokensOut: number;
  usd: number;
  /** Calls among them whose price is unknown. */
  unpriced: number;
}

export function emptyTally(): Tally {
  return { events: 0, at: 0, calls: 0, tokensIn: 0, tokensOut: 0, usd: 0, unpriced: 0 };
}

export function addToTally(tally: Tally, event: RunEvent): void {
  tally.events++;
  tally.at = event.at;
  if (event.kind !== 'call-dispatched') return;
  const { tokensIn, tokensOut, usd } = event.reserved;
  tally.calls++;
  tally.tokensIn += tokensIn;
  tally.tokensOut += tokensOut;
  tally.usd += usd ?? 0;
  if (usd === null) tally.unpriced++;
}

/** What is in the one and not in the other, which is a beginning of it. */
export function lostBetween(all: Tally, kept: Tally): LostEvents {
  return {
    events: all.events - kept.events,
    calls: all.calls - kept.calls,
    tokensIn: all.tokensIn - kept.tokensIn,
    tokensOut: all.tokensOut - kept.tokensOut,
    usd: all.unpriced > kept.unpriced ? null : Math.max(0, all.usd - kept.usd),
    at: all.at,
  };
}

export interface Mark extends Readonly<Tally> {
  /** Damage was met after the journal had been opened. */
  readonly suspect: boolean;
}

/** Bytes of one of the two places that marks are written to by turns, so that a torn one leaves the other. */
const slot = 512;

/**
 * The high-water mark of a journal, in a file beside it: how much has been committed. SQLite drops the end of
 * a damaged write-ahead log without a word; the mark then stands above what the journal holds. It is
 * written after each commit, so a killed process leaves it at the journal's end or just below.
 */
export class JournalMark {
  readonly found: Mark | undefined;
  readonly #descriptor: number;
  #serial = 0;
  #last: Readonly<Tally> | undefined;

  constructor(journal: string) {
    const file = `${journal}-mark`;
    const known = existsSync(file);
    if (known) {
      const newest = newestOf(readMarks(file));
      this.#serial = newest?.serial ?? 0;
      this.found = newest?.mark;
      this.#last = newest?.mark;
    }
    this.#descriptor = openPlainFile(file, known ? 'change' : 'make');
  }

  write(tally: Readonly<Tally>): void {
    this.#write({ ...tally, suspect: false });
  }

  /** Has the journal looked through when it is opened again. */
  suspect(): void {
    try {
      this.#write({ ...(this.#last ?? emptyTally()), suspect: true });
    } catch {
      // Whoever meets the damage again says so again.
    }
  }

  #write(mark: Mark): void {
    const serial = ++this.#serial;
    const text = seal(JSON.stringify({ serial, mark }), '');
    writeSync(this.#descriptor, `${text.padEnd(slot - 1)}\n`, (serial % 2) * slot);
    this.#last = mark;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

const amount = z.number().min(0);
const serialMarkSchema = z.object({
  serial: countSchema,
  mark: z.object({
    events: countSchema,
    at: amount,
    calls: countSchema,
    tokensIn: amount,
    tokensOut: amount,
    usd: amount,
    unpriced: countSchema,
    suspect: z.boolean(),
  }) satisfies z.ZodType<Mark>,
});
type SerialMark = z.infer<typeof serialMarkSchema>;

/** What the mark beside a journal says; `undefined` where there is none that can be read. */
export function readMark(journal: string): Mark | undefined {
  const file = `${journal}-mark`;
  return existsSync(file) ? newestOf(readMarks(file))?.mark : undefined;
}

function newestOf(marks: readonly SerialMark[]): SerialMark | undefined {
  return marks.toSorted((a, b) => b.serial - a.serial)[0];
}

function readMarks(file: string): SerialMark[] {
  const text = readPlainFile(file);
  return [0, slot].flatMap((from) => {
    const whole = unseal(text.slice(from, from + slot).trimEnd(), '');
    const parsed = whole === undefined ? undefined : serialMarkSchema.safeParse(parsedJson(whole));
    return parsed?.success === true ? [parsed.data] : [];
  });
}
