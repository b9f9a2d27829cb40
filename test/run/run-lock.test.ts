import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { lockOwner, lockRun, RunLockedError } from '../../src/run/folder/run-lock.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { LineWorker } from '../support/line-worker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const rounds = thorough ? 100 : 1;
let scratch: string;
/** Takes locks; see lock-worker.ts. */
let program: string;
let folders = 0;
beforeAll(() => {
  program = compiledProgram('test/support/lock-worker.ts');
  scratch = temporaryFolder('lock');
});

function newFolder(): string {
  const folder = join(scratch, String(folders++));
  mkdirSync(folder);
  return folder;
}

async function refusal(folder: string): Promise<RunLockedError> {
  // Nobody gives it back meanwhile.
  return lockRun(folder, 1).then(
    () => expect.fail('the lock was given'),
    (error: RunLockedError) => error,
  );
}

describe('the lock of a run', () => {
  it('refuses a second one, naming process and machine, and is free again afterwards', async () => {
    const folder = newFolder();
    const lock = await lockRun(folder);
    expect(await lockOwner(folder)).toEqual({ pid: process.pid, host: hostname(), working: true });
    const error = await refusal(folder);
    expect(error).toBeInstanceOf(RunLockedError);
    expect(error.message).toContain(`process ${process.pid} on this machine`);
    expect(error.exitCode).toBe(1);
    await lock.release();
    expect(await lockOwner(folder)).toBeUndefined();
    await (await lockRun(folder)).release();
    expect(readdirSync(folder)).toEqual(['run.lock']);
  });

  it('is kept by a process that is stopped, and free once it is killed', async () => {
    const folder = newFolder();
    const worker = new LineWorker(program);
    expect(await worker.ask(`take ${folder} ${folder}`)).toBe('got');
    worker.child.kill('SIGSTOP');
    expect((await refusal(folder)).owner).toEqual({
      pid: worker.child.pid,
      host: hostname(),
      working: true,
    });
    await worker.kill();
    expect(await lockOwner(folder)).toEqual({ pid: worker.child.pid, host: hostname(), working: false });
    const lock = await lockRun(folder);
    expect(await lockOwner(folder)).toMatchObject({ pid: process.pid, working: true });
    await lock.release();
  });

  it.each([
    ['another machine', JSON.stringify({ pid: 1, host: 'elsewhere.example' })],
    ['a process that lives, and has no lock', JSON.stringify({ pid: process.pid, host: hostname() })],
    ['nobody: half a note', '{"pid":'],
  ])('is not decided by a note that names %s', async (_what, note) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'lock.json'), note);
    const lock = await lockRun(folder);
    expect(await lockOwner(folder)).toMatchObject({ pid: process.pid, working: true });
    rmSync(join(folder, 'lock.json'));
    expect(await lockOwner(folder)).toEqual({ pid: null, host: null, working: true });
    expect((await refusal(folder)).message).toContain('another process is working');
    await lock.release();
  });

  it('knows when its folder was moved or deleted, or the lock itself was', async () => {
    for (const undo of [
      (folder: string) => renameSync(folder, `${folder}-moved`),
      (folder: string) => rmSync(folder, { recursive: true }),
      (folder: string) => rmSync(join(folder, 'run.lock')),
      (folder: string) => {
        rmSync(join(folder, 'run.lock'));
        writeFileSync(join(folder, 'run.lock'), '');
      },
    ]) {
      const folder = newFolder();
      const lock = await lockRun(folder);
      lock.check();
      undo(folder);
      expect(() => lock.check()).toThrow('was moved or deleted');
      await lock.release();
    }
  });

  it('says what is wrong where nothing can be locked', async () => {
    await expect(lockRun(join(scratch, 'nowhere'))).rejects.toThrow(/run\.lock: cannot lock the run/);
  });

  it.skipIf(!thorough)(
    `goes to one of five processes that want it at once, in ${rounds} rounds after a kill`,
    async () => {
      const workers = Array.from({ length: 5 }, () => new LineWorker(program));
      try {
        for (let round = 0; round < rounds; round++) {
          const folder = newFolder();
          const dead = new LineWorker(program);
          expect(await dead.ask(`take ${folder} ${folder}`)).toBe('got');
          await dead.kill();
          const go = join(scratch, `go-${round}`);
          const answers = workers.map((worker) => worker.ask(`take ${folder} ${go}`));
          writeFileSync(go, '');
          const told = await Promise.all(answers);
          const winner = told.indexOf('got');
          const refused = `refused ${workers[winner]?.child.pid}`;
          expect(told.toSorted()).toEqual(['got', refused, refused, refused, refused]);
          await workers[winner]?.ask('release');
        }
      } finally {
        await Promise.all(workers.map((worker) => worker.kill()));
      }
    },
    600_000,
  );
});
