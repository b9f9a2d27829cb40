import { existsSync, rmSync, statSync, truncateSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { MixtuneError, messageOf } from '../../core/errors.ts';
import { isBusy, placeOf } from '../../models/call-store/sqlite-damage.ts';
import { refuseOddDatabase } from '../../models/plain-file.ts';
import { type LockOwner, ownerText, readOwner, writeOwner } from './lock-owner.ts';
import { refuseOddFiles } from './run-files.ts';

/** The file whose lock is the run's. It stays when the run ends: removing it would be a race. */
const lockName = 'run.lock';
/** Says who has the lock. For people only: nobody is let in or kept out by it. */
const ownerName = 'lock.json';

/** A second process wanted a run that another one works on. */
export class RunLockedError extends MixtuneError {
  readonly owner: LockOwner | undefined;
  constructor(folder: string, owner: LockOwner | undefined) {
    super(
      'run-locked',
      `${folder}: ${ownerText(owner)} is working on this run. Wait for it or stop it (mixtune stop). ` +
        'The system holds the lock for as long as that process lives, and frees it then',
    );
    this.owner = owner;
  }
}

export interface RunLock {
  /** @throws Error where the run's folder or its lock is no longer where it was locked. */
  check(): void;
  release(): Promise<void>;
}

/**
 * Takes the run's lock: an exclusive transaction on an empty SQLite file, which the system ends with the
 * process, however that dies. Of many who want it at once one gets it.
 * @param patienceMs for how long it waits for others who try at the same time, or only look
 * @throws RunLockedError
 * @throws InputError where something that is no file stands in the place of the folder's files.
 */
export async function lockRun(folder: string, patienceMs = 1_000): Promise<RunLock> {
  refuseOddFiles(folder);
  const file = join(folder, lockName);
  const database = await takeLock(folder, file, patienceMs);
  const locked = placeOf(file);
  // At once, so that nobody who is refused reads the last owner's name.
  writeOwner(join(folder, ownerName));
  return {
    check: () => {
      if (placeOf(file) !== locked)
        throw new Error(`${folder} was moved or deleted, or its ${lockName} was, while the run was open`);
    },
    async release() {
      // Before the lock is given back, lest it is the next owner's.
      await rm(join(folder, ownerName), { force: true });
      database.close();
    },
  };
}

async function takeLock(folder: string, file: string, patienceMs: number): Promise<Database.Database> {
  let database: Database.Database | undefined;
  try {
    emptyLock(file);
    database = new Database(file);
    // By `exec` alone: a prepared statement would keep the file open after `close`.
    database.exec(`PRAGMA busy_timeout = ${patienceMs}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw new RunLockedError(folder, readOwner(join(folder, ownerName), true));
    throw new MixtuneError(
      'run-not-lockable',
      `${file}: cannot lock the run (${messageOf(error)}). Its folder must be one that can be written, on a ` +
        'file system with file locks: a local disk, not every network share',
      { cause: error },
    );
  }
}

/**
 * Nobody ever writes into the lock's file: what stands in it is not mixtune's, and would keep it from being
 * locked. Emptied where it lies it stays the same file, so that of many who empty it one gets it. One that is
 * empty is not opened: closing it would free a lock that this very process has on it.
 */
function emptyLock(file: string): void {
  // SQLite would roll it back, and remove the file that it names.
  rmSync(`${file}-journal`, { force: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) truncateSync(file);
}

/**
 * Who works on the run, or left it without giving the lock back; `undefined` when nobody did.
 * @throws InputError where something odd lies in the lock's place: a named pipe would never open
 */
export async function lockOwner(folder: string): Promise<LockOwner | undefined> {
  return readOwner(join(folder, ownerName), isLocked(join(folder, lockName)));
}

/** Looks only: it makes no file, and works where the disk is read-only. */
function isLocked(file: string): boolean {
  refuseOddDatabase(file);
  if (!existsSync(file)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(`${pathToFileURL(file).href}?mode=ro`);
    database.exec('BEGIN; SELECT 1 FROM sqlite_master; COMMIT');
    return false;
  } catch (error) {
    // A file that cannot be opened, or not be locked, is nobody's: whoever works on it could do both.
    return isBusy(error);
  } finally {
    database?.close();
  }
}
