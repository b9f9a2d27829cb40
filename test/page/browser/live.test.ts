import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnProgram, ownProgram } from '../../support/own-program.ts';
import { makeSmallRun, type SmallRun } from '../../support/small-run.ts';
import { startUi, type UiUnderTest } from '../../support/ui.ts';
import { readPage, TestBrowser, type WatchedPage, whyNoBrowser } from './support.ts';

describe.skipIf(whyNoBrowser !== null)('the page of mixtune ui in a browser', () => {
  let browser: TestBrowser;
  let run: SmallRun;
  let own: OwnProgram;
  let ui: UiUnderTest;
  let open: WatchedPage;

  beforeAll(async () => {
    browser = await TestBrowser.start();
    run = await makeSmallRun();
    const models = ['sim/sage-70b', 'sim/finch-3b'];
    own = ownProgram(process.cwd(), await readPage());
    const changes = { startSelf: own.startSelf };
    ui = await startUi(run.runsFolder, { models, task: 'code-challenge' }, readPage, changes);
    open = await browser.openUrl(ui.url);
  });
  afterAll(async () => {
    await open.close();
    await ui.close();
    own.remove();
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

  test('the address of a server that was started anew works in the tab of the earlier one', async () => {
    const { page } = open;
    await page.evaluate(() => {
      sessionStorage.setItem('token', 'of-an-earlier-server');
      location.reload();
    });
    await page.waitForSelector(':text("open the address that mixtune ui prints")');
    await page.evaluate((token) => {
      location.hash = `token=${token}`;
    }, ui.token);
    await page.waitForSelector('a:has-text("small")');
    expect(page.url()).not.toContain(ui.token);
    (open.said as string[]).length = 0;
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

  test('any stage graph is edited as text, its errors stand at their path, and it is run', async () => {
    const { page } = open;
    await open.show('#//workbench');
    await page.waitForSelector('.stages');
    await page.click('label:has-text("as YAML or JSON")');
    const text = page.locator('textarea.config-text');
    await text.waitFor();
    expect(await text.inputValue()).toContain('kind: propose');
    await page.selectOption('.bench .controls select', { label: 'self-consistency' });
    await page.waitForSelector('.stages :text("vote")');
    await expectQuiet();
    const good = await text.inputValue();
    await text.fill(good.replace('samples: 5', 'samples: none'));
    await page.waitForSelector('.issues');
    expect(await page.textContent('.issues')).toMatch(/line \d+: stages\[0\]\.agents\[0\]\.samples expected/);
    await page.click('.issues button');
    expect(await page.evaluate(() => getSelection()?.toString())).toContain('samples: none');
    await expectQuiet();
    await text.fill(good);
    await page.waitForSelector('.issues', { state: 'detached' });
    const before = await page.locator('.bench-earlier li').count();
    await page.click('button:has-text("Run the challenge")');
    await page.waitForFunction(
      (count) =>
        document.querySelectorAll('.bench-earlier li').length > count &&
        document.querySelector('.bench-score'),
      before,
    );
    expect(await page.textContent('.bench-score')).toMatch(/of 120 points/);
    await expectQuiet();
  });

  test('a config of a run is edited in the workbench', async () => {
    const { page } = open;
    await open.show('#/small/config');
    await page.click('button:has-text("Edit it in the workbench")');
    await page.waitForSelector('textarea.config-text');
    expect(await page.inputValue('textarea.config-text')).toContain('stages:');
  });

  test('tune from here: a ceiling, the forecast, then the run that goes on', async () => {
    const { page } = open;
    await open.show('#//workbench');
    await page.selectOption('.bench .controls select', { label: 'single model' });
    const start = page.locator('button:has-text("Start tuning")');
    expect(await start.isDisabled()).toBe(true);
    await page.fill('.ceilings label:has-text("configs") input', '8');
    await page.fill('.ceilings label:has-text("US dollars") input', '0');
    expect(await page.textContent('main')).toContain('US dollars: expected a number above 0, found 0');
    expect(await page.isDisabled('button:has-text("Forecast")')).toBe(true);
    await page.fill('.ceilings label:has-text("US dollars") input', '');
    await page.click('button:has-text("Forecast")');
    await page.waitForSelector('caption:has-text("Forecast (simulated)")', { timeout: 120_000 });
    const calls = page.locator('tr', { has: page.locator('th', { hasText: /^calls$/ }) });
    expect(await calls.locator('td').allInnerTexts()).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+ to \d+$/),
    ]);
    await expectQuiet();
    await start.click();
    await page.waitForFunction(() => location.hash.includes('/progress'), undefined, { timeout: 120_000 });
    await page.waitForSelector('header .run, header select');
    await page.waitForFunction(() => !document.querySelector('.badge.working'), undefined, {
      timeout: 200_000,
    });
    expect(await page.textContent('header')).toContain('8 configs');
    await expectQuiet();
  });

  test('what the challenge graded is saved to the leaderboard, opened again from there, and taken away', async () => {
    const { page } = open;
    await open.show('#//workbench');
    await page.selectOption('.bench .controls select', { label: 'single model' });
    await page.click('button:has-text("Run the challenge")');
    await page.waitForSelector('button:has-text("Run the challenge"):enabled');
    await page.fill('label:has-text("Name") >> input[maxlength="100"]', 'one sage <b>');
    await page.click('button:has-text("Save")');
    await page.click('a:has-text("leaderboard of code-challenge")');
    await page.waitForSelector('td:has-text("one sage <b>")');
    expect(await page.textContent('thead')).toContain('points of 120');
    expect(await page.textContent('thead')).toContain('strict');
    await expectQuiet();
    await page.click('button[aria-label="Open one sage <b> in the workbench"]');
    await page.waitForSelector('textarea.config-text');
    await open.show('#//leaderboard/code-challenge');
    await page.click('button[aria-label="Take away one sage <b>"]');
    await page.click('dialog button:has-text("Take it away")');
    await page.waitForSelector('td:has-text("one sage <b>")', { state: 'detached' });
    await expectQuiet();
  });

  test('nothing is wider than a narrow screen', async () => {
    const narrow = await browser.openUrl(ui.url, { width: 390, colorScheme: 'dark' });
    for (const place of ['#/', '#//leaderboard/contest-math', '#//workbench']) {
      await narrow.show(place);
      await narrow.page.waitForSelector('main table, main textarea');
      const width = await narrow.page.evaluate(() => document.documentElement.scrollWidth);
      expect([place, width]).toEqual([place, 390]);
      expect([place, await narrow.axeFindings()]).toEqual([place, []]);
    }
    await narrow.page.click('label:has-text("as YAML or JSON")');
    await narrow.page.waitForSelector('textarea.config-text');
    await narrow.page.click('button:has-text("Run the challenge")');
    await narrow.page.waitForSelector('.bench-score');
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await narrow.close();
  });
});
