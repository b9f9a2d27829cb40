import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { cellOfKey } from '../../../src/domain/cell.ts';
import { pageDocument } from '../../../src/report/page-document.ts';
import { reportParts } from '../../../src/report/report-parts.ts';
import { partNames } from '../../../src/report/view-model/document.ts';
import type { RunsView, RunView, WhyView } from '../../../src/report/view-model/schema.ts';
import { testContext } from '../../support/cli.ts';
import { makeSmallRun, type SmallRun } from '../../support/small-run.ts';
import { readPage, TestBrowser, type WatchedPage, whyNoBrowser } from './support.ts';

const views = ['front', 'progress', 'trials', 'matrix', 'why', 'config', 'lineage', 'trace', 'compare'];

describe.skipIf(whyNoBrowser !== null)('a report in a browser, from a file, offline', () => {
  let browser: TestBrowser;
  let run: SmallRun;
  let html: string;
  let open: WatchedPage;

  beforeAll(async () => {
    browser = await TestBrowser.start();
    run = await makeSmallRun('small', '--bound', 'latency<=2s');
    const context = testContext(['report', 'small', '--runs-dir', run.runsFolder], { readPage });
    expect(await runCli(context)).toBe(0);
    html = await readFile(join(run.folder, 'report.html'), 'utf8');
    open = await browser.open(html);
  });
  afterAll(async () => {
    await open.close();
    await browser.stop();
    await run.remove();
  });

  for (const view of views) {
    test(`${view}: no request, no word on the console, no report of the policy, nothing serious for axe`, async () => {
      await open.show(`#/small/${view}`);
      expect(await open.page.textContent('h1')).toContain('small');
      // In the page that a reader sees, and in the title of its tab.
      expect(await open.page.title()).toContain('(simulated)');
      expect(await open.page.textContent('header')).toContain('simulated');
      expect(await open.page.textContent('main')).not.toBe('');
      expect(await open.page.isVisible('.trouble')).toBe(false);
      expect(open.requests).toEqual([]);
      expect(open.said).toEqual([]);
      expect(await open.cspReports()).toEqual([]);
      expect(await open.axeFindings()).toEqual([]);
    });
  }

  test('the phases say what each took: calls, tokens and dollars, together all that was spent', async () => {
    await open.show('#/small/progress');
    const rows = await open.page.$$eval('table', (tables) =>
      tables
        .filter((table) => table.caption?.textContent === 'Phases and outages')
        .flatMap((table) =>
          [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent ?? '')),
        ),
    );
    const [head = [], ...phases] = rows;
    expect(head.slice(-3)).toEqual(['calls', 'tokens', 'dollars']);
    const opened = await run.open();
    const { calls, usd } = opened.record.state;
    const sum = (column: number): number =>
      phases.reduce((total, cells) => total + Number(cells.at(column)?.replaceAll(/[$,]/g, '')), 0);
    expect(sum(-3)).toBe(calls);
    // Each is rounded to two digits.
    expect(sum(-1)).toBeGreaterThan(0.95 * (usd ?? 0));
    expect(sum(-1)).toBeLessThan(1.05 * (usd ?? 0));
  });

  test('a score on tuning questions is called so beside the holdout’s, as in the terminal', async () => {
    await open.show('#/small/front');
    const heads = await open.page.$$eval('table', (tables) =>
      tables
        .filter((table) => table.caption?.textContent === 'Configs of the front')
        .flatMap((table) => [...(table.rows[0]?.cells ?? [])].map((cell) => cell.textContent?.trim() ?? '')),
    );
    const context = testContext(['front', 'small', '--runs-dir', run.runsFolder]);
    expect(await runCli(context)).toBe(0);
    expect(context.stdout.text).toMatch(/id +holdout +tuning/);
    expect(heads).toEqual(expect.arrayContaining(['tuning', 'holdout']));
    expect(heads).not.toContain('score');
  });

  test('the matrix says how the best config did on each question', async () => {
    await open.show('#/small/matrix');
    const opened = await run.open();
    const best = opened.views.run(false).front.marks.best ?? -1;
    const byQuestion = new Map<string, number[]>();
    for (const [key, { grade }] of opened.record.state.trials[best]?.results ?? []) {
      const { split, instance } = cellOfKey(key);
      if (split !== 'tuning' || grade.kind !== 'scored') continue;
      byQuestion.set(instance, [...(byQuestion.get(instance) ?? []), grade.value]);
    }
    opened.close();
    const scores = [...byQuestion.values()].map((values) =>
      (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3),
    );
    const shown = await open.page.locator('main td a[href*="/trace/"]').allTextContents();
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.sort()).toEqual(scores.sort());
  });

  test('why says what each agent of the best config adds, and what goes without it', async () => {
    const html = await withAgents({ worth });
    for (const width of [1280, 390]) {
      const page = await browser.open(html, { width });
      await page.show('#/small/why');
      const rows = await page.page.locator('.effects tbody tr').allTextContents();
      expect(rows).toHaveLength(2);
      expect(rows[0]).toContain('not told apart from luck');
      expect(rows[1]).toMatch(/writer.*0\.400.*\+0\.300 \[\+0\.100, \+0\.500\].*adds, beyond luck/);
      expect(await page.page.textContent('main')).toContain('Without critic <b> the config scores 0.710');
      expect(await page.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.axeFindings()).toEqual([]);
      expect(page.said).toEqual([]);
      await page.close();
    }
  });

  test('why says what is known of the agents where nothing is kept, and how to know more', async () => {
    const whyOf = async (changes: Partial<WhyView>, simulated = true): Promise<string> => {
      const page = await browser.open(await withAgents(changes, simulated));
      await page.show('#/small/why');
      const text = (await page.page.textContent('main')) ?? '';
      expect(await page.axeFindings()).toEqual([]);
      await page.close();
      return text;
    };
    const nothing = await whyOf({ worth: null });
    expect(nothing).toMatch(/Nothing is kept .* may tell some of it already.*mixtune answer small[^ ]/);
    expect(nothing).toMatch(
      /asks models for the answers that are missing, .*mixtune answer small --worth[^ ]/,
    );
    expect(await whyOf({ worth: null }, false)).toContain('mixtune answer small --worth --max-calls N');
    const unreadable = await whyOf({ worth: null, isWorthUnreadable: true });
    expect(unreadable).toContain('kept in worth.json, which cannot be read');
    expect(unreadable).not.toContain('Nothing is kept');
    const [first, ...others] = worth.agents;
    if (first === undefined) throw new Error('no agent');
    const single = {
      ...first,
      leaveOneOut: { mean: 0.2, low: null, high: null },
      verdict: 'unknown',
    } as const;
    const unmeasured = {
      ...first,
      at: 'stages[3].agent',
      leaveOneOut: null,
      without: null,
      verdict: 'unknown',
    } as const;
    const some = await whyOf({ worth: { ...worth, agents: [single, unmeasured, ...others] } });
    expect(some).toContain('Config abc123, which is not the best one now, scores');
    expect(some.match(/nothing is known of the noise|not measured/g)).toEqual([
      'nothing is known of the noise',
      'not measured',
    ]);
  });

  /** The report with the best config of three agents, and with other findings on them. */
  async function withAgents(changes: Partial<WhyView>, simulated = true): Promise<string> {
    const opened = await run.open();
    const parts = await reportParts([{ ...opened, withWhy: true }], 'none', '0.0.0-test');
    opened.close();
    const changed = parts.map(([name, part]) => {
      if (name === partNames.why('small')) return [name, { ...(part as WhyView), ...changes }] as const;
      if (name !== partNames.run('small')) return [name, part] as const;
      const { head, trials, ...view } = part as RunView;
      return [
        name,
        { ...view, head: { ...head, simulated }, trials: { ...trials, agents: trials.agents.map(() => 3) } },
      ] as const;
    });
    const template = await readPage();
    return pageDocument({ template, title: 'worth', connects: 'nowhere', parts: changed });
  }

  test('dark, and on a narrow screen, axe finds nothing serious either, and nothing is wider than the screen', async () => {
    const narrow = await browser.open(html, { colorScheme: 'dark', width: 390 });
    for (const view of views) {
      await narrow.show(`#/small/${view}`);
      expect([view, await narrow.axeFindings()]).toEqual([view, []]);
      const width = await narrow.page.evaluate(() => document.documentElement.scrollWidth);
      expect([view, width]).toEqual([view, 390]);
    }
    expect(narrow.said).toEqual([]);
    await narrow.close();
  });

  test('header, choice and trace start at the best of the run, though the front has a higher score', async () => {
    const opened = await run.open();
    const parts = await reportParts([{ ...opened, withWhy: false }], 'front', '0.0.0-test');
    const { trials, front } = opened.views.run(false);
    opened.close();
    // Not of the front: the holdout may turn all of it down.
    const best = trials.id.findIndex(
      (_, trial) => !front.members.includes(trial) && front.baselines[0] !== trial,
    );
    const changed = parts.map(([name, part]) => {
      if (name !== partNames.run('small')) return [name, part] as const;
      const { head, ...view } = part as RunView;
      const { score } = view.trials.holdout;
      const holdout = {
        ...view.trials.holdout,
        score: { ...score, mean: score.mean.map((mean, at) => (at === best ? 0.123 : mean)) },
      };
      const marks = { ...front.marks, best };
      return [
        name,
        {
          ...{ ...view, trials: { ...view.trials, holdout } },
          ...{ head: { ...head, bounds: null }, front: { ...front, marks } },
        },
      ] as const;
    });
    const template = await readPage();
    const html = pageDocument({ template, title: 'best', connects: 'nowhere', parts: changed });
    for (const width of [1280, 390]) {
      const page = await browser.open(html, { width });
      const id = trials.id[best] ?? 'none';
      const tuning = trials.tuning.score.mean[best]?.toFixed(3);
      await page.show('#/small/front');
      expect(await page.page.textContent('header')).toContain(
        `best score 0.123 on the holdout, ${tuning} on tuning questions`,
      );
      expect(await page.page.textContent('.choice')).toContain(id);
      expect(await page.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      for (const view of ['trace', 'config', 'compare']) {
        await page.show(`#/small/${view}`);
        expect([view, await page.page.textContent('main')]).toEqual([view, expect.stringContaining(id)]);
      }
      await page.show('#/small/front?min-score=1.1');
      expect(await page.page.textContent('.choice')).toContain('No config of the front keeps');
      expect(page.said).toEqual([]);
      await page.close();
    }
  });

  test('two runs are compared with each other; the command can be pasted; own systems are called so', async () => {
    const opened = await run.open();
    const parts = await reportParts([{ ...opened, withWhy: false }], 'front', '0.0.0-test');
    opened.close();
    const view = parts.find(([name]) => name === partNames.run('small'))?.[1] as RunView;
    const [runs, ...others] = parts;
    const other: RunView = {
      ...{ ...view, head: { ...view.head, run: 'other' } },
      front: { ...view.front, baselineLabels: view.front.baselineLabels.map(() => 'your own system x') },
    };
    const listed = runs?.[1] as RunsView;
    const [line] = listed.runs;
    const two = [
      ['runs', { ...listed, runs: [line, { ...line, run: 'other' }] }],
      ...others,
      [partNames.run('other'), other],
      [partNames.matrix('other'), parts.find(([name]) => name === partNames.matrix('small'))?.[1]],
    ] as const;
    const template = await readPage();
    const page = await browser.open(
      pageDocument({ template, title: 'two', connects: 'nowhere', parts: two }),
    );
    const best = view.trials.id[view.front.marks.best ?? -1] ?? 'none';
    for (const [first, second] of [
      ['small', 'other'],
      ['other', 'small'],
    ]) {
      await page.show(`#/${first}/compare`);
      expect(await page.page.getByLabel('Second of run').inputValue()).toBe(second);
      const shown = await page.page.locator('#choice-b option:checked').textContent();
      expect(shown).toContain(best);
      const fronts = page.page.locator('section', { hasText: 'Both fronts' });
      expect(await fronts.locator('canvas').count()).toBe(1);
      expect(await fronts.textContent()).toContain(`first: ${first}`);
    }
    await page.show('#/small/why');
    expect(await page.page.textContent('.absent')).toContain('mixtune report small');
    await page.show('#/small/front');
    expect(await page.page.textContent('main')).toContain('Single models, to compare with');
    expect(await page.page.textContent('footer')).toContain("--bound 'latency<=2s'");
    await page.show('#/other/front');
    expect(await page.page.textContent('main')).toContain('Single models and your own systems, to compare');
    await page.close();
  });

  test('a link shows the same thing again', async () => {
    await open.show('#/small/front?x=tokens&of=holdout&max-latency=3');
    const before = await open.page.textContent('main');
    const again = await browser.open(html);
    await again.show('#/small/front?x=tokens&of=holdout&max-latency=3');
    expect(await again.page.textContent('main')).toBe(before);
    await again.close();
  });

  test('bounds choose what `front` with the same limits has as its best', async () => {
    const context = testContext([
      'front',
      'small',
      '--max-latency',
      '1s',
      '--json',
      '--runs-dir',
      run.runsFolder,
    ]);
    await runCli(context);
    const { front } = JSON.parse(context.stdout.text) as { front: { id: string }[] };
    await open.show('#/small/front?max-latency=1');
    const chosen = await open.page.textContent('.choice');
    expect(chosen).toContain(front[0]?.id ?? 'No config of the front keeps these bounds.');
  });

  test('your bounds start at those of the run, and can be taken away', async () => {
    const fresh = await browser.open(html);
    await fresh.show('#/small/front');
    const slider = fresh.page.locator('.slider', { hasText: 'latency' });
    expect(await slider.textContent()).toContain('at most 2.00 s');
    const bounded = await fresh.page.textContent('.choice');
    await fresh.show('#/small/front?max-latency=2');
    expect(await fresh.page.textContent('.choice')).toBe(bounded);
    await slider.locator('input').press('Home');
    await slider.locator('input').press('End');
    expect(await slider.textContent()).toContain('at most any');
    expect(fresh.page.url()).toContain('max-latency=any');
    await fresh.close();
  });

  test('says of each config of the front how it stands to the bounds of the run, as `front` does', async () => {
    const context = testContext(['front', 'small', '--format', 'csv', '--runs-dir', run.runsFolder]);
    await runCli(context);
    const [head = '', ...lines] = context.stdout.text.trim().split('\r\n');
    const at = head.split(',').indexOf('bounds');
    const rows = lines.map((line) => line.split(','));
    await open.show('#/small/front');
    const shown = await open.page.locator('main table', { hasText: 'on front' }).locator('tbody tr').all();
    expect(shown).toHaveLength(rows.length);
    expect(await open.page.locator('th', { hasText: 'on front' }).getAttribute('title')).toContain(
      'dominates',
    );
    expect(await open.page.textContent('main')).toContain('The best is not chosen by it.');
    const heads = await open.page
      .locator('main table', { hasText: 'on front' })
      .locator('th')
      .allTextContents();
    const column = heads.findIndex((text) => text.includes('bounds'));
    for (const [index, row] of shown.entries()) {
      const cells = await row.locator('td').allTextContents();
      expect([cells[0], cells[column]]).toEqual([rows[index]?.[0], rows[index]?.[at]]);
    }
    expect(new Set(rows.map((row) => row[at])).size).toBeGreaterThan(1);
    expect(await open.page.textContent('.verdict')).toContain('Bounds latency<=2s');
  });

  test('everything is reached by keyboard: views, a bound, an agent, an answer, a call', async () => {
    const { page } = open;
    await open.show('#/small/front');
    await page.evaluate(() => document.body.focus());
    await tabTo(open, (at) => at.tag === 'A' && at.text === 'Config');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.stages');
    await tabTo(open, (at) => at.classes.includes('agent'));
    await page.keyboard.press('Enter');
    expect(await page.getAttribute('.agent', 'aria-pressed')).toBe('true');
    await open.show('#/small/trace');
    await tabTo(open, (at) => at.classes.includes('call'));
    await page.keyboard.press('Enter');
    expect(await page.isVisible('.details')).toBe(true);
    await open.show('#/small/front');
    await tabTo(open, (at) => at.type === 'range' && at.label.includes('latency'));
    const before = await page.textContent('.choice');
    for (let press = 0; press < 40; press++) await page.keyboard.press('ArrowLeft');
    expect(await page.evaluate(() => location.hash)).toContain('max-latency=');
    expect(await page.textContent('.choice')).not.toBe(before);
  });

  test('a click on a point opens its config', async () => {
    const { page } = open;
    await open.show('#/small/front');
    const box = await page.locator('.main .chart canvas').first().boundingBox();
    if (box === null) throw new Error('no chart');
    // Somewhere in the chart there is a point: try a grid of places until the address changes.
    const before = await page.evaluate(() => location.hash);
    let isOpened = false;
    for (let x = 60; x < box.width - 20 && !isOpened; x += 9) {
      for (let y = 30; y < box.height - 40 && !isOpened; y += 9) {
        await page.mouse.click(box.x + x, box.y + y);
        isOpened = (await page.evaluate(() => location.hash)) !== before;
      }
    }
    expect(await page.evaluate(() => location.hash)).toMatch(/#\/small\/config\/\d+/);
  });

  test('a page that is newer or older than its data says so', async () => {
    const { viewSchema } = await import('../../../src/report/view-model/schema.ts');
    const newer = pageDocument({
      template: await readPage(),
      title: 'newer',
      connects: 'nowhere',
      parts: [['runs', { schema: viewSchema + 1, mixtune: '9.9.9', runs: [] }]],
    });
    const said = await browser.open(newer);
    expect(await said.page.textContent('.absent')).toContain('a newer mixtune wrote it');
    await said.close();
  });
});

const means = { score: 0.7, latency: 3.2, tokens: 2100, usd: null };
const effect = (mean: number, half: number) => ({ mean, low: mean - half, high: mean + half });
const worth: NonNullable<WhyView['worth']> = {
  ...{ version: 1, id: 'abc123', simulated: true, split: 'holdout', over: 'questions' },
  ...{ questions: 8, cells: 16, level: 0.95, whole: means },
  agents: [
    {
      ...{ at: 'stages[1].agents[0]', role: 'critic', name: 'critic <b>', model: 'sim/sage-70b' },
      ...{ leaveOneOut: effect(0, 0.1), shapley: null, verdict: 'not-told-apart' },
      without: { ...means, tokens: 900, latency: 1.1 },
      evidence: { recorded: 16, fresh: 0, missing: 0 },
    },
    {
      ...{ at: 'stages[2].agent', role: 'fuser', name: 'writer', model: 'sim/sage-70b' },
      ...{ leaveOneOut: effect(0.3, 0.2), shapley: effect(0.2, 0.1), verdict: 'adds' },
      without: { ...means, score: 0.4 },
      evidence: { recorded: 0, fresh: 16, missing: 0 },
    },
  ],
  shapley: { systems: 3, cells: 16, missing: 'one answer is not recorded' },
  pruned: {
    ...{ id: 'def456', config: { version: 1, name: 'pruned', stages: [] }, cells: 16 },
    ...{
      without: ['stages[1].agents[0]'],
      measured: { ...means, score: 0.71 },
      difference: effect(0.01, 0.1),
    },
  },
  evidence: { recorded: 16, fresh: 16, missing: 0, missingCalls: 0 },
};

interface Focused {
  readonly tag: string;
  readonly text: string;
  readonly classes: string;
  readonly type: string;
  readonly label: string;
}

async function tabTo({ page }: WatchedPage, isWanted: (at: Focused) => boolean): Promise<void> {
  for (let press = 0; press < 300; press++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate((): Focused => {
      const element = document.activeElement as HTMLInputElement | null;
      return {
        tag: element?.tagName ?? '',
        text: element?.textContent?.trim() ?? '',
        classes: element?.className ?? '',
        type: element?.type ?? '',
        label: element?.closest('label')?.textContent ?? '',
      };
    });
    if (isWanted(at)) return;
  }
  throw new Error('no such control was reached by Tab');
}
