import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import type { RunEvent } from '../../src/run/journal/events.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import type { Manifest } from '../../src/run/types.ts';
import { drawWorld, playRun } from '../analysis/answer/landscape-run.ts';
import { testContext } from '../support/cli.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const evaluations = thorough ? 60 : 42;
let runsFolder: string;
let journalFile: string;

beforeAll(async () => {
  runsFolder = temporaryFolder('answer');
  const world = drawWorld(3);
  const { events, settings } = playRun(world, evaluations);
  const manifest: Manifest = {
    version: 1,
    run: 'played',
    mixtune: '0.0.0-test',
    node: process.version,
    gitCommit: null,
    startedAt: '2026-04-01T22:00:05Z',
    simulated: true,
    settings,
    task: { name: 'landscape', hash: 'none' },
    space: { name: 'made-for-a-test', hash: 'none', file: world.space },
    grader: { name: 'none', revision: '1' },
    command: [],
    endpoint: {},
  };
  const folder = await createRunFolder(runsFolder, 'played', manifest);
  journalFile = join(folder, 'journal.sqlite');
  const journal = openSqliteJournal(journalFile, { flush: 'never' });
  for (const event of events) journal.append(event);
  journal.commit();
  journal.close();
});

function eventsOf(file: string): readonly RunEvent[] {
  const journal = openSqliteJournal(file, { flush: 'never', readOnly: true });
  const events = [...journal.events()];
  journal.close();
  return events;
}

/** A copy of the run that broke off when so many configs were begun. */
async function cutAfter(configs: number, name: string): Promise<void> {
  const events = eventsOf(journalFile);
  const starts = events.flatMap(({ kind }, at) => (kind === 'trial-started' ? [at] : []));
  const folder = join(runsFolder, name);
  await cp(join(runsFolder, 'played'), folder, { recursive: true });
  await rm(join(folder, 'journal.sqlite'));
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never' });
  for (const event of events.slice(0, (starts[configs - 1] ?? 0) + 1)) journal.append(event);
  journal.commit();
  journal.close();
}

const answer = (...options: readonly string[]) =>
  runLine(['answer', 'played', '--runs-dir', runsFolder, ...options]);

describe('mixtune answer', () => {
  test.skipIf(!thorough)('prints what the run was worth and only reads its journal', async () => {
    const before = eventsOf(journalFile);
    const { code, out, err } = await answer('--usd', '0.05');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const text of [
      `played (simulated): ${evaluations} configs measured`,
      'over the best single model: ',
      'The front last moved at evaluation ',
      '2x the configs ',
      '10x the configs ',
      '$0.050 more ',
      `${evaluations} distinct configs at 20 minutes a try are ${evaluations / 3} hours`,
      '100 to 1,000 hours',
      'share of the gain',
    ]) {
      expect(out).toContain(text);
    }
    expect(out).not.toMatch(/NaN|undefined|Infinity/);
    expect(eventsOf(journalFile)).toEqual(before);
  });

  test.skipIf(!thorough)('--json is one object, the same each time', async () => {
    const first = await answer('--json', '--hours', '2', '--minutes-per-try', '30');
    expect(JSON.parse(first.out)).toMatchObject({
      run: 'played',
      simulated: true,
      evaluations: 60,
      manual: { minutesPerTry: 30, hours: 30 },
      outlook: { prospects: [{ horizon: '2x' }, { horizon: '10x' }, { horizon: 'seconds', amount: 7200 }] },
    });
    expect((await answer('--json', '--hours', '2', '--minutes-per-try', '30')).out).toBe(first.out);
  });

  test('says how many of the configs that a run counts were measured', async () => {
    await cutAfter(30, 'broken-off');
    const context = testContext(['answer', 'broken-off', '--runs-dir', runsFolder]);
    expect(await runCli(context)).toBe(0);
    expect(context.stdout.text).toMatch(/^broken-off \(simulated\): 2\d of 30 configs tried are measured, /);
  });

  test('tells the holdout beside tuning, and what too short a run lacks', async () => {
    const { out } = await answer();
    expect(out).toMatch(
      /The best config is \w+: 0\.\d{3} \[.*\] on the holdout \(0\.\d{3} as measured on tuning/,
    );
    if (out.includes('Learning curve'))
      expect(out).toMatch(
        /on tuning questions; \* forecast\).*\n {2}On the holdout's questions the best scores 0\./,
      );
    await cutAfter(10, 'short');
    const context = testContext(['answer', 'short', '--usd', '20', '--runs-dir', runsFolder]);
    expect(await runCli(context)).toBe(0);
    expect(context.stdout.text).toMatch(
      /No forecast: .*at least 20\.\n {2}A run longer by \d+ configs would be long enough for one, about \S+ tokens, \$\S+, .*\(simulated\)\.\n {2}At what recent configs took, \$20\.00 more would pay for about \S+ further configs and an end\./,
    );
  });

  test('a run that is none is an input error', async () => {
    const context = testContext(['answer', 'nowhere', '--runs-dir', runsFolder]);
    expect(await runCli(context)).toBe(2);
    expect(context.stderr.text).toMatch(/expected a run folder/);
  });
});
