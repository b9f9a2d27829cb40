import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenRunViews } from '../../../src/cli/wiring/page/run-views.ts';
import { pageDocument } from '../../../src/report/page-document.ts';
import { reportParts } from '../../../src/report/report-parts.ts';
import { partNames } from '../../../src/report/view-model/document.ts';
import type { CallView, CellView } from '../../../src/report/view-model/schema.ts';
import { makeSmallRun, type SmallRun } from '../../support/small-run.ts';
import { readPage, TestBrowser, type WatchedPage, whyNoBrowser } from './support.ts';

const views = ['front', 'progress', 'trials', 'matrix', 'why', 'config', 'lineage', 'trace', 'compare'];

/** What would break out of its place if it were ever more than text. */
const corpus = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(2)><svg/onload=alert(3)>',
  '"><iframe src="javascript:alert(4)"></iframe>',
  '[click](javascript:alert(5)) ![i](https://example.com/pixel.png)',
  '<!--<script>--><style>*{display:none}</style><base href="https://example.com/">',
  '\u2028\u2029 \ud800 \udfff \u202e\u2066reversed\u2069 \u001b[31mred\u001b[2J \u0000 \u0007',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is to look like one.
  '{a|b}{c:d} ${alert(6)} {{constructor.constructor("alert(7)")()}} $& $1',
  '__proto__',
].join(' ');

describe.skipIf(whyNoBrowser !== null)('texts that mean harm', () => {
  let browser: TestBrowser;
  let run: SmallRun;
  let open: OpenRunViews;
  let parts: [string, unknown][];

  beforeAll(async () => {
    browser = await TestBrowser.start();
    run = await makeSmallRun();
    open = await run.open();
    parts = (await reportParts([{ ...open, withWhy: true }], 'all', '0.0.0-test')).map(([name, value]) => [
      name,
      value,
    ]);
  });
  afterAll(async () => {
    open.close();
    await browser.stop();
    await run.remove();
  });

  async function opened(
    changed: Iterable<readonly [string, unknown]>,
    title = 'hostile',
  ): Promise<WatchedPage> {
    return browser.open(
      pageDocument({ template: await readPage(), title, connects: 'nowhere', parts: changed }),
    );
  }

  test('in every text of a report: no dialog, no request, the page stands', async () => {
    const hostile = parts.map(([name, value]): [string, unknown] => [name, withHostileTexts(value, '')]);
    const page = await opened(hostile, corpus);
    for (const view of views) {
      await page.show(`#/small/${view}`);
      expect([view, await page.page.isVisible('.trouble')]).toEqual([view, false]);
      expect(await page.page.textContent('main')).not.toBe('');
    }
    await page.show('#/small/trace');
    // What a model wrote stands there to be read, as it is.
    expect(await page.page.textContent('main')).toContain('<img src=x onerror=alert(2)>');
    expect(await page.page.textContent('main')).not.toContain('\u202e');
    expect(page.dialogs).toEqual([]);
    expect(page.requests).toEqual([]);
    expect(page.said).toEqual([]);
    expect(await page.cspReports()).toEqual([]);
    expect(
      await page.page.evaluate(() => document.querySelectorAll('img, iframe, base, script[src]').length),
    ).toBe(0);
    await page.close();
  });

  test('an answer of 5 MB, and prompts of 10,000 lines that differ: the tab lives', async () => {
    const long = `${corpus} `.repeat(Math.ceil(5_000_000 / corpus.length));
    const lines = (word: string): string =>
      Array.from({ length: 10_000 }, (_, at) => `${word} ${at % 7 === 0 ? word : at}`).join('\n');
    const changed = parts.map(([name, value]): [string, unknown] => {
      if (name === partNames.configs('small')) {
        const table = value as { prompts: string[] };
        return [name, { ...table, prompts: table.prompts.map((_, at) => lines(`word${at}`)) }];
      }
      if (name !== partNames.cells('small', 0)) return [name, value];
      return [name, (value as CellView[]).map((cell, at) => (at === 0 ? { ...cell, answer: long } : cell))];
    });
    const page = await opened(changed);
    const child = open.record.state.trials.findLast(({ origin }) => origin.parents.length > 0)?.trial ?? 0;
    const [first] = (parts.find(([name]) => name === partNames.cells('small', 0))?.[1] ?? []) as CellView[];
    if (first === undefined) throw new Error('no answer in the report');
    const { split, repeat, instance } = first.cell;
    const trace = `trace/${first.trial}/${split}/${repeat}/${instance}`;
    for (const view of [`lineage/${child}`, 'config', trace]) {
      await page.show(`#/small/${view}`);
      expect([view, await page.page.isVisible('.trouble')]).toEqual([view, false]);
    }
    await page.page.click('text=/Show 100,000 of [0-9,]+ characters/ >> nth=0');
    expect(page.dialogs).toEqual([]);
    expect(page.said).toEqual([]);
    await page.close();
  });

  test('a trace of 30,000 calls opens, with a document of a bounded size', async () => {
    const call = (at: number): CallView => ({
      ...{ stage: `stages[0].stages[0]@${Math.floor(at / 64)}`, stageKind: 'propose', round: at % 64 },
      ...{ agent: `agent-${at % 50}`, model: 'sim/wisp-1b', outcome: 'answered', failure: null },
      ...{
        start: Math.floor(at / 50),
        seconds: 1,
        firstToken: null,
        critical: at % 50 === 0,
        cached: at % 3 === 0,
      },
      ...{
        inputTokens: 10,
        outputTokens: 10,
        reasoningTokens: null,
        usd: 0.001,
        messages: [['user', 0]],
        text: 0,
        reasoning: null,
      },
    });
    const calls = Array.from({ length: 30_000 }, (_, at) => call(at));
    const changed = parts.map(([name, value]): [string, unknown] =>
      /^cells\/small\/\d+$/.test(name)
        ? [
            name,
            (value as CellView[]).map((cell, at) =>
              at === 0 ? { ...cell, calls, texts: ['a text'] } : cell,
            ),
          ]
        : [name, value],
    );
    const [first] = (changed.find(([name]) => name === partNames.cells('small', 0))?.[1] ?? []) as CellView[];
    if (first === undefined) throw new Error('no answer in the report');
    const page = await opened(changed);
    const { split, repeat, instance } = first.cell;
    await page.show(`#/small/trace/${first.trial}/${split}/${repeat}/${instance}`);
    expect(await page.page.textContent('main')).toContain('30,000 calls as a table');
    expect(await page.page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(30_000);
    expect(page.said).toEqual([]);
    await page.close();
  });
});

/** Names by which parts find each other, and words of our own that mean something. */
const kept =
  /^(run|split|status|operator|kind|phase|state|basis|part|method|horizon|group|outcome|stageKind|stage|objectives|schema|startedAt|version|taskHash|ids?|instance)$/;

/** Every text that may come from outside gets the corpus behind it. */
function withHostileTexts(value: unknown, key: string): unknown {
  if (typeof value === 'string') return kept.test(key) ? value : `${value} ${corpus}`;
  if (Array.isArray(value)) return value.map((inner) => withHostileTexts(inner, key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    // A message's role is one of three words, and a stage's kind is ours.
    name === 'chunks' ? inner : withHostileTexts(inner, name),
  ]);
  return Object.fromEntries(entries);
}
