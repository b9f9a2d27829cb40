import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { types } from 'node:util';
import type Database from 'libsql';
import { isWriteFault } from '../../core/errors.ts';
import { isRecord } from '../../core/records.ts';

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

/** The one number of a query that gives a row with one; 0 where it is NULL. */
export function numberIn(database: Database.Database, sql: string): number {
  const row = database.prepare(sql).get();
  return isRecord(row) ? Number(Object.values(row)[0]) : 0;
}

/** All or nothing of the work. What it throws is thrown. */
export function inTransaction<Value>(database: Database.Database, work: () => Value): Value {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** Ends a transaction that may have ended already, as SQLite ends it by itself on I/O errors. */
export function rollBack(database: Database.Database): void {
  try {
    if (database.inTransaction) database.exec('ROLLBACK');
  } catch {
    // It will be rolled back when the file is opened again.
  }
}

/**
 * Primary result codes that speak of disks, folders, memory and other processes (sqlite.org/rescode.html): PERM, BUSY,
 * LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, MISUSE, NOLFS, AUTH. All others speak of the file.
 */
const surroundings = new Set([3, 5, 6, 7, 8, 9, 10, 13, 14, 21, 22, 23]);
/** An IOERR that does: the file ends too early. */
const shortRead = 522;
const busy = 5;
const readOnly = 8;
const ioError = 10;
const full = 13;

/** Whether an error of the binding means that the file is damaged, or is no data base at all. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && (code === shortRead || !surroundings.has(code & 0xff));
}

/** Whether another process, or another connection, holds what was wanted. */
export function isBusy(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === busy;
}

/** Whether a data base, or its folder, may be read and not written. */
export function isReadOnly(error: unknown): boolean {
  return ((resultCode(error) ?? 0) & 0xff) === readOnly;
}

/** Whether the disk is full or fails, by SQLite or by the file system. */
export function isOfDisk(error: unknown): boolean {
  const primary = (resultCode(error) ?? 0) & 0xff;
  return isWriteFault(error) || primary === full || (primary === ioError && !isDamage(error));
}

/** SQLite's extended result code: the binding has names for some only. `undefined`: the error is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  const code = isRecord(error) ? error.rawCode : undefined;
  return typeof code === 'number' && code > 0 ? code : undefined;
}

/**
 * Moves a data base (and its log) out of the way, and another file into its place where one is given.
 * @returns the name that it has now, `<file>.damaged-<n>`.
 */
export function setAside(file: string, replacement?: string): string {
  let n = 1;
  while (isTaken(`${file}.damaged-${n}`) || isTaken(`${file}.damaged-${n}-wal`)) n++;
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

/** Also by a link that leads nowhere. */
function isTaken(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Not every file system has links. */
function linkOrCopy(file: string, other: string): void {
  try {
    linkSync(file, other);
  } catch {
    copyFileSync(file, other, constants.COPYFILE_EXCL);
  }
}

/** Which file stands under the name. */
export function placeOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}/${found.ino}`;
}

const magic = Buffer.from('SQLite format 3\0');

/** Whether a file begins like a data base, but for a few damaged bytes: any other is not ours to move. */
export function wasDatabase(path: string): boolean {
  const start = Buffer.alloc(magic.length);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return start.filter((byte, index) => byte === magic[index]).length >= magic.length - 4;
}
