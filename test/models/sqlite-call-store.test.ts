import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import Database from 'libsql';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/canonical-json.ts';
import { unwrap } from '../../src/core/result.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { withCache } from '../../src/models/cache.ts';
import type { ChatResponse } from '../../src/models/chat-model.ts';
import { openSqliteCallStore } from '../../src/models/sqlite-call-store.ts';
import { type CallStore, createMemoryCallStore, type StoredCall } from '../../src/models/stored-call.ts';
import { ask, createScriptedModel } from './scripted-model.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mixtune-calls-'));
  path = join(folder, 'runs', 'calls.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const key = sha256(JSON.stringify(text));
        store.put(key, call(text));
        expect(store.get(key)?.response.text).toBe(text);
      }),
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
      for (const store of stores) await withCache(inner, store).complete(ask());
    });
    expect(inner.calls).toHaveLength(1);
    for (const store of stores) store.close();
  });

  it('loses nothing when several processes write at once', async () => {
    const store = transpileModule('src/models/sqlite-call-store.ts');
    const writer = `
      const { openSqliteCallStore } = await import(process.argv[1]);
      const opened = openSqliteCallStore(process.argv[2]);
      if (!opened.ok) throw opened.error;
      const name = process.argv[3], call = JSON.parse(process.argv[4]);
      for (let i = 0; i < 150; i++) {
        opened.value.put('shared' + i, call);
        opened.value.put(name + i, call);
      }
      opened.value.close();`;
    const run = (name: string): Promise<number | null> =>
      new Promise((resolve) => {
        const given = [store, path, name, JSON.stringify(call(name))];
        spawn(process.execPath, ['--input-type=module', '-e', writer, ...given], {
          stdio: ['ignore', 'ignore', 'inherit'],
        }).on('exit', resolve);
      });
    expect(await Promise.all(['a', 'b', 'c'].map(run))).toEqual([0, 0, 0]);
    const after = unwrap(openSqliteCallStore(path));
    expect(after.size).toBe(600);
    expect([...after.entries()]).toHaveLength(600);
    after.close();
  });
});

/** Turns a module and all it imports into JavaScript that a process of its own can load (Node 20 reads no types). */
function transpileModule(entry: string): string {
  const root = join(import.meta.dirname, '..', '..');
  const out = join(folder, 'js');
  const done = new Set<string>();
  const emit = (file: string): void => {
    if (done.has(file)) return;
    done.add(file);
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    mkdirSync(dirname(join(out, file)), { recursive: true });
    writeFileSync(join(out, file.replace(/\.ts$/, '.js')), outputText);
    for (const [, imported] of outputText.matchAll(/from ['"](\.[^'"]+)\.js['"]/g)) {
      emit(join(dirname(file), `${imported}.ts`));
    }
  };
  emit(entry);
  writeFileSync(join(out, 'package.json'), '{"type": "module"}');
  symlinkSync(join(root, 'node_modules'), join(out, 'node_modules'));
  return join(out, entry.replace(/\.ts$/, '.js'));
}
