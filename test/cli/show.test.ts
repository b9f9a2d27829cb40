import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { openRun } from '../../src/run/folder/run-folder.ts';
import { testContext } from '../support/cli.ts';
import { makeSmallRun } from '../support/small-run.ts';

describe('a config that is not on the front', () => {
  test('is shown with what it was measured at, and with a point that dominates it', async () => {
    const { runsFolder, folder, open } = await makeSmallRun();
    const views = await open();
    const opened = await openRun(runsFolder, 'small');
    const front = opened.ok ? opened.value.front : null;
    if (front === null) throw new Error('expected a front');
    const known = new Set([...front.front, ...front.baselines, ...(front.others ?? [])].map(({ id }) => id));
    const left = views.record.state.trials.filter(
      ({ id, means }) => !known.has(id) && means.score !== null && means.latency !== null,
    );
    views.close();
    expect(left.length).toBeGreaterThan(0);
    for (const { id, means } of left) {
      const context = testContext(['show', folder, id.slice(0, 8), '--json'], { cwd: runsFolder });
      expect(await runCli(context)).toBe(0);
      const shown = JSON.parse(context.stdout.text);
      expect(shown.objectives.score.mean).toBeCloseTo(means.score ?? Number.NaN, 12);
      const by = front.front.find((member) => member.id === shown.dominatedBy)?.objectives;
      if (by === undefined) continue;
      expect(by.score.mean).toBeGreaterThanOrEqual(means.score ?? Number.NaN);
      expect(by.tokens.mean).toBeLessThanOrEqual(means.tokens ?? Number.NaN);
    }
    const context = testContext(['show', folder, left[0]?.id ?? ''], { cwd: runsFolder });
    await runCli(context);
    expect(context.stdout.text).toMatch(/not on the front/);
    expect(context.stdout.text).toMatch(/usd +\$[\d.]+ \[.*\]; \$[\d.]+ for 1,000 questions/);
    expect(context.stdout.text).toMatch(/score +0\.\d{3} \[.* over \d+ answers?/);
  });
});
