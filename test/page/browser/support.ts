import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const executables = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
export const chromiumFile = executables.find((path) => path !== '' && existsSync(path));
const pageFile = join(process.cwd(), 'dist', 'page', 'index.html');

/** Why nothing can be tried here; `null` where it can. */
export const whyNoBrowser =
  chromiumFile === undefined
    ? 'there is no Chromium (apt-get install chromium, or name one in CHROMIUM)'
    : existsSync(pageFile)
      ? null
      : 'the page is not built (npm run build)';
if (whyNoBrowser !== null) process.stdout.write(`The page is not tried in a browser: ${whyNoBrowser}.\n`);

export const readPage = (): Promise<string> => readFile(pageFile, 'utf8');

/** A page that is watched: what it asked for, said and did. */
export interface WatchedPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly said: readonly string[];
  readonly dialogs: readonly string[];
  /** Reports of the content security policy. */
  cspReports(): Promise<readonly string[]>;
  /** Goes to a fragment and waits until the view stands there. */
  show(fragment: string): Promise<void>;
  /** Serious and critical findings of axe. */
  axeFindings(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface PageSettings {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  /** Runs in the page before anything of its own. */
  readonly init?: () => void;
}

/** A browser and a folder for the files that it opens. */
export class TestBrowser {
  readonly folder: string;
  readonly #browser: Browser;

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.folder = folder;
  }

  static async start(): Promise<TestBrowser> {
    const browser = await chromium.launch({
      ...(chromiumFile === undefined ? {} : { executablePath: chromiumFile }),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    return new TestBrowser(browser, temporaryFolder('page'));
  }

  async open(
    html: string,
    { colorScheme = 'light', width = 1280, init }: PageSettings = {},
  ): Promise<WatchedPage> {
    const file = join(this.folder, `${Math.random().toString(36).slice(2)}.html`);
    await writeFile(file, html);
    const context = await this.#browser.newContext({
      offline: true,
      colorScheme,
      viewport: { width, height: 900 },
    });
    if (init !== undefined) await context.addInitScript(init);
    return watch(context, pathToFileURL(file).href);
  }

  /** A page of a server, online. */
  async openUrl(
    url: string,
    { colorScheme = 'light', width = 1280, init }: PageSettings = {},
  ): Promise<WatchedPage> {
    const context = await this.#browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    if (init !== undefined) await context.addInitScript(init);
    return watch(context, url);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await rm(this.folder, { recursive: true });
  }
}

async function watch(context: BrowserContext, url: string): Promise<WatchedPage> {
  const page = await context.newPage();
  const requests: string[] = [];
  const said: string[] = [];
  const dialogs: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== url) requests.push(request.url());
  });
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.addInitScript(() => {
    const reports: string[] = [];
    Object.assign(globalThis, { cspReports: reports });
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      reports.push(`${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  await page.goto(url);
  await page.waitForSelector('main');
  return {
    page,
    requests,
    said,
    dialogs,
    cspReports: () => page.evaluate(() => (globalThis as unknown as { cspReports: string[] }).cspReports),
    show: async (fragment) => {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, fragment);
      await page.waitForFunction(
        () => document.querySelector('main') !== null && document.querySelector('main .waiting') === null,
      );
      // Two frames: effects have run and charts are drawn.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
    },
    axeFindings: () => axeFindings(page),
    close: () => context.close(),
  };
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axeFile, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: unknown): Promise<{
          violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary.slice(0, 200)}`,
      );
  });
}
