import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { types } from 'node:util';

/**
 * The SQLite binding ends the whole process where a TEXT value, or a column's name, is not UTF-8. So what a
 * file may hold is selected as `CAST(… AS BLOB) AS name`, never as it is, and decoded here; numbers are
 * selected as expressions that give numbers.
 */
export function textOf(blob: unknown): string {
  // `get` gives a Buffer, `all` and `iterate` give an ArrayBuffer.
  if (types.isAnyArrayBuffer(blob)) return Buffer.from(blob).toString('utf8');
  if (!ArrayBuffer.isView(blob)) return '';
  return Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString('utf8');
}

/** What SQLite says of disks, folders and other processes; everything else it says of the file. */
const surroundings =
  /^SQLITE_(?:BUSY|LOCKED|FULL|CANTOPEN|PERM|READONLY|AUTH|INTERRUPT|NOLFS|NOMEM|MISUSE|IOERR(?!_SHORT_READ))/;

/** Whether an error of the binding means that the file is damaged, or is no data base at all. */
export function isDamage(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('SQLITE_') && !surroundings.test(code);
}

/**
 * Moves a data base (and its log) out of the way, and another file into its place where one is given.
 * @returns the name that it has now, `<file>.damaged-<n>`.
 */
export function setAside(file: string, replacement?: string): string {
  let n = 1;
  while (existsSync(`${file}.damaged-${n}`)) n++;
  const aside = `${file}.damaged-${n}`;
  // The log first: it must never come to lie beside another data base.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`);
  rmSync(`${file}-shm`, { force: true });
  if (replacement === undefined) renameSync(file, aside);
  else {
    linkOrCopy(file, aside);
    renameSync(replacement, file);
  }
  return aside;
}

/** Not every file system has links. */
function linkOrCopy(file: string, other: string): void {
  try {
    linkSync(file, other);
  } catch {
    copyFileSync(file, other);
  }
}
