import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuseUnlessPlain } from '../../models/plain-file.ts';

/** The files of a run's folder, with those that are there for a moment only. */
const names = [
  '(?:manifest|front|best|lock|worth)\\.json(?:\\.part)?',
  'report\\.html(?:\\.part)?',
  'run\\.log',
  'run\\.lock(?:-wal|-shm|-journal)?',
  'journal\\.sqlite(?:-wal|-shm|-journal|-mark)?',
  'journal\\.sqlite\\.damaged-\\d+(?:-wal)?',
  '(?:front|best)\\.damaged-\\d+\\.json',
];
const ours = new RegExp(`^(?:${names.join('|')})$`);

/**
 * A run's folder may come from anybody: in place of its files it may hold links to files of the user's, or pipes.
 * What nobody reads or writes is left alone.
 * @throws InputError
 */
export function refuseOddFiles(folder: string): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Whoever opens a file of it says what is wrong.
    return;
  }
  for (const entry of entries) {
    if (ours.test(entry.name) && !entry.isFile()) refuseUnlessPlain(join(folder, entry.name));
  }
}
