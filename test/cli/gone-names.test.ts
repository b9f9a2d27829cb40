import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { testContext } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder('gone');
const manifest = join(folder, 'runs', 'old', 'manifest.json');
beforeAll(async () => {
  const line = 'tune contest-math --seed 1 --max-evaluations 4 --strategy random --instances 4 --run old';
  const context = testContext([...line.split(' '), '--finish-repeats', '1', '--holdout-repeats', '0'], {
    cwd: folder,
  });
  expect(await runCli(context)).toBe(0);
});

describe('names that an earlier version had', () => {
  it.each([
    ['settings.strategy', { strategy: 'halving', schedule: {} }, /found "halving"/],
    ['settings.schedule.racing', { schedule: { racing: 'paired-t' } }, /found "paired-t"/],
  ])(
    'in a run folder (%s) are refused with their place, and the run can be looked at',
    async (path, change, found) => {
      const text = readFileSync(manifest, 'utf8');
      const { settings, ...rest } = JSON.parse(text);
      const changed = { ...settings, ...change, schedule: { ...settings.schedule, ...change.schedule } };
      writeFileSync(manifest, JSON.stringify({ ...rest, settings: changed }));
      try {
        const resuming = testContext(['resume', 'old'], { cwd: folder });
        expect(await runCli(resuming)).toBe(2);
        expect(resuming.stderr.text).toContain('manifest.json');
        expect(resuming.stderr.text).toContain(path);
        expect(resuming.stderr.text).toMatch(found);
        expect(await runCli(testContext(['front', 'old'], { cwd: folder }))).toBe(0);
      } finally {
        writeFileSync(manifest, text);
      }
    },
  );

  it.each([
    ['--strategy', 'halving'],
    ['--racing', 'paired-t'],
  ])('are refused as %s %s', async (option, name) => {
    const context = testContext(['tune', 'contest-math', option, name], { cwd: folder });
    expect(await runCli(context)).toBe(2);
    expect(context.stderr.text).toContain(option);
    expect(context.stderr.text).toContain(name);
  });
});
