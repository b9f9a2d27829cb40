import { hostname } from 'node:os';
import process from 'node:process';
import { MixtuneError } from '../../../core/errors.ts';
import type { LockOwner } from '../../../run/folder/lock-owner.ts';

/** Asks the process that works on a run to save its state and end. @throws MixtuneError where it is out of reach */
export function askToStop(run: string, owner: LockOwner): void {
  if (owner.pid === null || owner.host !== hostname()) {
    const holder = owner.pid === null ? 'a process that cannot be named' : `process ${owner.pid}`;
    const where = owner.host === null ? '' : ` on ${owner.host}`;
    throw new MixtuneError('other-host', `run ${run} is held by ${holder}${where}: stop it there`);
  }
  process.kill(owner.pid, 'SIGTERM');
}
