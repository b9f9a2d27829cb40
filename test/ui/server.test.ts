import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpSource } from '../../src/page/http-source.ts';
import { type RunsView, type RunView, viewSchema } from '../../src/report/view-model/schema.ts';
import { makeSmallRun, type SmallRun } from '../support/small-run.ts';
import { startUi, type UiUnderTest } from '../support/ui.ts';

let small: SmallRun;
let ui: UiUnderTest;
beforeAll(async () => {
  small = await makeSmallRun();
  ui = await startUi(small.runsFolder);
});
afterAll(async () => {
  await ui.close();
  await small.remove();
});

/** A source as the page has it, of a tab that is always seen. */
const source = () =>
  createHttpSource({
    base: ui.base,
    token: ui.token,
    onConnection: () => undefined,
    whenShown: async () => new AbortController().signal,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });

describe('what a web site could try', () => {
  const port = () => new URL(ui.base).port;
  const json = { 'content-type': 'application/json' };
  it.each([
    ['no token', 401, () => ({ headers: { authorization: '' } })],
    ['another token', 401, () => ({ headers: { authorization: 'Bearer guess' } })],
    ['the token in another form', 401, () => ({ headers: { authorization: ui.token } })],
    ['a name that leads here', 403, () => ({ headers: { host: `evil.example:${port()}` } })],
    ['a name that begins like ours', 403, () => ({ headers: { host: `localhost.evil.example:${port()}` } })],
    ['an address that is not this machine', 403, () => ({ headers: { host: '192.0.2.1' } })],
    ['the script of another site', 403, () => ({ headers: { origin: 'https://evil.example' } })],
    ['the script of another port', 403, () => ({ headers: { origin: 'http://127.0.0.1:1' } })],
    ['a page without origin', 403, () => ({ headers: { origin: 'null' } })],
    ['an image of another site', 403, () => ({ headers: { 'sec-fetch-site': 'cross-site' } })],
    ['a sibling site', 403, () => ({ headers: { 'sec-fetch-site': 'same-site' } })],
    ['a preflight', 405, () => ({ method: 'OPTIONS' })],
    ['another method', 405, () => ({ method: 'DELETE' })],
  ])('%s is refused with %i', async (_, status, request) => {
    const answer = await ui.ask('/api/runs', request());
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', { 'content-type': 'text/plain' }],
    ['nothing said', {}],
  ])('a body that is %s is refused', async (_, headers) => {
    const answer = await ui.ask('/api/runs/small/stop', { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(415);
  });

  it('its own page may ask', async () => {
    const origin = { origin: ui.base, 'sec-fetch-site': 'same-origin' };
    expect((await ui.ask('/api/runs', { headers: origin })).status).toBe(200);
    expect((await ui.ask('/api/runs', { headers: { host: `localhost:${port()}` } })).status).toBe(200);
    const stop = { method: 'POST', headers: { ...origin, ...json }, body: '{}' };
    expect(JSON.parse((await ui.ask('/api/runs/small/stop', stop)).body)).toEqual({ stopping: false });
  });

  it('the page holds no token, and can neither be framed nor run anything else', async () => {
    const page = await ui.ask('/', { headers: { authorization: '' } });
    expect(page.status).toBe(200);
    expect(page.body).not.toContain(ui.token);
    expect(page.body).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toBe("frame-ancestors 'none'");
    expect(page.headers['cache-control']).toBe('no-store');
  });

  it.each(['..', '%2e%2e', '..%2f..%2fetc', '%2Fetc', 'a%00b', '~'])(
    'the run %s leads nowhere',
    async (run) => {
      expect([404, 422]).toContain((await ui.ask(`/api/runs/${run}/matrix`)).status);
    },
  );
});

describe('runs over HTTP', () => {
  it('are what the report has', async () => {
    const opened = await small.open();
    try {
      const whole = JSON.parse(JSON.stringify(opened.views.run(false))) as RunView;
      const asked = source();
      expect(await asked.run('small')).toEqual({ kind: 'here', value: whole });
      expect(await asked.matrix('small')).toMatchObject({ kind: 'here', value: { schema: viewSchema } });
      const best = whole.front.members[0] ?? 0;
      const config = await opened.views.config(best);
      expect(await asked.config('small', best)).toEqual({
        kind: 'here',
        value: JSON.parse(JSON.stringify(config)),
      });
      const key = [...(opened.record.state.trials[best]?.results.keys() ?? [])][0] ?? '';
      const { cellOfKey } = await import('../../src/domain/cell.ts');
      expect(await asked.cell('small', best, cellOfKey(key))).toMatchObject({ kind: 'here' });
      expect(await asked.config('small', 9999)).toMatchObject({ kind: 'absent' });
    } finally {
      opened.close();
    }
  });

  it('the list says of a run what its own page says', async () => {
    const whole = await source().run('small');
    if (whole.kind !== 'here') throw new Error('no run');
    const { head, front, trials } = whole.value;
    const best = front.marks.best ?? -1;
    const { runs } = JSON.parse((await ui.ask('/api/runs')).body) as RunsView;
    const line = runs.find(({ run }) => run === 'small');
    // Comparisons for as many tokens are no configs of the search.
    expect(line?.evaluations).toBe(head.evaluations);
    expect(line?.bestScore).toBeCloseTo(trials.tuning.score.mean[best] ?? -1, 5);
    expect(line?.holdoutScore).toBeCloseTo(trials.holdout.score.mean[best] ?? -1, 5);
  });

  it('the list holds broken runs too, and says why they cannot be opened', async () => {
    const broken = join(small.runsFolder, 'broken');
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, 'manifest.json'), '{"version": 1}');
    mkdirSync(join(small.runsFolder, 'no-run-at-all'), { recursive: true });
    // Links that lead to no folder: some keep one to the newest log.
    symlinkSync('small/manifest.json', join(small.runsFolder, 'latest'));
    symlinkSync('loop', join(small.runsFolder, 'loop'));
    const { runs } = JSON.parse((await ui.ask('/api/runs')).body) as RunsView;
    expect(runs.map(({ run }) => run).toSorted()).toEqual(['broken', 'small']);
    expect(runs.find(({ run }) => run === 'broken')?.trouble).toContain('manifest.json');
    expect(runs.find(({ run }) => run === 'small')).toMatchObject({ state: 'done', trouble: null });
    expect(await source().run('broken')).toMatchObject({ kind: 'absent' });
    expect(await source().run('absent')).toMatchObject({ kind: 'absent' });
  });

  it('leaderboards open at the task that is named, else at that of the newest run', async () => {
    const manifest = JSON.parse(readFileSync(join(small.folder, 'manifest.json'), 'utf8'));
    const newer = join(small.runsFolder, 'newer');
    cpSync(small.folder, newer, { recursive: true });
    const changed = { ...manifest, run: 'newer', startedAt: '2099-01-01T00:00:00.000Z' };
    const task = { ...manifest.task, name: 'orders' };
    writeFileSync(join(newer, 'manifest.json'), JSON.stringify({ ...changed, task }));
    const firstOf = async (named: string | undefined) => {
      const opened = await startUi(small.runsFolder, named === undefined ? {} : { task: named });
      try {
        return JSON.parse((await opened.ask('/api/leaderboard')).body) as { first: string; tasks: string[] };
      } finally {
        await opened.close();
      }
    };
    try {
      expect((await firstOf(undefined)).tasks).toEqual(['contest-math', 'orders']);
      expect((await firstOf(undefined)).first).toBe('orders');
      expect((await firstOf('contest-math')).first).toBe('contest-math');
      // Nothing was measured on it, or there is no such task.
      for (const other of ['code-challenge', 'no-task']) expect((await firstOf(other)).first).toBe('orders');
    } finally {
      rmSync(newer, { recursive: true });
    }
  });

  it('what follows on no known event is to be read anew', async () => {
    for (const last of ['999999', 'none']) {
      const answer = await ui.ask('/api/runs/small/events', { headers: { 'last-event-id': last } });
      expect(answer.body).toContain('event: refetch');
    }
  });
});
