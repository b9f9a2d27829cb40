import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeReport } from '../../../src/cli/wiring/page/report.ts';
import { openRunViews } from '../../../src/cli/wiring/page/run-views.ts';
import { pageDocument } from '../../../src/report/page-document.ts';
import { reportParts } from '../../../src/report/report-parts.ts';
import { lockRun } from '../../../src/run/folder/run-lock.ts';
import type { RunEvent } from '../../../src/run/journal/events.ts';
import { openSqliteJournal } from '../../../src/run/journal/sqlite-journal.ts';
import { commandContext } from '../../support/cli.ts';
import { makeSmallRun, type SmallRun } from '../../support/small-run.ts';
import { readPage, TestBrowser, whyNoBrowser } from './support.ts';

const views = ['front', 'progress', 'trials', 'matrix', 'why', 'config', 'lineage', 'trace', 'compare'];

/** Where a run was killed, by the last event that its journal holds. */
const moments: readonly (readonly [name: string, find: (events: readonly RunEvent[]) => number])[] = [
  ['before anything', () => 0],
  ['when a config had begun', (events) => events.findIndex(({ kind }) => kind === 'trial-started') + 1],
  ['when a call was under way', (events) => events.findIndex(({ kind }) => kind === 'call-dispatched') + 1],
  ['when one answer was in', (events) => events.findIndex(({ kind }) => kind === 'cell-finished') + 1],
  ['when one config was finished', (events) => events.findIndex(({ kind }) => kind === 'trial-finished') + 1],
  ['in the search', (events) => Math.floor(phase(events, 'finish') * 0.9)],
  ['when the front was measured again', (events) => phase(events, 'finish') + 20],
  ['on the holdout', (events) => phase(events, 'holdout') + 20],
];

function phase(events: readonly RunEvent[], name: string): number {
  return events.findIndex((event) => event.kind === 'phase-started' && event.phase === name);
}

describe.skipIf(whyNoBrowser !== null)('runs that were killed', () => {
  let browser: TestBrowser;
  let run: SmallRun;
  let events: readonly RunEvent[];

  beforeAll(async () => {
    browser = await TestBrowser.start();
    run = await makeSmallRun();
    const journal = openSqliteJournal(join(run.folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
    events = [...journal.events()];
    journal.close();
  });
  afterAll(async () => {
    await browser.stop();
    await run.remove();
  });

  /** A copy of the run that ends after so many events. */
  async function cutRun(name: string, most: number): Promise<string> {
    const folder = join(run.runsFolder, name.replaceAll(' ', '-'));
    await mkdir(folder);
    await cp(join(run.folder, 'manifest.json'), join(folder, 'manifest.json'));
    const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never' });
    const whole = openSqliteJournal(join(run.folder, 'journal.sqlite'), { flush: 'never', readOnly: true });
    for (const event of events.slice(0, most)) journal.append(event);
    for (const [key, answer] of whole.answers()) journal.keepAnswer(key, answer);
    journal.commit();
    journal.close();
    whole.close();
    return folder;
  }

  test('one that is at work is not called stopped by its report', async () => {
    const folder = await cutRun('at work', Math.floor(phase(events, 'finish') * 0.9));
    const lock = await lockRun(folder);
    const file = join(folder, 'report.html');
    const context = commandContext();
    await writeReport({ ...context, readPage }, [folder], file, { answers: 'none', withWhy: false });
    await lock.release();
    const page = await browser.open(await readFile(file, 'utf8'));
    expect(await page.page.textContent('header')).toContain('was working when this was written: search');
    await page.close();
  });

  test.each(moments)('%s: every view says what there is, and none is blank', async (name, find) => {
    const folder = await cutRun(name, find(events));
    const opened = await openRunViews(commandContext(), folder);
    const parts = await reportParts([{ ...opened, withWhy: true }], 'front', '0.0.0-test');
    opened.close();
    const page = await browser.open(
      pageDocument({ template: await readPage(), title: name, connects: 'nowhere', parts }),
    );
    for (const view of views) {
      await page.show(`#/small/${view}`);
      const text = (await page.page.textContent('main')) ?? '';
      expect([view, text.length > 40, await page.page.isVisible('.trouble')]).toEqual([view, true, false]);
    }
    expect(await page.page.textContent('header')).toContain('stopped in');
    expect(page.said).toEqual([]);
    await page.close();
  });
});
