import process from 'node:process';
import { createInterface } from 'node:readline';
import { unwrap } from '../../src/core/result.ts';
import { openSqliteCallStore } from '../../src/models/call-store/sqlite-call-store.ts';

/** What became of a cache's answers, a line of JSON for each path on stdin. */
export interface CacheOutcome {
  readonly notices: readonly string[];
  /** Text of each answer `k0`, `k1`, …; `null` where it is gone. */
  readonly texts: readonly (string | null)[];
  /** An answer kept now is had again. */
  readonly keeps: boolean;
  readonly error: string | null;
}

function use(path: string, calls: number): CacheOutcome {
  const notices: string[] = [];
  const texts: (string | null)[] = [];
  try {
    const store = unwrap(openSqliteCallStore(path, (notice) => notices.push(notice)));
    for (let call = 0; call < calls; call++) texts.push(store.get(`k${call}`)?.response.text ?? null);
    const usage = { inputTokens: 1, outputTokens: 1, estimated: false };
    const response = {
      text: 'new',
      finishReason: 'stop',
      usage,
      serviceMs: 1,
      firstTokenMs: 1,
      usd: 0,
    } as const;
    store.put('new', { model: 'test/new', revision: 'r', response });
    const keeps = store.get('new')?.response.text === 'new';
    store.stats();
    for (const [key, { response: kept }] of store.entries()) {
      if (key !== 'new' && kept.text !== `answer ${key}`) throw new Error(`${key} became ${kept.text}`);
    }
    store.prune({ olderThan: 1e9 });
    store.vacuum();
    store.close();
    return { notices, texts, keeps, error: null };
  } catch (error) {
    return { notices, texts, keeps: false, error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [path = '', calls = '0'] = line.split('\t');
  process.stdout.write(`${JSON.stringify(use(path, Number(calls)))}\n`);
}
