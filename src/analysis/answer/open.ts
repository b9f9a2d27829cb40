import { join } from 'node:path';
import { journalName } from '../../run/run-folder.ts';
import { openSqliteJournal } from '../../run/sqlite-journal.ts';
import type { Manifest } from '../../run/types.ts';
import { type Answer, type AnswerOptions, answerRun } from './index.ts';

/** {@link answerRun} on a run's folder; its journal is only read. @throws InputError without a journal. */
export function answerRunFolder(
  folder: string,
  manifest: Manifest,
  options: Omit<AnswerOptions, 'settings'>,
): Answer {
  const journal = openSqliteJournal(join(folder, journalName), {
    flush: 'never',
    readOnly: true,
  });
  try {
    return answerRun(journal.events(), { ...options, settings: manifest.settings });
  } finally {
    journal.close();
  }
}
