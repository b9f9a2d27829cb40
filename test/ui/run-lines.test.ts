import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { resultOfEnded } from '../../src/run/folder/run-folder.ts';
import { lockRun } from '../../src/run/folder/run-lock.ts';
import { RunLines } from '../../src/ui/run-lines.ts';
import { testContext } from '../support/cli.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';

let small: SmallRun;
beforeAll(async () => {
  small = await makeSmallRun();
});
afterAll(() => small.remove());

const lineOf = (folder: string) => new RunLines().of(folder, 'small');
const statusIn = async (): Promise<unknown> => {
  const context = testContext(['status', '--json', '--runs-dir', small.runsFolder]);
  await runCli(context);
  return JSON.parse(context.stdout.text);
};

describe('a line of a list, of a run that has ended', () => {
  it('is the same from its result as from its journal', async () => {
    const front = join(small.folder, 'front.json');
    const told = { line: await lineOf(small.folder), status: await statusIn() };
    expect(told.line).toMatchObject({ state: 'done', trouble: null });
    const result = readFileSync(front);
    rmSync(front);
    const folded = { line: await lineOf(small.folder), status: await statusIn() };
    writeFileSync(front, result);
    expect(folded).toEqual(told);
  });

  it('needs no journal that can be read, as long as nothing is newer than the result', async () => {
    const copy = `${small.folder}-copy`;
    cpSync(small.folder, copy, { recursive: true });
    try {
      const lock = await lockRun(copy);
      expect(await resultOfEnded(copy)).toBeUndefined();
      await lock.release();
      expect(await resultOfEnded(copy)).toBeDefined();
      writeFileSync(join(copy, 'journal.sqlite'), 'none');
      expect(await lineOf(copy)).toMatchObject({ state: 'done', trouble: null });
      const front = JSON.parse(readFileSync(join(copy, 'front.json'), 'utf8'));
      for (const older of [
        { ...front, ended: 'interrupted' },
        { ...front, ended: 'running' },
        { ...front, spent: { ...front.spent, calls: front.spent.calls - 1 } },
        { ...front, spent: { ...front.spent, seconds: front.spent.seconds - 1 } },
      ]) {
        writeFileSync(join(copy, 'front.json'), JSON.stringify(older));
        expect(await resultOfEnded(copy)).toBeUndefined();
      }
      appendFileSync(join(copy, 'front.json'), '}');
      expect(await resultOfEnded(copy)).toBeUndefined();
      expect((await lineOf(copy))?.trouble).toContain('journal.sqlite');
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
