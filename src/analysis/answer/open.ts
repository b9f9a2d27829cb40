import { fromEvents, openJournalOf } from '../../run/journal/look-into-journal.ts';
import type { Manifest } from '../../run/types.ts';
import { type Answer, type AnswerOptions, answerRun } from './index.ts';

/** {@link answerRun} on a run's folder; its journal is only read. @throws InputError without a journal. */
export function answerRunFolder(
  folder: string,
  manifest: Manifest,
  options: Omit<AnswerOptions, 'settings'>,
): Answer {
  const journal = openJournalOf(folder);
  try {
    return fromEvents(folder, () => answerRun(journal.events(), { ...options, settings: manifest.settings }));
  } finally {
    journal.close();
  }
}
