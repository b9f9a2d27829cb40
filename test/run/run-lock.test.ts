import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bootId,
  isAlive,
  type LockOwner,
  lockOwner,
  lockRun,
  RunLockedError,
} from '../../src/run/run-lock.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mixtune-lock-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = (): string => join(folder, 'lock.json');
const leave = (owner: LockOwner): void => writeFileSync(lockFile(), JSON.stringify(owner));

async function refusal(): Promise<RunLockedError> {
  return lockRun(folder).then(
    () => expect.fail('the lock was given'),
    (error: RunLockedError) => error,
  );
}

describe('the lock of a run', () => {
  it('refuses a second one, naming process and machine, and is free again afterwards', async () => {
    const unlock = await lockRun(folder);
    const error = await refusal();
    expect(error).toBeInstanceOf(RunLockedError);
    expect(error.message).toContain(`process ${process.pid} on this machine`);
    expect(error.exitCode).toBe(1);
    await unlock();
    await (await lockRun(folder))();
    expect(await lockOwner(folder)).toBeUndefined();
  });

  it('goes to one of many who want it at once', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
    const given = tries.filter((result) => result.status === 'fulfilled');
    expect(given).toHaveLength(1);
    await given[0]?.value();
  });

  it('of a process that was killed is taken over, of one that lives it is not', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const { pid } = child;
    if (pid === undefined) throw new Error('no child');
    leave({ pid, host: hostname(), processStart: null, boot: bootId() });
    expect((await refusal()).owner.pid).toBe(pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const unlock = await lockRun(folder);
    expect((await lockOwner(folder))?.pid).toBe(process.pid);
    await unlock();
  });

  it('of another machine is never taken over', async () => {
    leave({ pid: 1, host: 'elsewhere.example', processStart: null });
    expect((await refusal()).message).toContain('process 1 on elsewhere.example');
    rmSync(lockFile());
  });

  it.skipIf(bootId() === null)(
    'of before the machine started is taken over, though its pid is in use',
    async () => {
      const owner: LockOwner = {
        pid: process.pid,
        host: hostname(),
        processStart: null,
        boot: 'an earlier one',
      };
      expect(isAlive(owner)).toBe(false);
      leave(owner);
      await (await lockRun(folder))();
    },
  );

  it('that is no lock is replaced', async () => {
    writeFileSync(lockFile(), '{"pid":');
    const unlock = await lockRun(folder);
    expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
    await unlock();
  });
});
