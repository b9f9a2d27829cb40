import { join } from 'node:path';
import { InputError, MixtuneError, messageOf } from '../../core/errors.ts';
import { TrialBook } from '../../search/trial-book.ts';
import { foldEvents, type RunState } from '../run-state.ts';
import type { Manifest } from '../types.ts';
import { openSqliteJournal, type SqliteJournal } from './sqlite-journal.ts';

export const journalName = 'journal.sqlite';

/** A run's journal, opened to be read only. @throws InputError, JournalDamagedError */
export function openJournalOf(folder: string): SqliteJournal {
  return openSqliteJournal(join(folder, journalName), { flush: 'never', readOnly: true });
}

/**
 * Works on events that a journal holds. Their rows are as they were written, which says nothing of who wrote them:
 * what does not follow from them is the journal's fault.
 * @throws InputError
 */
export function fromEvents<Value>(folder: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof MixtuneError) throw error;
    throw brokenHistory(folder, error);
  }
}

export function brokenHistory(folder: string, cause: unknown): InputError {
  const expected = "a run's events as mixtune writes them, whole and in order";
  const issue = { path: 'events', expected, found: messageOf(cause) };
  return new InputError(join(folder, journalName), issue, { cause });
}

/** Shows what a run's journal comes to, without changing it; the state may be used only while `look` runs. */
export function lookIntoJournal<Value>(
  folder: string,
  manifest: Manifest,
  look: (state: RunState, book: TrialBook, journal: SqliteJournal) => Value,
): Value {
  const journal = openJournalOf(folder);
  try {
    return fromEvents(folder, () => {
      const state = foldEvents(journal.events());
      const book = new TrialBook(state, manifest.settings);
      for (const trial of state.trials) book.changed(trial);
      return look(state, book, journal);
    });
  } finally {
    journal.close();
  }
}
