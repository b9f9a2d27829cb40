import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import Database from 'libsql';
import { beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createRng } from '../../src/core/rng.ts';
import { openSqliteCallStore } from '../../src/models/call-store/sqlite-call-store.ts';
import type { CacheOutcome } from '../support/cache-worker.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const calls = 120;
const rounds = thorough ? 400 : 5;
let scratch: string;
let program: string;
let whole: Buffer;

beforeAll(() => {
  program = compiledProgram('test/support/cache-worker.ts');
  scratch = temporaryFolder('cache-damage');
  const path = join(scratch, 'whole.sqlite');
  const store = unwrap(openSqliteCallStore(path));
  const usage = { inputTokens: 10, outputTokens: 20, estimated: false };
  for (let call = 0; call < calls; call++) {
    const response = {
      text: `answer k${call}`,
      finishReason: 'stop',
      usage,
      serviceMs: 9,
      firstTokenMs: null,
      usd: 0.5,
    } as const;
    store.put(`k${call}`, {
      model: `test/model-${call % 3}`,
      revision: 'https://endpoint.example/v1',
      response,
    });
  }
  store.vacuum();
  store.close();
  whole = readFileSync(path);
});

/** Uses caches in a process of their own, which a panic of the SQLite binding would end. */
async function useAll(paths: readonly string[]): Promise<CacheOutcome[]> {
  const child = spawn(process.execPath, [program], { stdio: 'pipe' });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += String(text);
  });
  const ended = once(child, 'exit');
  const outcomes: CacheOutcome[] = [];
  child.stdin.end(paths.map((path) => `${path}\t${calls}\n`).join(''));
  for await (const line of createInterface({ input: child.stdout })) {
    outcomes.push(JSON.parse(line) as CacheOutcome);
  }
  expect(await ended, `${paths[outcomes.length]}: ${stderr}`).toEqual([0, null]);
  return outcomes;
}

/** A copy of the cache in a folder of its own, changed. */
function spoilt(name: string, spoil: (bytes: Buffer) => Buffer): string {
  const path = join(mkdtempSync(join(scratch, `${name}-`)), 'calls.sqlite');
  writeFileSync(path, spoil(Buffer.from(whole)));
  return path;
}

describe('a damaged cache', () => {
  it.skipIf(!thorough)(
    `never gives a wrong answer, ends the process or stops it, after ${rounds} kinds of damage`,
    async () => {
      const rng = createRng('cache');
      const paths = Array.from({ length: rounds }, (_, round) =>
        spoilt(`r${round}`, (bytes) => {
          const kind = round % 4;
          if (kind === 3) return bytes.subarray(0, 1024 + rng.integer(bytes.length - 1024));
          // One bit, some bytes, or a stretch.
          const places = [1, 30, 400][kind] ?? 1;
          const from = rng.integer(bytes.length);
          for (let n = 0; n < places; n++) {
            const at = kind === 2 ? (from + n) % bytes.length : rng.integer(bytes.length);
            // The version, which may be a newer mixtune's, and the file's magic, which may be another program's.
            if (at < 16 || (at >= 60 && at < 64)) continue;
            bytes[at] = kind === 0 ? (bytes[at] ?? 0) ^ (1 << rng.integer(8)) : rng.integer(256);
          }
          return bytes;
        }),
      );
      const outcomes = await useAll(paths);
      outcomes.forEach(({ texts, keeps, error, notices }, round) => {
        const place = paths[round] ?? '';
        expect(error, place).toBeNull();
        expect(keeps, place).toBe(true);
        texts.forEach((text, call) => {
          if (text !== null) expect(text, place).toBe(`answer k${call}`);
        });
        const aside = readdirSync(join(place, '..')).filter((name) => /\.damaged-\d+$/.test(name));
        expect(notices.length, place).toBe(aside.length);
      });
      expect(outcomes.some(({ notices }) => notices.length > 0)).toBe(true);
      expect(outcomes.some(({ texts }) => texts.includes(null))).toBe(true);
    },
    600_000,
  );

  it.skipIf(!thorough)('is set aside whole, by name, and a new one begun', async () => {
    const path = spoilt('noise', (bytes) => bytes.fill(0xff, 100));
    writeFileSync(`${path}.damaged-1`, 'of before');
    const [outcome] = await useAll([path]);
    expect(outcome?.notices).toEqual([
      `${path}: the call cache is damaged (database disk image is malformed); it is kept as ` +
        `${path}.damaged-2, and a new one is begun`,
    ]);
    expect(readFileSync(`${path}.damaged-2`).subarray(100)).toEqual(Buffer.alloc(whole.length - 100, 0xff));
    expect(existsSync(path)).toBe(true);
  });

  it.skipIf(!thorough)('takes rows that are not UTF-8, or not as they were written, as absent', async () => {
    const path = spoilt('rows', (bytes) => bytes);
    const raw = new Database(path);
    raw.exec("UPDATE calls SET response = CAST(x'7bff7d' AS TEXT) WHERE key = 'k3'");
    raw.exec("UPDATE calls SET model = CAST(x'ff41' AS TEXT) WHERE key = 'k4'");
    raw.exec("UPDATE calls SET response = replace(response, 'answer', 'Answer') WHERE key = 'k5'");
    raw.close();
    const [outcome] = await useAll([path]);
    expect(outcome).toMatchObject({ notices: [], error: null, keeps: true });
    expect(
      outcome?.texts.map((text, call) => (text === null ? call : -1)).filter((call) => call >= 0),
    ).toEqual([3, 4, 5]);
  });
});
