import type Database from 'libsql';
import { codeOf, InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { isDamage, isOfDisk } from '../../models/call-store/sqlite-damage.ts';
import type { JournalDamage, LostEvents } from './journal.ts';
import { notAJournal, openForWriting } from './journal-database.ts';
import { addToTally, emptyTally, JournalMark, lostBetween, type Mark, type Tally } from './journal-mark.ts';
import { JournalDamagedError, JournalRows, JournalWriteError, mayFit } from './journal-rows.ts';
import { salvageJournal } from './journal-salvage.ts';
import { prepareSchema, readVersion, schemaVersion } from './journal-schema.ts';

/** A journal that can be gone on with. */
export interface OpenJournal {
  readonly database: Database.Database;
  readonly rows: JournalRows;
  readonly mark: JournalMark;
  /** What its events come to; to be kept in step. */
  readonly tally: Tally;
  /** What was found when it was opened. */
  readonly damage?: JournalDamage;
  close(): void;
}

/**
 * Opens a journal to go on with, or makes it. One that is damaged is first replaced by what is whole of it,
 * as long as its mark tells what it held; without the mark it is refused.
 */
export function openWhole(file: string): OpenJournal {
  const mark = new JournalMark(file);
  try {
    return opened(file, mark, mark.found?.suspect === true);
  } catch (error) {
    mark.close();
    throw asOpenError(file, error);
  }
}

function opened(file: string, mark: JournalMark, salvage: boolean): OpenJournal {
  const setAside = salvage ? salvageJournal(file, mark.found) : undefined;
  try {
    return lookThrough(file, mark, { setAside, salvaged: salvage });
  } catch (error) {
    const isDamaged = error instanceof JournalDamagedError || isDamage(error);
    if (salvage || !isDamaged || mark.found === undefined) throw error;
    return opened(file, mark, true);
  }
}

interface Salvage {
  readonly salvaged: boolean;
  readonly setAside: string | undefined;
}

function lookThrough(file: string, mark: JournalMark, { salvaged, setAside }: Salvage): OpenJournal {
  const { database, close } = openForWriting(file);
  try {
    const { found } = mark;
    const version = readVersion(database);
    if (found !== undefined && Number.isNaN(version))
      throw new JournalDamagedError(file, 'no schema version');
    // Something else may hide it, a log of another data base for one: what is below it is to be found first.
    if (!salvaged && version === undefined && (found?.events ?? 0) > 0)
      throw new JournalDamagedError(file, 'its tables are missing');
    // An older journal has no mark yet: it is written first, lest it looks as if it had been lost.
    const isOlder = version !== undefined && version < schemaVersion;
    if (!isOlder) prepareSchema(database, file);
    const rows = new JournalRows(database, (what, cause) => {
      mark.suspect();
      throw new JournalDamagedError(file, what, { cause });
    });
    if (found !== undefined && !mayFit(rows, found))
      throw new JournalDamagedError(file, 'it holds the events of another run');
    const { tally, missing } = compare(rows, isOlder ? undefined : found);
    if (missing === undefined) mark.write(tally);
    if (isOlder) prepareSchema(database, file);
    const isUnmarked = !isOlder && found === undefined && tally.events > 0;
    const lost = isUnmarked ? undefined : (missing ?? lostBetween(tally, tally));
    const isWhole = missing === undefined && setAside === undefined && !isUnmarked;
    return {
      ...{ database, rows, mark, tally },
      ...(isWhole ? {} : { damage: { lost, setAside } }),
      close: () => {
        close();
        mark.close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** What the journal's events come to, and what is missing of those that the mark has seen. */
function compare(
  rows: JournalRows,
  found: Mark | undefined,
): { readonly tally: Tally; readonly missing?: LostEvents } {
  const tally = emptyTally();
  if (found !== undefined && rows.count() >= found.events) {
    const { suspect: _suspect, ...marked } = found;
    Object.assign(tally, marked);
    for (const event of rows.events(found.events)) addToTally(tally, event);
    return { tally };
  }
  for (const event of rows.events()) addToTally(tally, event);
  return found === undefined ? { tally } : { tally, missing: lostBetween(found, tally) };
}

function asOpenError(file: string, error: unknown): unknown {
  if (error instanceof JournalDamagedError || isDamage(error)) {
    if (codeOf(error) === 'SQLITE_NOTADB') return notAJournal(file, messageOf(error));
    return new InputError(file, {
      expected: "a run's journal that is whole, or its mark (journal.sqlite-mark), which tells what is lost",
      found: `damage (${error instanceof JournalDamagedError ? error.what : messageOf(error)}), and no mark`,
    });
  }
  if (isOfDisk(error)) return new JournalWriteError(file, error);
  return error instanceof MixtuneError ? error : notAJournal(file, messageOf(error));
}
