import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { createRunFolder } from '../../src/run/folder/run-folder.ts';
import { openSqliteJournal } from '../../src/run/journal/sqlite-journal.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import type { DamageJob, DamageOutcome } from '../support/damage-worker.ts';
import { LineWorker } from '../support/line-worker.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { exhaustive, thorough } from '../support/thorough.ts';
import { worldManifest } from './world-manifest.ts';

const flips = exhaustive ? 200 : 60;
/** Of every length that a cut can leave, this many apart are tried. All of them take half an hour: when asked. */
const cutStep = exhaustive ? 1 : 29;
const maxCalls = 260;
const killedAt = { first: 70, second: 90 };

let scratch: string;
let program: string;
/** A run that was stopped once, so that part of it is in the data base, and then killed. */
let killed: string;
/** Keys of the calls that its journal knows the answers of. */
let answered: ReadonlySet<string>;
let events: number;
/** For what does not end its process, nor is disturbed by what another test left in it. */
let worker: Worker;

beforeAll(async () => {
  program = compiledProgram('test/support/damage-worker.ts');
  scratch = temporaryFolder('damage');
  killed = await createRunFolder(scratch, 'killed', worldManifest('killed'));
  const victim = new Worker();
  await victim.play({ folder: killed, what: 'tune', maxCalls, stopAt: killedAt.first });
  await expect(
    victim.play({ folder: killed, what: 'tune', maxCalls, killAt: killedAt.second }),
  ).rejects.toThrow('SIGKILL');
  const copy = copyOfKilled('looked-at');
  const journal = openSqliteJournal(join(copy, 'journal.sqlite'), { flush: 'never' });
  expect(journal.damage).toBeUndefined();
  const keys = new Map<number, string>();
  const known = new Set<string>();
  events = 0;
  for (const event of journal.events()) {
    events++;
    if (event.kind === 'call-dispatched') keys.set(event.call, event.key);
    if (event.kind === 'call-answered') known.add(keys.get(event.call) ?? '');
  }
  journal.close();
  answered = known;
  worker = new Worker();
});
afterAll(async () => {
  await worker.kill();
});

/** Plays with runs, see damage-worker.ts; a panic of the SQLite binding ends it. */
class Worker extends LineWorker {
  constructor(before: readonly string[] = []) {
    super(program, before);
  }

  async play(job: DamageJob): Promise<DamageOutcome> {
    return JSON.parse(await this.ask(JSON.stringify(job))) as DamageOutcome;
  }
}

function copyOfKilled(name: string): string {
  const folder = join(scratch, name);
  cpSync(killed, folder, { recursive: true });
  cpSync(`${killed}.paid`, `${folder}.paid`);
  return folder;
}

const paidIn = (folder: string): string[] => readFileSync(`${folder}.paid`, 'utf8').trimEnd().split('\n');

/** Resumes to the end: no ceiling is passed, and what had been answered is not paid again unless that is said. */
async function expectHonestEnd(worker: Worker, folder: string): Promise<void> {
  const read = await worker.play({ folder, what: 'read', maxCalls });
  expect(read.error?.expected ?? true, read.error?.message).toBe(true);
  const { paid, notices, error } = await worker.play({ folder, what: 'tune', maxCalls });
  expect(error?.expected ?? true, error?.message).toBe(true);
  expect(paidIn(folder).length).toBeLessThanOrEqual(maxCalls);
  const again = paid.filter((key) => answered.has(key));
  const said = notices.filter((notice) => notice.startsWith('the journal'));
  if (error !== null) expect(paid).toEqual([]);
  if (again.length > 0) expect(said).not.toEqual([]);
  // Nothing damaged may stay behind: what it became can be read.
  if (error === null) expect((await worker.play({ folder, what: 'read', maxCalls })).error).toBeNull();
}

describe.skipIf(!thorough)('a damaged journal', () => {
  it(`is gone on with or refused, and says what is lost, after each of ${flips} bit flips`, async () => {
    const rng = createRng('flips');
    for (let flip = 0; flip < flips; flip++) {
      const folder = copyOfKilled(`flip-${flip}`);
      const file = flip % 2 === 0 ? 'journal.sqlite' : 'journal.sqlite-wal';
      const where = flipBit(join(folder, file), rng);
      try {
        await expectHonestEnd(worker, folder);
      } catch (error) {
        throw new Error(`flip ${flip}: ${file} at ${where} in ${folder}`, { cause: error });
      }
      rmSync(folder, { recursive: true });
      if (flip % 20 === 19) {
        await worker.kill();
        worker = new Worker();
      }
    }
  }, 1_800_000);

  it.each(['journal.sqlite', 'journal.sqlite-wal'])(
    'whose %s is cut anywhere in its last page has all events or says how many are lost',
    async (name) => {
      const { length } = readFileSync(join(killed, name));
      for (let cut = 1, tries = 0; cut <= 4_200; cut += cutStep, tries++) {
        // A place of its own: the binding may close the file a moment after the worker has answered.
        const folder = copyOfKilled(`${name}-${cut}`);
        truncateSync(join(folder, name), Math.max(0, length - cut));
        const { told, error } = await worker.play({ folder, what: 'open', maxCalls });
        expect(error, `cut by ${cut}`).toBeNull();
        const found = told as { events: number; damage: { lost: { events: number } } | null };
        expect(found.events + (found.damage?.lost.events ?? 0), `cut by ${cut}`).toBe(events);
        rmSync(folder, { recursive: true });
        rmSync(`${folder}.paid`);
        if (tries % 200 !== 199) continue;
        await worker.kill();
        worker = new Worker();
      }
    },
    1_800_000,
  );

  it('that has lost its log is gone on with, its calls counted as spent, and its log is kept', async () => {
    const folder = copyOfKilled('no-log');
    rmSync(join(folder, 'journal.sqlite-wal'));
    const { notices } = await worker.play({ folder, what: 'tune', maxCalls });
    expect(notices[0]).toMatch(
      /^the journal was damaged: its last \d+ events are lost, and with them \d+ calls, which are counted as spent at their worst case \(at most \d+ tokens, \$[\d.]+\)/,
    );
    expect(paidIn(folder).length).toBeLessThanOrEqual(maxCalls);
  });

  it('that has lost its mark is gone on with, as many calls counted as can have been in flight', async () => {
    const spoils = [
      (file: string) => writeFileSync(file, readFileSync(file).fill(32)),
      (file: string) => rmSync(file),
    ];
    for (const spoil of spoils) {
      const folder = copyOfKilled('no-mark');
      spoil(join(folder, 'journal.sqlite-mark'));
      const { notices, error } = await worker.play({ folder, what: 'tune', maxCalls });
      expect(error).toBeNull();
      expect(notices[0]).toContain('nothing tells whether its end is whole: 4 calls are counted as possibly');
      rmSync(folder, { recursive: true });
    }
  });

  it('that was no journal, and has no mark, is refused', async () => {
    const folder = copyOfKilled('text');
    for (const name of ['journal.sqlite-mark', 'journal.sqlite-wal']) rmSync(join(folder, name));
    writeFileSync(join(folder, 'journal.sqlite'), 'Dear diary, today nothing happened at all. '.repeat(99));
    for (const what of ['tune', 'read'] as const) {
      const { error, paid } = await worker.play({ folder, what, maxCalls });
      expect(error?.message).toContain(
        "journal.sqlite: expected a run's journal (SQLite), found file is not",
      );
      expect(paid).toEqual([]);
    }
  });
});

/** Starts a program that can write nowhere but into its own empty folder for scratch files. */
const onReadOnlyDisk = [
  'bwrap',
  '--ro-bind',
  '/',
  '/',
  '--dev',
  '/dev',
  '--tmpfs',
  '/run',
  '--setenv',
  'TMPDIR',
  '/run',
];
const canBeReadOnly = spawnSync('bwrap', [...onReadOnlyDisk.slice(1), 'true']).status === 0;

describe.skipIf(!thorough || !canBeReadOnly)('a run on a read-only disk (bubblewrap makes one)', () => {
  it('can be read: one that has ended, and one that was killed, with and without its index', async () => {
    const ended = copyOfKilled('ended');
    expect((await worker.play({ folder: ended, what: 'tune', maxCalls })).error).toBeNull();
    const left = copyOfKilled('left');
    const withIndex = copyOfKilled('with-index');
    rmSync(join(left, 'journal.sqlite-shm'), { force: true });
    const expected: unknown[] = [];
    const folders = [ended, left, withIndex];
    const reader = new Worker(onReadOnlyDisk);
    const found: unknown[] = [];
    for (const folder of folders) {
      const before = filesIn(folder);
      const { told, error } = await reader.play({ folder, what: 'read', maxCalls });
      expect(error).toBeNull();
      found.push(told);
      expect(filesIn(folder)).toEqual(before);
    }
    await reader.kill();
    for (const folder of folders) expected.push((await worker.play({ folder, what: 'read', maxCalls })).told);
    expect(found).toEqual(expected);
    expect(existsSync(join(ended, 'journal.sqlite-wal')) ? filesIn(ended)['journal.sqlite-wal'] : 0).toBe(0);
    expect((expected[0] as { phase: string }).phase).toBe('done');
  });
});

function filesIn(folder: string): Record<string, number> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]));
}

describe.skipIf(!thorough)('a run whose folder is moved while it is open', () => {
  it('stops before it spends more', async () => {
    const folder = await createRunFolder(scratch, 'moving', worldManifest('moving'));
    const { error, paid } = await worker.play({ folder, what: 'tune', maxCalls, moveAt: 30 });
    expect(error?.name).toBe('JournalWriteError');
    expect(error?.message).toContain('was moved or deleted while the run was open');
    // Those of the same turn had been journaled with it.
    expect(paid.length).toBeLessThan(30 + 8);
    const moved = `${folder}-moved`;
    cpSync(`${folder}.paid`, `${moved}.paid`);
    expect(existsSync(folder)).toBe(false);
    const resumed = await worker.play({ folder: moved, what: 'tune', maxCalls });
    expect(resumed.error).toBeNull();
    // Calls of the moment when it stopped may have been on their way.
    expect(resumed.notices.filter((text) => !text.includes('in flight when the run broke off'))).toEqual([]);
  });
});

/** Flips one bit anywhere in a file; where. */
function flipBit(file: string, rng: Rng): string {
  const bytes = readFileSync(file);
  const at = rng.integer(bytes.length);
  const bit = rng.integer(8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(file, bytes);
  return `byte ${at} bit ${bit} of ${bytes.length}`;
}
