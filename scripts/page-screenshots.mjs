// Makes the pictures of docs/page.md from a report: npm run screenshots -- runs/my-run/report.html
// Needs Chromium (apt-get install chromium); CHROMIUM names another one.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [report] = process.argv.slice(2);
if (report === undefined) throw new Error('name a report: npm run screenshots -- runs/my-run/report.html');
const folder = fileURLToPath(new URL('../docs/images', import.meta.url));
mkdirSync(folder, { recursive: true });

const views = ['front', 'progress', 'trials', 'matrix', 'why', 'config', 'lineage', 'trace', 'compare'];
const sets = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 860, views },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 860, views: ['front', 'trace'] },
  { name: 'narrow', colorScheme: 'light', width: 390, height: 860, views: ['front', 'config', 'trace'] },
];

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
for (const { name, colorScheme, width, height, views: shown } of sets) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height }, offline: true });
  const page = await context.newPage();
  await page.goto(pathToFileURL(resolve(report)).href);
  await page.waitForSelector('main canvas');
  for (const view of shown) {
    await page.evaluate((to) => {
      // `#/run/view`, whatever the run is called.
      location.hash = location.hash.replace(/^(#\/[^/]*)\/.*$/, `$1/${to}`);
    }, view);
    await page.waitForFunction(() => document.querySelector('main .waiting') === null);
    await page.waitForTimeout(500);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(folder, `page-${view}-${name}.png`) });
  }
  await context.close();
}
await browser.close();
