import { join } from 'node:path';
import type { CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRunFolder } from '../../../src/run/folder/run-folder.ts';
import { openSqliteJournal } from '../../../src/run/journal/sqlite-journal.ts';
import { longRunEvents } from '../../bench/support/journal-events.ts';
import { worldManifest } from '../../run/world-manifest.ts';
import { largeReport } from '../../support/large-report.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startUi } from '../../support/ui.ts';
import { readPage, TestBrowser, whyNoBrowser } from './support.ts';

/** What the page counts of itself; see {@link count}. */
interface Counted {
  told: number;
  drawn: number;
}

/** Counts, in the page, what the server tells of the run, and how often the figures of its head are drawn anew. */
function count(): void {
  const counted: Counted = { told: 0, drawn: 0 };
  Object.assign(globalThis, { counted });
  const ask = globalThis.fetch;
  globalThis.fetch = async (...given) => {
    const response = await ask(...given);
    if (!String(given[0]).endsWith('/events') || response.body === null) return response;
    const decoder = new TextDecoder();
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        counted.told += decoder.decode(bytes, { stream: true }).split('event: run').length - 1;
        controller.enqueue(bytes);
      },
    });
    return new Response(response.body.pipeThrough(counter), { status: response.status });
  };
  new MutationObserver((changes) => {
    const isHead = ({ target }: MutationRecord): boolean =>
      (target instanceof Element ? target : target.parentElement)?.closest('header .facts') != null;
    if (changes.some(isHead)) counted.drawn++;
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Makes every look at the clock 20 ms later than the one before: a chart gets one shape done in each frame. */
function hasten(): void {
  let now = Date.now();
  Date.now = () => {
    now += 20;
    return now;
  };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
  return usedSize;
}

describe.skipIf(whyNoBrowser !== null)('runs that are large, and busy', () => {
  let browser: TestBrowser;
  let folder: string;
  beforeAll(async () => {
    browser = await TestBrowser.start();
    folder = temporaryFolder('large-runs');
  });
  afterAll(async () => {
    await browser.stop();
  });

  test('fed 500 events a second the page draws once for each time it is told, and keeps nothing of what was', async () => {
    const journal = openSqliteJournal(
      join(await createRunFolder(folder, 'busy', worldManifest('busy')), 'journal.sqlite'),
      { flush: 'never' },
    );
    const events = longRunEvents(10_000);
    const feed = (many: number): void => {
      for (let left = many; left > 0; left--) {
        const { value, done } = events.next();
        if (done !== true) journal.append(value);
      }
      journal.commit();
    };
    feed(10);
    const ui = await startUi(folder, {}, readPage);
    const open = await browser.openUrl(`${ui.url}/busy/front`, { init: count });
    const { page } = open;
    await page.waitForSelector('header .facts');
    const start = performance.now();
    for (let tick = 0; tick < 100; tick++) {
      feed(50);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await page.waitForSelector('header .facts:has-text("501 configs")');
    const looks = (performance.now() - start) / 240;
    const { told, drawn } = await page.evaluate(
      () => (globalThis as unknown as { counted: Counted }).counted,
    );
    // However slow the machine is: no more looks than fit into the time that it took, no more drawings than looks.
    expect(told).toBeGreaterThan(1);
    expect(told).toBeLessThanOrEqual(looks + 2);
    expect(drawn).toBeGreaterThan(1);
    expect(drawn).toBeLessThanOrEqual(told + 2);
    const session = await page.context().newCDPSession(page);
    const fed = await heapOf(session);
    await page.reload();
    await page.waitForSelector('header .facts:has-text("501 configs")');
    await page.waitForSelector('main canvas');
    const readAtOnce = await heapOf(session);
    expect(fed).toBeLessThan(1.5 * readAtOnce);
    expect(open.said).toEqual([]);
    await open.close();
    await ui.close();
    journal.close();
  });

  test('views are left while their charts are being drawn, and nothing is drawn into what has gone', async () => {
    const open = await browser.open(await largeReport(await readPage(), 50, 50), { init: hasten });
    for (const view of ['front', 'progress', 'trials', 'matrix']) {
      await open.show(`#/sizes/${view}`);
      await open.page.waitForSelector('main canvas');
      await open.show('#/sizes/config');
      expect([view, await open.page.locator('.trouble pre').allTextContents()]).toEqual([view, []]);
    }
    expect(open.said).toEqual([]);
    await open.close();
  });

  test('of 5,000 configs no view puts more into the document than a reader can use', async () => {
    const open = await browser.open(await largeReport(await readPage(), 5_000, 4));
    for (const view of ['front', 'progress', 'trials', 'matrix', 'config', 'lineage', 'compare']) {
      await open.show(`#/sizes/${view}`);
      expect([view, await open.page.locator('.trouble pre').allTextContents()]).toEqual([view, []]);
      const elements = await open.page.evaluate(() => document.querySelectorAll('*').length);
      expect([view, elements < 4_000 ? 'few' : elements]).toEqual([view, 'few']);
    }
    expect(open.said).toEqual([]);
    await open.close();
  });
});
