import { rmSync } from 'node:fs';
import Database from 'libsql';
import { refuseOddDatabase } from '../models/plain-file.ts';

/** What stays beside a file that was ever locked. */
export const lockName = (file: string): string => `${file}.lock`;

/**
 * Locks a file against other processes: an exclusive transaction on an empty file beside it (`FILE.lock`), which the
 * system ends with the process. The caller closes it.
 * @param patienceMs how long another's lock is waited for
 * @throws InputError where something other than a regular file stands in its place; what SQLite says of one in use.
 */
export function lockBeside(file: string, patienceMs: number): Database.Database {
  const name = lockName(file);
  secureDatabase(name);
  const lock = new Database(name);
  try {
    // By `exec` alone: a prepared statement would keep the file open after `close`.
    lock.exec(`PRAGMA busy_timeout = ${patienceMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * The folder may be a stranger's. SQLite follows links, and a rollback journal has it remove the file that the
 * journal names; no data base of a server leaves one.
 * @throws InputError
 */
export function secureDatabase(file: string): void {
  refuseOddDatabase(file);
  rmSync(`${file}-journal`, { force: true });
}
