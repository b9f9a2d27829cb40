import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type CDPSession, chromium } from 'playwright-core';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { chromiumFile, readPage, whyNoBrowser } from '../page/browser/support.ts';
import { worldSettings } from '../run/world.ts';
import { worldManifest } from '../run/world-manifest.ts';
import { largeReport } from '../support/large-report.ts';
import { against, type Bench, type Measured, median } from './harness.ts';

/** Benches of the page want Chromium and the built page. */
async function inBrowser<Value>(work: (browser: Browser, folder: string) => Promise<Value>): Promise<Value> {
  if (whyNoBrowser !== null) throw new Error(whyNoBrowser);
  const folder = mkdtempSync(join(tmpdir(), 'mixtune-page-bench-'));
  const browser = await chromium.launch({
    ...(chromiumFile === undefined ? {} : { executablePath: chromiumFile }),
    args: ['--no-sandbox'],
  });
  try {
    return await work(browser, folder);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds of the processor that the page's main thread has had. */
async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
}

/** Opens a report of so many configs; seconds of its main thread until its first view is drawn. */
function openBench(configs: number, goalSeconds: number): Bench {
  return {
    name: `page-open-${configs}`,
    run: () =>
      inBrowser(async (browser, folder) => {
        const html = await largeReport(await readPage(), configs, 24);
        const file = join(folder, 'report.html');
        writeFileSync(file, html);
        const seconds: number[] = [];
        for (let round = 0; round < 3; round++) {
          const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
          const session = await page.context().newCDPSession(page);
          await session.send('Performance.enable');
          await page.goto(pathToFileURL(file).href);
          await page.waitForSelector('main canvas');
          await page.evaluate(
            () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
          );
          seconds.push(await taskSeconds(session));
          await page.context().close();
        }
        const note = `${(Buffer.byteLength(html) / 1e6).toFixed(2)} MB, 24 answers a config, answers of the front`;
        const goal = { kind: 'limit', name: 'goal', value: goalSeconds } as const;
        return against(
          median(seconds.sort((a, b) => a - b)),
          's of its main thread',
          goal,
          { atMost: 1 },
          note,
        );
      }),
  };
}

const views = ['front', 'progress', 'trials', 'matrix', 'config', 'lineage', 'compare'];

/** The slowest of the views of a report of 5,000 configs, in seconds of the main thread to show it. */
const viewsBench: Bench = {
  name: 'page-views-5000',
  run: () =>
    inBrowser(async (browser, folder) => {
      const file = join(folder, 'report.html');
      writeFileSync(file, await largeReport(await readPage(), 5_000, 8));
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable');
      await page.goto(pathToFileURL(file).href);
      await page.waitForSelector('main canvas');
      const took: (readonly [view: string, seconds: number])[] = [];
      for (const view of [...views.slice(1), 'front']) {
        const before = await taskSeconds(session);
        await page.evaluate((to) => {
          location.hash = `#/sizes/${to}`;
        }, view);
        await page.waitForFunction(() => document.querySelector('main .waiting') === null);
        await page.evaluate(
          () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
        );
        took.push([view, (await taskSeconds(session)) - before]);
      }
      const slowest = Math.max(...took.map(([, seconds]) => seconds));
      const note = took.map(([view, seconds]) => `${view} ${seconds.toFixed(2)} s`).join(', ');
      const goal = { kind: 'limit', name: 'goal', value: 1 } as const;
      return against(slowest, 's of its main thread', goal, { atMost: 1 }, note);
    }),
};

const evaluations = 60;
const root = fileURLToPath(new URL('../..', import.meta.url));

interface Tuned {
  readonly ms: number;
  readonly cpuMs: number;
}

async function tuned(runsFolder: string, run: string): Promise<Tuned> {
  const settings = { ...worldSettings, concurrency: 256, budget: { maxEvaluations: evaluations } };
  const folder = await createRunFolder(runsFolder, run, worldManifest(run, settings));
  const program = fileURLToPath(new URL('./support/fast-tuner.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, String(evaluations)], {
    cwd: root,
  });
  let told = '';
  child.stdout.on('data', (text) => (told += String(text)));
  child.stderr.pipe(process.stderr);
  await once(child, 'close');
  return JSON.parse(told) as Tuned;
}

/** `mixtune ui` as a user starts it. */
async function startUi(
  runsFolder: string,
): Promise<{ readonly child: ChildProcessWithoutNullStreams; readonly url: string }> {
  const line = ['ui', '--json', '--until-closed', '--runs-dir', runsFolder];
  const child = spawn(process.execPath, [join(root, 'scripts/mixtune.mjs'), ...line], { cwd: root });
  child.stderr.pipe(process.stderr);
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(String(printed)) as { url: string };
  return { child, url };
}

/** How much longer a run takes while a page shows it: pairs of runs, with and without, one after the other. */
const slowedBench: Bench = {
  name: 'page-slows-tuner',
  run: () =>
    inBrowser(async (browser, folder): Promise<Measured> => {
      const ratios: number[] = [];
      const cpuRatios: number[] = [];
      const { child, url } = await startUi(folder);
      await tuned(folder, 'warm-up');
      for (let pair = 0; pair < 3; pair++) {
        const alone = await tuned(folder, `alone-${pair}`);
        const page = await browser.newPage();
        await page.goto(`${url}/watched-${pair}/front`);
        const watched = await tuned(folder, `watched-${pair}`);
        // It was shown, to its end.
        await page.waitForSelector(`header .facts:has-text("${evaluations} configs")`);
        await page.close();
        ratios.push(watched.ms / alone.ms);
        cpuRatios.push(watched.cpuMs / alone.cpuMs);
      }
      child.stdin.end();
      await once(child, 'exit');
      const sorted = ratios.sort((a, b) => a - b);
      const note = `${evaluations} configs, up to 256 calls in flight; from ${sorted[0]?.toFixed(3)} to ${sorted.at(-1)?.toFixed(3)}; its processor time × ${median(cpuRatios.sort((a, b) => a - b)).toFixed(3)}`;
      const goal = { kind: 'peer', name: 'without a page', value: 1 } as const;
      return against(median(sorted), '× the time', goal, { atMost: 1.03 }, note);
    }),
};

export const benches: readonly Bench[] = [openBench(1_000, 1), openBench(10_000, 3), viewsBench, slowedBench];
