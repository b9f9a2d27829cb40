import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHistory } from '../../src/analysis/rehearse/earlier-runs.ts';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('status, leaderboard and what is learned of earlier runs go by the same folders', async () => {
  const runsDir = temporaryFolder('runs-folder');
  const cli = async (line: string) => {
    const context = testContext([...line.split(' '), '--runs-dir', runsDir]);
    expect(await runCli(context), context.stderr.text).toBe(0);
    return context.stdout.text;
  };
  const model = 'sim/heron-8b';
  await cli(
    `tune contest-math --models ${model} --strategy random --max-evaluations 2 --repeats 1 --finish-repeats 1 --holdout-repeats 0 --no-report --run made`,
  );
  await cp(join(runsDir, 'made'), join(runsDir, '.kept'), { recursive: true });
  await symlink(join(runsDir, 'made'), join(runsDir, 'linked'));

  const listed = JSON.parse(await cli('status --json')).runs.length;
  const board = JSON.parse(await cli('leaderboard contest-math --json'));
  const { runs } = await readHistory(runsDir, {
    models: [model],
    task: 'contest-math',
  });
  expect([listed, board.rows.length, runs.length]).toEqual([2, 2, 2]);
});
