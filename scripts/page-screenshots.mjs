// Makes the pictures of docs/page.md from a run, its report and the live page beside it:
//   npx mixtune answer my-run --worth; npx mixtune report my-run; npm run screenshots -- runs/my-run [folder]
// Needs Chromium (apt-get install chromium); CHROMIUM names another one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [run, into] = process.argv.slice(2);
if (run === undefined) throw new Error('name a run: npm run screenshots -- runs/my-run');
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = into === undefined ? join(root, 'docs/images') : resolve(into);
mkdirSync(folder, { recursive: true });

const views = ['front', 'progress', 'trials', 'matrix', 'why', 'config', 'lineage', 'trace', 'compare'];
const livePages = ['runs', 'workbench', 'workbench-text', 'leaderboard'];
/** `all`: to be looked at; the others are what the documents show. */
const sets = {
  light: { colorScheme: 'light', width: 1280, views, livePages },
  dark: { colorScheme: 'dark', width: 1280, views: ['front', 'trace'], livePages: [] },
  narrow: { colorScheme: 'light', width: 390, views: ['front', 'config', 'trace'], livePages: [] },
};
if (into !== undefined) for (const set of Object.values(sets)) Object.assign(set, { views, livePages });

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const ui = spawn(
  process.execPath,
  [
    ...[join(root, 'scripts/mixtune.mjs'), 'ui', '--json', '--until-closed'],
    ...['--runs-dir', dirname(resolve(run)), '--models', 'sim/*'],
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const [printed] = await once(ui.stdout, 'data');
const { url } = JSON.parse(String(printed));
const { task } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8'));

for (const [name, { colorScheme, width, views: shown, livePages: live }] of Object.entries(sets)) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 860 } });
  const page = await context.newPage();
  const shoot = async (what) => {
    await page.waitForFunction(() => document.querySelector('main .waiting') === null);
    await page.waitForTimeout(500);
    await page.evaluate(() => scrollTo(0, 0));
    // Whoever looks at all of it wants to see the whole page.
    await page.screenshot({ path: join(folder, `page-${what}-${name}.png`), fullPage: into !== undefined });
  };
  const goTo = (hash) =>
    page.evaluate((to) => {
      location.hash = to;
    }, hash);
  await page.goto(pathToFileURL(resolve(run, 'report.html')).href);
  await page.waitForSelector('main canvas');
  for (const view of shown) {
    await goTo(`#/${basename(run)}/${view}`);
    await shoot(view);
  }
  if (live.length > 0) await page.goto(url);
  const prepare = {
    runs: () => page.waitForSelector('table.runs'),
    workbench: async () => {
      await goTo('#//workbench');
      await page.click('button:has-text("Run the challenge")');
      await page.waitForSelector('.bench-score', { timeout: 120_000 });
    },
    'workbench-text': async () => {
      await page.selectOption('.bench .controls select', { label: 'critique-rank-fuse' });
      await page.waitForSelector('.stages :text("rank")');
    },
    leaderboard: async () => {
      await goTo(`#//leaderboard/${task.name}`);
      await page.waitForSelector('main table');
    },
  };
  for (const what of live) {
    await prepare[what]();
    await shoot(what);
  }
  await context.close();
}
await browser.close();
ui.stdin.end();
await once(ui, 'exit');
