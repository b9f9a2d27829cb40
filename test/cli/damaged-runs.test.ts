import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { createRng } from '../../src/core/rng.ts';
import { writeCapitals } from '../support/capitals.ts';
import { testContext } from '../support/cli.ts';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

const maxCalls = 40;
let folder: string;
let server: RecordingServer;

/** A run as `kill -9` leaves it, and what had been asked by then. */
interface Killed {
  readonly place: string;
  readonly asked: number;
}
const killed: Record<'young' | 'older', Killed> = {
  young: { place: '', asked: 0 },
  older: { place: '', asked: 0 },
};

async function cli(line: string, cwd = folder) {
  const env = { MIXTUNE_HOME: join(folder, 'home') };
  const context = testContext(line.split(' '), { cwd, env, fetch: globalThis.fetch });
  const code = await runCli(context);
  return {
    code,
    out: context.stdout.text,
    err: context.stderr.text,
    all: context.stdout.text + context.stderr.text,
  };
}

const asked = (): number => server.requests.filter(({ path }) => !path.endsWith('/models')).length;

/** Copies the run's folder at its n-th request: between two commits, as a killed process leaves it. */
function copyAt(request: number, place: string, run: string): () => Killed {
  let copied: Killed | undefined;
  const push = server.requests.push.bind(server.requests);
  server.requests.push = (...items) => {
    const length = push(...items);
    if (copied === undefined && asked() >= request) {
      cpSync(join(folder, 'runs', run), place, { recursive: true });
      copied = { place, asked: asked() };
    }
    return length;
  };
  return () => {
    server.requests.push = push;
    return copied ?? expect.fail(`only ${asked()} requests`);
  };
}

beforeAll(async () => {
  folder = temporaryFolder('damaged');
  server = await startRecordingServer();
  writeCapitals(join(folder, 'tasks'));
  const tune = `tune capitals --base-url ${server.url} --models a,b --strategy random --no-cache --concurrency 2 --run d`;
  const young = copyAt(12, join(folder, 'young'), 'd');
  expect((await cli(`${tune} --max-calls 20`)).code).toBe(0);
  killed.young = young();
  server.requests.length = 0;
  // One that was stopped and gone on with has part of it in the data base and part in its log.
  rmSync(join(folder, 'runs'), { recursive: true });
  mkdirSync(join(folder, 'runs'));
  cpSync(killed.young.place, join(folder, 'runs', 'd'), { recursive: true });
  const database = new Database(join(folder, 'runs', 'd', 'journal.sqlite'));
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const older = copyAt(4, join(folder, 'older'), 'd');
  expect((await cli('resume d')).code).toBe(0);
  killed.older = { ...older(), asked: killed.young.asked + 4 };
  server.requests.length = 0;
});
afterAll(async () => {
  await server.close();
});

const size = (file: string): number => statSync(file).size;

function flip(file: string, times: number, seed: string, from = 0, to = size(file)): void {
  const rng = createRng(seed);
  const bytes = readFileSync(file);
  for (let n = 0; n < times; n++) {
    const at = from + rng.integer(to - from);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << rng.integer(8));
  }
  writeFileSync(file, bytes);
}

/** A data base that is none of mixtune's, and its log. */
function otherDatabase(place: string): string {
  const file = join(place, 'other.sqlite');
  const database = new Database(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE calls (id INTEGER PRIMARY KEY, text TEXT)');
  for (let n = 0; n < 20; n++) database.exec(`INSERT INTO calls (text) VALUES ('${'x'.repeat(900)}')`);
  cpSync(`${file}-wal`, `${file}.log`);
  database.close();
  return `${file}.log`;
}

/** What is done to a run's folder; the journal's data base, its log and its mark by name. */
const damages: Readonly<Record<string, (at: (name: string) => string, place: string) => void>> = {
  'the log cut to nothing': (at) => truncateSync(at('journal.sqlite-wal'), 0),
  'the log gone': (at) => rmSync(at('journal.sqlite-wal')),
  'the log cut in half': (at) =>
    truncateSync(at('journal.sqlite-wal'), Math.floor(size(at('journal.sqlite-wal')) / 2) + 17),
  "the log's head flipped": (at) => flip(at('journal.sqlite-wal'), 4, 'head', 0, 32),
  'the log flipped': (at) => flip(at('journal.sqlite-wal'), 3, 'log'),
  'the log of another data base': (at, place) => cpSync(otherDatabase(place), at('journal.sqlite-wal')),
  'the data base cut to nothing': (at) => truncateSync(at('journal.sqlite'), 0),
  'the data base gone': (at) => rmSync(at('journal.sqlite')),
  'both gone': (at) => {
    rmSync(at('journal.sqlite'));
    rmSync(at('journal.sqlite-wal'));
  },
  'the data base cut in half': (at) =>
    truncateSync(at('journal.sqlite'), Math.floor(size(at('journal.sqlite')) / 2)),
  'the data base of something else': (at) => writeFileSync(at('journal.sqlite'), 'Dear diary. '.repeat(999)),
  'a garbled lock': (at) => writeFileSync(at('run.lock'), 'no lock at all '.repeat(200)),
  'a garbled note of the owner': (at) => writeFileSync(at('lock.json'), '{"pid": '),
  'a cut front': (at) => writeFileSync(at('front.json'), '{"version": 1, "fro'),
  'a front of another form': (at) => writeFileSync(at('front.json'), '{"version": 1, "front": [{}]}'),
  'a garbled index': (at) => writeFileSync(at('journal.sqlite-shm'), Buffer.alloc(32_768, 7)),
  ...Object.fromEntries(
    Array.from({ length: thorough ? 12 : 1 }, (_, n) => [
      `the data base flipped (${n})`,
      (at: (name: string) => string) => flip(at('journal.sqlite'), 1 + n, `flip ${n}`),
    ]),
  ),
};

const spent = (out: string): number => Number(/Spent: (\d+) calls/.exec(out)?.[1]);

describe.each(sampled(['young', 'older'] as const, 2))(
  'a run (%s) that was killed, and then damaged',
  (age) => {
    test.each(sampled(Object.keys(damages), 9))('is resumed, and says what is lost: %s', async (damage) => {
      const cwd = join(folder, `${age}-${damage.replaceAll(/\W+/g, '-')}`);
      const run = join(cwd, 'runs', 'd');
      cpSync(killed[age].place, run, { recursive: true });
      cpSync(join(folder, 'tasks'), join(cwd, 'tasks'), { recursive: true });
      damages[damage]?.((name) => join(run, name), cwd);
      server.requests.length = 0;
      // Reading says that something is wrong, or tells what there is.
      for (const line of ['status d', 'front d']) {
        const read = await cli(line, cwd);
        expect(read.all).not.toContain('unexpected');
        if (read.code !== 0) expect(read.err).toMatch(/resume|front\.json at/);
      }
      expect(asked()).toBe(0);
      const { code, out, all } = await cli(`resume d`, cwd);
      expect(all).not.toContain('unexpected');
      expect({ code, all }).toMatchObject({ code: 0 });
      expect(killed[age].asked + asked()).toBeLessThanOrEqual(maxCalls);
      // All that was sent is counted, or said to be lost, and counted then as well.
      if (killed[age].asked + asked() > spent(out)) expect(all).toMatch(/the journal.*(?:lost|mark)/);
      if (/events are lost/.test(all)) expect(spent(out)).toBeGreaterThanOrEqual(killed[age].asked);
      for (const line of ['status d', 'front d', 'resume d'])
        expect(await cli(line, cwd)).toMatchObject({ code: 0 });
      rmSync(cwd, { recursive: true });
    });
  },
);

/** What `kill -9` leaves before a run has an event. */
const beginnings: Readonly<Record<string, (at: (name: string) => string) => void>> = {
  'the manifest alone': () => undefined,
  'an empty lock': (at) => writeFileSync(at('run.lock'), ''),
  'an empty mark': (at) => writeFileSync(at('journal.sqlite-mark'), ''),
  'an empty data base': (at) => {
    for (const name of ['journal.sqlite', 'journal.sqlite-mark']) writeFileSync(at(name), '');
  },
  'a data base that is being made': (at) => {
    for (const name of ['journal.sqlite', 'journal.sqlite-mark']) writeFileSync(at(name), '');
    writeFileSync(at('journal.sqlite-journal'), Buffer.alloc(512, 1));
  },
};

function newRun(cwd: string): (name: string) => string {
  const run = join(cwd, 'runs', 'd');
  mkdirSync(run, { recursive: true });
  cpSync(join(killed.young.place, 'manifest.json'), join(run, 'manifest.json'));
  cpSync(join(folder, 'tasks'), join(cwd, 'tasks'), { recursive: true });
  return (name) => join(run, name);
}

describe('a run that was killed before its first event', () => {
  test.each(sampled(Object.keys(beginnings), 5))('goes on where it left %s', async (left) => {
    const cwd = join(folder, left.replaceAll(' ', '-'));
    beginnings[left]?.(newRun(cwd));
    for (const line of ['status d', 'front d'])
      expect(await cli(line, cwd)).toMatchObject({ code: 2, err: expect.stringContaining('mixtune resume') });
    expect((await cli('resume d', cwd)).code).toBe(0);
    expect((await cli('status d', cwd)).code).toBe(0);
  });

  test.skipIf(!thorough)(
    'is told from one that has lost journal and mark, where a result tells of calls',
    async () => {
      const whole = join(folder, 'whole');
      newRun(whole);
      expect((await cli('resume d', whole)).code).toBe(0);
      const cwd = join(folder, 'forgotten');
      const at = newRun(cwd);
      for (const name of ['front.json', 'best.json']) cpSync(join(whole, 'runs', 'd', name), at(name));
      for (const name of ['journal.sqlite', 'journal.sqlite-wal', 'journal.sqlite-mark'])
        writeFileSync(at(name), '');
      server.requests.length = 0;
      const { code, err } = await cli('resume d', cwd);
      expect({ code, err }).toMatchObject({
        code: 2,
        err: expect.stringContaining('what the run has spent is not known'),
      });
      expect(asked()).toBe(0);
    },
  );
});

describe('a run that has ended, and whose journal was damaged then', () => {
  test('keeps its result beside what resume comes to', async () => {
    const cwd = join(folder, 'less');
    const at = newRun(cwd);
    expect((await cli('resume d', cwd)).code).toBe(0);
    const read = (ending: string): string[] =>
      ['front', 'best'].map((name) => readFileSync(at(`${name}${ending}`), 'utf8'));
    const before = read('.json');
    truncateSync(at('journal.sqlite'), Math.floor(size(at('journal.sqlite')) * 0.85));
    const { code, out } = await cli('resume d', cwd);
    expect({ code, out: out.replaceAll(/\s+/g, ' ') }).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        'the result from before is kept as front.damaged-1.json and best.damaged-1.json',
      ),
    });
    expect(read('.damaged-1.json')).toEqual(before);
    const again = 'reproduce runs/d/best.damaged-1.json --base-url http://127.0.0.1:1 --repeats 1 --yes';
    expect((await cli(again, cwd)).err).not.toContain('expected');
  });

  test.skipIf(!thorough)(
    'keeps it where resume comes to none, since hardly anything of the journal is left',
    async () => {
      const cwd = join(folder, 'ended');
      const at = newRun(cwd);
      expect((await cli('resume d', cwd)).code).toBe(0);
      const results = (): string[] =>
        ['front.json', 'best.json'].map((name) => readFileSync(at(name), 'utf8'));
      const before = results();
      const front = await cli('front d', cwd);
      truncateSync(at('journal.sqlite'), 3 * 4096);
      server.requests.length = 0;
      const { code, err } = await cli('resume d', cwd);
      expect(asked()).toBe(0);
      expect({ code, err: err.replaceAll(/\s+/g, ' ') }).toMatchObject({
        code: 3,
        err: expect.stringContaining(
          'front.json and best.json are left as they were, with the result from before the journal was damaged',
        ),
      });
      expect(results()).toEqual(before);
      expect(await cli('front d', cwd)).toEqual(front);
      for (const line of ['status d', 'show d best', 'answer d', 'reproduce d best --from-cache', 'report d'])
        expect((await cli(line, cwd)).all).not.toContain('unexpected');
    },
  );
});
