import { readFileSync } from 'node:fs';
import { link, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { exitCodes, MixtuneError } from '../core/errors.ts';

export const lockName = 'lock.json';

/** Who works on a run. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's ticks, where the system tells: pids are used again. */
  readonly processStart: string | null;
  /** The machine's uptime that it runs in (see {@link bootId}): after a restart no process of before lives. */
  readonly boot?: string | null;
}

/** A second process wanted a run that another one works on. */
export class RunLockedError extends MixtuneError {
  readonly owner: LockOwner;
  constructor(folder: string, owner: LockOwner) {
    const here = owner.host === hostname() ? 'this machine' : owner.host;
    super(
      'run-locked',
      `${folder}: process ${owner.pid} on ${here} is working on this run. ` +
        'Wait for it, stop it (mixtune stop), or, if it is surely gone, delete lock.json.',
      { exitCode: exitCodes.failed },
    );
    this.owner = owner;
  }
}

/**
 * Takes the run's lock and returns how to give it back. A lock whose owner died on this host (`kill -9`)
 * is taken over; one of another host never is, since nobody here can tell whether its owner lives.
 * @throws RunLockedError
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, lockName);
  const mine: LockOwner = {
    pid: process.pid,
    host: hostname(),
    processStart: processStart(process.pid),
    boot: bootId(),
  };
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(mine));
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // Linking fails if the lock exists, and shows it to others only when it is wholly written.
        await link(draft, file);
        return () => rm(file, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = await lockOwner(folder);
      if (owner !== undefined && isAlive(owner)) throw new RunLockedError(folder, owner);
      await rm(file, { force: true });
    }
    throw new MixtuneError('run-locked', `${file}: another process keeps taking this run's lock`);
  } finally {
    await unlink(draft);
  }
}

/** Who holds the run's lock; `undefined` when nobody does or the file is not a lock. */
export async function lockOwner(folder: string): Promise<LockOwner | undefined> {
  try {
    const owner = JSON.parse(await readFile(join(folder, lockName), 'utf8')) as LockOwner;
    return typeof owner.pid === 'number' && typeof owner.host === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the owner still runs, as far as can be told from here. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true;
  if (owner.boot != null && owner.boot !== (bootId() ?? owner.boot)) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return owner.processStart === null || owner.processStart === processStart(owner.pid);
}

/** Names the machine's present uptime: it changes with every start. `null` where the system does not tell (not Linux). */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)); `null` where there is no such file. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
