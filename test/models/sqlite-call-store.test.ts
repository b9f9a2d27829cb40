import { spawn } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { CallSelection } from '../../src/models/call-store/call-store-admin.ts';
import { openSqliteCallStore } from '../../src/models/call-store/sqlite-call-store.ts';
import {
  type CallStore,
  createMemoryCallStore,
  type StoredCall,
} from '../../src/models/call-store/stored-call.ts';
import type { ChatResponse } from '../../src/models/chat-model.ts';
import { openDesk } from '../../src/run/calls/open-desk.ts';
import { anyText } from '../support/any-text.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runs, thorough } from '../support/thorough.ts';
import { ask, createScriptedModel } from './scripted-model.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder('calls');
  path = join(folder, 'runs', 'calls.sqlite');
});

const call = (text: string, response: Partial<ChatResponse> = {}): StoredCall => ({
  model: 'test/model',
  revision: 'r1',
  response: {
    text,
    finishReason: 'stop',
    usage: { inputTokens: 1, outputTokens: 2, estimated: false },
    serviceMs: 12.5,
    firstTokenMs: null,
    usd: null,
    ...response,
  },
});

describe.each<[string, () => CallStore & { close?(): void }]>([
  ['memory', createMemoryCallStore],
  ['sqlite', () => unwrap(openSqliteCallStore(path))],
])('call store: %s', (_name, open) => {
  it('gives back what was put, and nothing for another key', () => {
    const store = open();
    const full = call('text', {
      reasoning: 'because',
      finishReason: 'length',
      usage: { inputTokens: 1, outputTokens: 2, reasoningTokens: 1, cachedInputTokens: 0, estimated: true },
      firstTokenMs: 3,
      usd: 0.25,
      fingerprint: 'fp',
    });
    store.put('k1', full);
    expect(store.get('k1')).toEqual(full);
    expect(store.get('k2')).toBeUndefined();
    store.close?.();
  });

  it('keeps the first answer', () => {
    const store = open();
    store.put('k', call('first'));
    store.put('k', call('second'));
    expect(store.get('k')?.response.text).toBe('first');
    store.close?.();
  });

  it('keeps any text', () => {
    const store = open();
    fc.assert(
      fc.property(anyText(), (text) => {
        const key = sha256(JSON.stringify(text));
        store.put(key, call(text));
        expect(store.get(key)?.response.text).toBe(text);
      }),
      { numRuns: runs(100) },
    );
    store.close?.();
  });
});

describe('openSqliteCallStore', () => {
  it('keeps calls from one opening to the next, in order', () => {
    const first = unwrap(openSqliteCallStore(path));
    for (let index = 0; index < 1200; index++) first.put(`k${index}`, call(`answer ${index}`));
    first.close();
    const second = unwrap(openSqliteCallStore(path));
    expect(second.size).toBe(1200);
    expect([...second.entries()].map(([key]) => key)).toEqual(
      Array.from({ length: 1200 }, (_, i) => `k${i}`),
    );
    second.close();
  });

  it.each([
    ['broken JSON', '{"text": "cut o'],
    ['another shape', '{"text": 7}'],
    ['nothing', ''],
    ['a negative time', JSON.stringify(call('x', { serviceMs: -1 }).response)],
  ])('takes a row that holds %s as absent, and replaces it', (_name, response) => {
    const store = unwrap(openSqliteCallStore(path));
    store.put('good', call('good'));
    const raw = new Database(path);
    raw
      .prepare('INSERT INTO calls (key, model, revision, response) VALUES (?, ?, ?, ?)')
      .run('bad', 'test/model', 'r1', response);
    raw.close();
    expect([...store.entries()].map(([key]) => key)).toEqual(['good']);
    expect(store.get('bad')).toBeUndefined();
    store.put('bad', call('taken again'));
    expect(store.get('bad')?.response.text).toBe('taken again');
    expect(store.get('good')?.response.text).toBe('good');
    store.close();
  });

  it('is an input error for a file that is something else, or of a newer version', () => {
    const other = join(folder, 'notes.txt');
    writeFileSync(other, 'these are notes, not a data base. '.repeat(100));
    const notes = openSqliteCallStore(other);
    expect(notes).toMatchObject({ ok: false, error: { exitCode: 2, source: other } });

    unwrap(openSqliteCallStore(path)).close();
    const raw = new Database(path);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    expect(openSqliteCallStore(path)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('newer') },
    });
  });

  it('serves a cache across two openings at once', async () => {
    const clock = new VirtualClock();
    const inner = createScriptedModel({ clock });
    const stores = [unwrap(openSqliteCallStore(path)), unwrap(openSqliteCallStore(path))];
    await clock.run(async () => {
      for (const sharedAnswers of stores) {
        const { signal } = new AbortController();
        const desk = openDesk({ model: inner, clock, sharedAnswers, signal, rng: createRng(1) });
        await desk.complete(ask());
      }
    });
    expect(inner.calls).toHaveLength(1);
    for (const store of stores) store.close();
  });

  it.skipIf(!thorough)(
    'loses nothing when several processes write, read, prune and vacuum at once',
    async () => {
      const store = compiledProgram('src/models/call-store/sqlite-call-store.ts');
      const open = `
      const { openSqliteCallStore } = await import(process.argv[1]);
      const opened = openSqliteCallStore(process.argv[2]);
      if (!opened.ok) throw opened.error;
      const calls = opened.value, name = process.argv[3], call = JSON.parse(process.argv[4]);`;
      const write = `
      for (let i = 0; i < 150; i++) {
        calls.put('shared' + i, call);
        calls.put(name + i, call);
        if (calls.get('shared' + i) === undefined) throw new Error('lost ' + i);
      }
      calls.close();`;
      const tidy = `
      for (let i = 0; i < 40; i++) {
        calls.put('waste' + i, { ...call, model: 'waste/model' });
        calls.prune({ model: 'waste/*' });
        if (i % 10 === 0) calls.vacuum();
        calls.stats();
      }
      calls.close();`;
      const run = (name: string, work: string): Promise<number | null> =>
        new Promise((resolve) => {
          const given = [store, path, name, JSON.stringify(call(name))];
          spawn(process.execPath, ['--input-type=module', '-e', open + work, ...given], {
            stdio: ['ignore', 'ignore', 'inherit'],
          }).on('exit', resolve);
        });
      expect(await Promise.all([run('a', write), run('b', write), run('c', write), run('d', tidy)])).toEqual([
        0, 0, 0, 0,
      ]);
      const after = unwrap(openSqliteCallStore(path));
      expect(after.size).toBe(600);
      expect([...after.entries()]).toHaveLength(600);
      expect(after.stats().total.saved.calls).toBe(450);
      after.close();
    },
  );
});

describe('looking after a cache', () => {
  const usage = (inputTokens: number, outputTokens: number) => ({
    usage: { inputTokens, outputTokens, estimated: false },
  });
  const put = (store: CallStore, key: string, model: string, response: Partial<ChatResponse>): void =>
    store.put(key, { ...call(key, response), model });
  /** Moves calls into the past, as if they had been taken (and used) then. */
  const age = (key: string, takenDays: number, usedDays: number | null): void => {
    const raw = new Database(path);
    raw
      .prepare('UPDATE calls SET taken_at = unixepoch() - ?, used_at = unixepoch() - ? WHERE key = ?')
      .run(takenDays * 86_400, usedDays === null ? null : usedDays * 86_400, key);
    raw.close();
  };
  const days = (count: number): number => count * 86_400;

  it('counts calls, tokens and dollars by model, and what using them again has saved', () => {
    const store = unwrap(openSqliteCallStore(path));
    put(store, 'a', 'x/dear', { ...usage(100, 10), usd: 0.5 });
    put(store, 'b', 'x/dear', { ...usage(200, 20), usd: 0.25 });
    put(store, 'c', 'y/unpriced', usage(1, 2));
    for (const key of ['a', 'a', 'b', 'nothing']) store.get(key);
    const { total, models } = store.stats();
    expect(models).toMatchObject([
      {
        model: 'x/dear',
        ...{ calls: 2, tokensIn: 300, tokensOut: 30, usd: 0.75 },
        saved: { calls: 3, tokensIn: 400, tokensOut: 40, usd: 1.25 },
      },
      { model: 'y/unpriced', calls: 1, usd: null, saved: { calls: 0, usd: 0 } },
    ]);
    // Nothing unpriced was used again, so what was saved is known although not all prices are.
    expect(total).toMatchObject({ calls: 3, tokensIn: 301, usd: null, saved: { calls: 3, usd: 1.25 } });
    store.get('c');
    expect(store.stats().total.saved).toMatchObject({ calls: 4, tokensIn: 401, usd: null });
    store.close();
  });

  it('says so of an empty one, and counts a row that cannot be read as a call without figures', () => {
    const store = unwrap(openSqliteCallStore(path));
    expect(store.stats()).toMatchObject({ total: { calls: 0, oldest: null, saved: { usd: 0 } }, models: [] });
    const raw = new Database(path);
    raw.exec("INSERT INTO calls (key, model, revision, response) VALUES ('k', 'm/m', '', '{broken')");
    raw.close();
    expect(store.stats().total).toMatchObject({ calls: 1, tokensIn: 0, usd: null });
    store.close();
  });

  it.each<[string, CallSelection, string[]]>([
    ['nothing said', {}, ['old', 'used', 'new', 'other']],
    ['age', { olderThan: days(30) }, ['old', 'used']],
    ['disuse', { unusedFor: days(30) }, ['old']],
    ['model', { model: 'x/m' }, ['old', 'used', 'new']],
    ['provider', { model: 'y/*' }, ['other']],
    ['age and model', { olderThan: days(5), model: 'y/*' }, []],
    ['a model that only looks like a pattern', { model: '%' }, []],
  ])('selects by %s', (_name, selection, keys) => {
    const store = unwrap(openSqliteCallStore(path));
    for (const key of ['old', 'used', 'new']) put(store, key, 'x/m', {});
    put(store, 'other', 'y/m', {});
    age('old', 60, null);
    age('used', 60, 2);
    expect([...store.entries(selection)].map(([key]) => key)).toEqual(keys);
    expect(store.prune(selection, { dryRun: true }).calls).toBe(keys.length);
    expect(store.size).toBe(4);
    expect(store.prune(selection).calls).toBe(keys.length);
    expect(store.size).toBe(4 - keys.length);
    store.close();
  });

  it('gives the room back to the disk', () => {
    const store = unwrap(openSqliteCallStore(path));
    for (let index = 0; index < 200; index++) put(store, `k${index}`, 'x/m', { text: 'x'.repeat(5000) });
    store.prune({});
    expect(store.vacuum()).toBe(true);
    store.close();
    expect(statSync(path).size).toBeLessThan(100_000);
  });

  it('goes on with a data base of a version that counted nothing', () => {
    mkdirSync(dirname(path), { recursive: true });
    const raw = new Database(path);
    raw.exec(`CREATE TABLE calls (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
      revision TEXT NOT NULL, response TEXT NOT NULL, taken_at INTEGER NOT NULL DEFAULT (unixepoch()));
      PRAGMA user_version = 1;`);
    raw
      .prepare('INSERT INTO calls (key, model, revision, response) VALUES (?, ?, ?, ?)')
      .run('k', 'x/m', '', JSON.stringify(call('kept').response));
    raw.close();
    const store = unwrap(openSqliteCallStore(path));
    expect(store.get('k')?.response.text).toBe('kept');
    expect(store.stats().total.saved.calls).toBe(1);
    store.close();
  });
});

describe('a data base that may only be read', () => {
  it('gives the answers that it has, keeps none, and says so once', () => {
    const first = unwrap(openSqliteCallStore(path));
    first.put('k', call('kept'));
    first.put('bad', call('to be damaged'));
    first.close();
    const database = new Database(path);
    database.exec("UPDATE calls SET response = '{}' WHERE key = 'bad'");
    database.close();
    const notices: string[] = [];
    // Permissions do not hold root, as whom CI may run: what SQLite says of such a file is said for it.
    const refuseWrites = vi.spyOn(Database.prototype, 'exec').mockImplementation(() => {
      throw Object.assign(new Error('attempt to write a readonly database'), { rawCode: 8 });
    });
    const store = unwrap(openSqliteCallStore(path, (notice) => notices.push(notice)));
    refuseWrites.mockRestore();
    expect(notices).toEqual([expect.stringMatching(/calls\.sqlite: the call cache cannot be written/)]);
    for (let read = 0; read < 300; read++) expect(store.get('k')?.response.text).toBe('kept');
    expect(store.get('bad')).toBeUndefined();
    store.put('other', call('lost'));
    expect(store.get('other')).toBeUndefined();
    expect(store.stats().total.calls).toBe(2);
    expect(store.prune({}, { dryRun: true }).calls).toBe(2);
    expect(() => store.prune({})).toThrow(/calls\.sqlite: expected a call cache that can be written/);
    store.close();
    expect(notices).toHaveLength(1);
  });
});
