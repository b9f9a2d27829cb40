import { hostname } from 'node:os';
import { readPlainFile, replacePlainFile } from '../../models/plain-file.ts';

/** Who has a lock, or had it last. */
export interface LockOwner {
  /** `null` where it cannot be told. */
  readonly pid: number | null;
  readonly host: string | null;
  /** The system says that it has the lock; false: it ended without giving it back. */
  readonly working: boolean;
}

/** Says in a file that this process has a lock. For people only: nobody is let in or kept out by it. */
export function writeOwner(file: string): void {
  replacePlainFile(file, JSON.stringify({ pid: process.pid, host: hostname() }));
}

/** `undefined` where nobody works and the file names nobody. */
export function readOwner(file: string, working: boolean): LockOwner | undefined {
  try {
    const { pid, host }: { pid: unknown; host: unknown } = JSON.parse(readPlainFile(file));
    if (typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 && typeof host === 'string')
      return { pid, host, working };
  } catch {
    // Not there, or not whole: then nobody is named.
  }
  return working ? { pid: null, host: null, working } : undefined;
}

/** `process 4711 on this machine` */
export function ownerText(owner: LockOwner | undefined): string {
  if (owner === undefined || owner.pid === null) return 'another process';
  return `process ${owner.pid} on ${owner.host === hostname() ? 'this machine' : owner.host}`;
}
