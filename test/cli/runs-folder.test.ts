import { cp, mkdir, rename, symlink } from 'node:fs/promises';
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

test('a name is that of a run below --runs-dir, else of a run folder here', async () => {
  const cwd = temporaryFolder('run-here');
  const cli = async (line: string) => {
    const context = testContext(line.split(' '), { cwd });
    return { code: await runCli(context), out: context.stdout.text, err: context.stderr.text };
  };
  const tune =
    'tune contest-math --models sim/heron-8b --max-evaluations 1 --repeats 1 --instances 8 --finish-repeats 1 --no-report';
  expect(await cli(`${tune} --run made`)).toMatchObject({ code: 0 });
  await rename(join(cwd, 'runs/made'), join(cwd, 'here'));
  for (const line of ['show here', 'reproduce here --repeats 1', 'resume here', 'status here', 'answer here'])
    expect(await cli(line)).toMatchObject({ code: 0 });
  // What is no run is named as it would be below --runs-dir.
  await mkdir(join(cwd, 'none'));
  expect((await cli('show none')).err).toContain(join(cwd, 'runs/none'));
  await mkdir(join(cwd, 'runs/here'), { recursive: true });
  expect((await cli('show here')).err).toContain(`${join(cwd, 'runs/here')}: expected a run folder`);
});
