import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSmallRun, type SmallRun } from '../../support/small-run.ts';
import { startUi, type UiUnderTest } from '../../support/ui.ts';
import { readPage, TestBrowser, type WatchedPage, whyNoBrowser } from './support.ts';

describe.skipIf(whyNoBrowser !== null)('the page of mixtune ui in a browser', () => {
  let browser: TestBrowser;
  let run: SmallRun;
  let ui: UiUnderTest;
  let open: WatchedPage;

  beforeAll(async () => {
    browser = await TestBrowser.start();
    run = await makeSmallRun();
    const models = ['sim/sage-70b', 'sim/finch-3b'];
    ui = await startUi(run.runsFolder, { models, task: 'code-challenge' }, readPage);
    open = await browser.openUrl(ui.url);
  });
  afterAll(async () => {
    await open.close();
    await ui.close();
    await browser.stop();
    await run.remove();
  });

  const expectQuiet = async (): Promise<void> => {
    expect(await open.page.isVisible('.trouble')).toBe(false);
    expect(open.said).toEqual([]);
    expect(await open.cspReports()).toEqual([]);
    expect(open.requests.filter((url) => !url.startsWith(`${ui.base}/`))).toEqual([]);
    expect(await open.axeFindings()).toEqual([]);
  };

  test('the list of runs leads to a run; the token leaves the address, and a reload keeps it', async () => {
    await open.page.waitForSelector('a:has-text("small")');
    expect(open.page.url()).not.toContain(ui.token);
    await expectQuiet();
    await open.page.click('a:has-text("small")');
    await open.page.waitForSelector('header .run, header select');
    expect(await open.page.title()).toContain('small (simulated)');
    await open.page.reload();
    await open.page.waitForSelector('header .facts');
    await expectQuiet();
  });

  test('the workbench runs a challenge and shows its points', async () => {
    await open.show('#//workbench');
    await open.page.waitForSelector('button:has-text("Run the challenge")');
    expect(await open.page.title()).toContain('(simulated)');
    await open.page.click('button:has-text("Run the challenge")');
    await open.page.waitForSelector('.bench-score', { timeout: 120_000 });
    expect(await open.page.textContent('.bench-score')).toMatch(/^\d+ of 120 points, [A-F]/);
    expect(await open.page.locator('.bench tbody tr').count()).toBe(11);
    expect(await open.page.textContent('main')).toMatch(/Spent here: [1-9]\d* of 300 calls/);
    await expectQuiet();
  });
});
