import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { tuneInWorld } from '../support/kill-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';
import { worldManifest } from './world-manifest.ts';

const kills = thorough ? 30 : 1;
const evaluations = thorough ? 12 : 6;
let program: string;
let scratch: string;

beforeAll(() => {
  program = compiledProgram('test/support/kill-worker.ts');
  scratch = temporaryFolder('kill');
});

async function newRun(name: string): Promise<string> {
  return createRunFolder(scratch, name, worldManifest(name));
}

/** Works on the run in a process; resolves to the signal that ended it, `null` when it came to its end. */
function work(folder: string, killAt?: number): Promise<NodeJS.Signals | null> {
  const given = [
    folder,
    String(evaluations),
    `${folder}.paid`,
    ...(killAt === undefined ? [] : [String(killAt)]),
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...given], (error, _stdout, stderr) => {
      if (error === null) resolve(null);
      else if (error.signal === 'SIGKILL') resolve('SIGKILL');
      else reject(new Error(stderr, { cause: error }));
    });
  });
}

function paidCalls(folder: string): number {
  return existsSync(`${folder}.paid`) ? readFileSync(`${folder}.paid`).length : 0;
}

/** Calls that the journal knows to be paid: it must never pay them again. */
function journaled(folder: string): number {
  const journal = openSqliteJournal(join(folder, 'journal.sqlite'), { flush: 'never' });
  try {
    return [...journal.events()].filter(({ kind }) => kind === 'call-answered' || kind === 'call-failed')
      .length;
  } finally {
    journal.close();
  }
}

const fileOf = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

describe('kill -9', () => {
  it(`at ${kills} seeded points of real processes changes nothing`, async () => {
    const whole = await newRun('whole');
    let total = 0;
    await tuneInWorld(whole, evaluations, () => total++);
    expect(total).toBeGreaterThan(100);
    const rng = createRng('kill-9');
    let killed = 0;
    for (let run = 0; killed < kills; run++) {
      const folder = await newRun(`run-${run}`);
      for (;;) {
        const known = existsSync(join(folder, 'journal.sqlite')) ? journaled(folder) : 0;
        const before = paidCalls(folder);
        const killAt = killed < kills ? 1 + rng.integer(60) : undefined;
        const ended = await work(folder, killAt);
        if (ended === null) {
          // What the journal knew was not paid again, and all else once.
          expect(paidCalls(folder) - before).toBe(total - known);
          break;
        }
        killed++;
        expect(paidCalls(folder) - before).toBe(killAt);
      }
      expect(fileOf(folder, 'front.json')).toBe(fileOf(whole, 'front.json'));
      expect(journaled(folder)).toBe(journaled(whole));
    }
    expect(killed).toBe(kills);
  }, 240_000);
});
