import { execFileSync } from 'node:child_process';
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import Database from 'libsql';
import { beforeAll, describe, expect, test } from 'vitest';
import { timed } from '../support/hostile-texts.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';

let folder: string;
/** A stranger's run, whole. */
let theirs: string;
/** A file of the user's that nobody may touch. */
let precious: string;
const content = 'dear to me\n';
/** What a report needs of the built page. */
const page = '<!--csp--><title>mixtune</title><style></style><!--data--><script></script>';

async function cli(line: string) {
  const env = { MIXTUNE_HOME: join(folder, 'home') };
  const readPage = async () => page;
  return runLine(line, { cwd: folder, env, readPage });
}

beforeAll(async () => {
  folder = temporaryFolder('odd');
  const tune =
    'tune support-intent --models sim/finch-3b --instances 2 --max-evaluations 1 --finish-repeats 1 --holdout-repeats 0';
  expect((await cli(`${tune} --run theirs`)).code).toBe(0);
  theirs = join(folder, 'runs', 'theirs');
  precious = join(folder, 'precious');
});

let copies = 0;
/** A copy of the run, of which something was changed. */
function handed(change: (at: (name: string) => string) => void): string {
  const run = join(folder, 'runs', `handed-${copies++}`);
  cpSync(theirs, run, { recursive: true });
  writeFileSync(precious, content);
  change((name) => join(run, name));
  return run;
}

const names = [
  ...['manifest.json', 'front.json', 'best.json', 'lock.json', 'run.log', 'run.lock', 'journal.sqlite'],
  ...['journal.sqlite-mark', 'journal.sqlite-wal', 'journal.sqlite-shm', 'journal.sqlite-journal'],
  ...['front.json.part', 'best.json.part', 'lock.json.part', 'run.lock-journal', 'journal.sqlite.damaged-1'],
  ...['report.html', 'report.html.part'],
];
const kinds: Readonly<Record<string, (file: string) => void>> = {
  'a symbolic link': (file) => symlinkSync(precious, file),
  'a symbolic link to nothing': (file) => symlinkSync(join(folder, 'not-there'), file),
  'a folder': (file) => mkdirSync(file),
  'a named pipe': (file) => execFileSync('mkfifo', [file]),
};
const commands: readonly ((run: string) => string)[] = [
  (run) => `resume ${run}`,
  (run) => `status ${run}`,
  (run) => `front ${run}`,
  (run) => `show ${run} best`,
  (run) => `answer ${run}`,
  (run) => `stop ${run}`,
  (run) => `export ${run}`,
  (run) => `reproduce ${run} --from-cache`,
  (run) => `report ${run}`,
  (run) => `cache export --run ${run} --out ${join(folder, 'out.jsonl')}`,
];

const otherJob =
  'rehearse support-intent --models sim/finch-3b --instances 2 --max-evaluations 1 --rehearsals 1';

describe.skipIf(process.platform === 'win32')('in place of a file of a run', () => {
  test.each(
    sampled(
      Object.keys(kinds).flatMap((kind) => names.map((name) => [kind, name] as const)),
      11,
    ),
  )('%s as %s is refused, and leads nowhere', async (kind, name) => {
    const run = handed((at) => {
      rmSync(at(name), { force: true });
      kinds[kind]?.(at(name));
    });
    for (const line of sampled(commands, 3)) {
      const { code, err } = await cli(line(run));
      expect({ line: line(name), code, err }).toMatchObject({ code: 2 });
      expect(err).toMatch(
        new RegExp(
          `^mixtune: \\S*/${name}: expected a regular file.*, found ${kind.replace(/ to nothing$/, '')}\n$`,
        ),
      );
    }
    // What other runs say of models is looked at before each tuning.
    if (kind === 'a named pipe' && /^(?:manifest|journal)/.test(name))
      expect(await cli(otherJob)).toMatchObject({ code: 0 });
    if (kind === 'a named pipe') expect(await cli('status')).toMatchObject({ code: 0 });
    expect(readFileSync(precious, 'utf8')).toBe(content);
    expect(existsSync(join(folder, 'not-there'))).toBe(false);
    rmSync(run, { recursive: true });
  });

  test('a socket is refused; what is not a file of a run may be what it likes', async () => {
    const run = handed((at) => {
      rmSync(at('run.log'));
      symlinkSync(precious, at('my-notes'));
    });
    const socket = createServer().listen(join(run, 'run.log'));
    expect((await cli(`status ${run}`)).err).toContain('a socket');
    await new Promise((done) => socket.close(done));
    rmSync(join(run, 'run.log'), { force: true });
    expect((await cli(`resume ${run}`)).code).toBe(0);
    expect(readFileSync(precious, 'utf8')).toBe(content);
  });

  test('a part file that a killed process has left is no obstacle', async () => {
    const run = handed((at) => {
      for (const name of ['front.json.part', 'best.json.part', 'lock.json.part'])
        writeFileSync(at(name), '{"hal');
    });
    expect((await cli(`resume ${run}`)).code).toBe(0);
    expect((await cli(`front ${run}`)).code).toBe(0);
  });
});

function inDatabase(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

describe.skipIf(process.platform === 'win32')('a report for a file that the user names', () => {
  test('is written in no place but that', async () => {
    writeFileSync(precious, content);
    symlinkSync(precious, join(folder, 'mine.html.part'));
    const line = `report ${theirs} --out ${join(folder, 'mine.html')}`;
    expect(await cli(line)).toMatchObject({ code: 2, err: expect.stringContaining('a symbolic link') });
    expect(readFileSync(precious, 'utf8')).toBe(content);
    rmSync(join(folder, 'mine.html.part'));
    expect(await cli(line)).toMatchObject({ code: 0 });
  });
});

describe('a recording', () => {
  const repeat = (name: string) => cli(`repeat ${join(folder, name)} --run again`);

  test.skipIf(process.platform === 'win32')('that is a pipe or a folder is refused', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    mkdirSync(join(folder, 'folder.jsonl'));
    expect(await repeat('pipe.jsonl')).toMatchObject({
      code: 2,
      err: expect.stringContaining('a named pipe'),
    });
    expect(await repeat('folder.jsonl')).toMatchObject({ code: 2, err: expect.stringContaining('a folder') });
  });

  test.skipIf(!thorough)(
    'that unpacks to one line without end is refused while it is read, in linear time',
    async () => {
      const zip = createGzip();
      const file = createWriteStream(join(folder, 'bomb.jsonl.gz'));
      const million = Buffer.alloc(1 << 20, 'x');
      await pipeline(Readable.from(Array.from({ length: 200 }, () => million)), zip, file);
      const { value, processorMs } = await timed(() => repeat('bomb.jsonl.gz'));
      expect(value).toMatchObject({
        code: 2,
        err: expect.stringContaining('a line of more than 67108864'),
      });
      expect(processorMs).toBeLessThan(10_000);
    },
  );
});

/** A rollback journal that names a file: SQLite removes that file once it has rolled back. */
function rollbackJournal(victim: string): Buffer {
  const header = Buffer.alloc(512);
  Buffer.from('d9d505f920a163d7', 'hex').copy(header);
  header.writeUInt32BE(0, 8);
  header.writeUInt32BE(2, 16);
  header.writeUInt32BE(512, 20);
  header.writeUInt32BE(4096, 24);
  const name = Buffer.from(victim);
  const end = Buffer.alloc(16);
  end.writeUInt32BE(name.length, 0);
  end.writeUInt32BE(
    name.reduce((sum, byte) => (sum + byte) >>> 0, 0),
    4,
  );
  Buffer.from('d9d505f920a163d7', 'hex').copy(end, 8);
  // The page of the lock, which no data base has.
  const page = Buffer.alloc(4);
  page.writeUInt32BE(0x40000000 / 4096 + 1, 0);
  return Buffer.concat([header, page, name, end]);
}

describe('what SQLite would do at the word of a file', () => {
  test('a rollback journal that names a file of the user removes nothing', async () => {
    // It does where SQLite is let.
    writeFileSync(precious, content);
    const bare = join(folder, 'bare.sqlite');
    inDatabase(bare, 'CREATE TABLE a (b)');
    writeFileSync(`${bare}-journal`, rollbackJournal(precious));
    inDatabase(bare, 'INSERT INTO a VALUES (1)');
    expect(existsSync(precious)).toBe(false);
    const run = handed((at) => {
      for (const name of ['journal.sqlite', 'run.lock']) {
        writeFileSync(`${at(name)}-journal`, rollbackJournal(precious));
      }
      cpSync(bare, at('run.lock'));
    });
    for (const line of sampled(commands, 2)) expect((await cli(line(run))).err).not.toContain('unexpected');
    expect(readFileSync(precious, 'utf8')).toBe(content);
  });

  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
  const former = 'SELECT sequence, at, kind, data FROM was';
  const schemas: readonly (readonly [string, string])[] = [
    [
      'an endless view',
      `ALTER TABLE events RENAME TO was; CREATE VIEW events AS ${endless} SELECT i AS sequence, 0 AS at, 'x' AS kind, 'y' AS data FROM n`,
    ],
    ['a view of the same rows', `ALTER TABLE events RENAME TO was; CREATE VIEW events AS ${former}`],
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM answers; END'],
    [
      'a trigger on a view',
      `ALTER TABLE meta RENAME TO was; CREATE VIEW meta AS SELECT * FROM was; CREATE TRIGGER t INSTEAD OF INSERT ON meta BEGIN DELETE FROM answers; END`,
    ],
    [
      'a computed column',
      `CREATE TABLE new (sequence INTEGER PRIMARY KEY, at REAL, kind TEXT, data TEXT AS (hex(zeroblob(9)))); DROP TABLE events; ALTER TABLE new RENAME TO events`,
    ],
    [
      'a virtual table',
      'DROP TABLE events; CREATE VIRTUAL TABLE events USING fts5(sequence, at, kind, data)',
    ],
    [
      'a check',
      'CREATE TABLE new (name TEXT PRIMARY KEY, value TEXT CHECK (length(hex(zeroblob(99))) > 0)); INSERT INTO new SELECT * FROM meta; DROP TABLE meta; ALTER TABLE new RENAME TO meta',
    ],
  ];
  test.each(sampled(schemas, 7))('%s in place of a table is refused', async (_what, sql) => {
    const run = handed((at) => {
      inDatabase(at('journal.sqlite'), sql);
      rmSync(at('front.json'));
    });
    for (const line of sampled(
      commands.filter((each) => !each(run).startsWith('stop')),
      4,
    )) {
      const { code, err } = await cli(line(run));
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringMatching(/journal\.sqlite at sqlite_master: expected tables .*, found "CREATE /),
      });
    }
    expect(await cli(otherJob)).toMatchObject({ code: 0 });
    rmSync(run, { recursive: true });
  });

  // Each ran without end, where no Ctrl-C is heard, with an endless view in its place.
  test.each([
    ['leaderboard.sqlite', 'entries', 'leaderboard support-intent --runs-dir LENT'],
    ['calls.sqlite', 'calls', 'cache stats --runs-dir LENT'],
    ['serve.sqlite', 'feedback', 'serve evaluate LENT/serve.sqlite'],
    ['serve.sqlite', 'requests', 'serve theirs --port 0 --state LENT/serve.sqlite'],
  ])('%s beside runs, with a view as %s, is refused and stays as it is', async (name, table, line) => {
    const lent = join(folder, 'lent');
    mkdirSync(lent);
    const row = "'a' AS id, 'support-intent' AS task, '{}' AS entry, 0 AS checksum, 0 AS at, '' AS key";
    inDatabase(join(lent, name), `CREATE VIEW ${table} AS SELECT ${row}; PRAGMA user_version = 1`);
    const { code, err } = await cli(line.replace('LENT', lent));
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/\.sqlite at sqlite_master: expected tables of .*, found "CREATE VIEW /),
    });
    expect(readdirSync(lent).filter((file) => file.includes('damaged'))).toEqual([]);
    rmSync(lent, { recursive: true });
  });
});

test.each([
  'report theirs --out no/such/x.html',
  'cache export --run theirs --out no/such/x.jsonl',
  'export theirs --out no/such/x.yaml',
  'ask theirs Hello --otlp no/such/x.json',
])('%s is refused, since the folder is not there', async (line) => {
  const { code, err } = await cli(line);
  expect(code).toBe(2);
  expect(err.replaceAll(/\s+/g, ' ')).toMatch(
    /--(out|otlp): expected .*found no\/such\/x\S+, and no folder no\/such/,
  );
});

test.each([
  'show thiers',
  'front Theirs',
  'stop their',
  'status runs/thiers',
  'report thiers',
  'ask theirs1 Hello',
])('%s tells which run was probably meant', async (line) => {
  const { code, err } = await cli(line);
  expect(code).toBe(2);
  expect(err).toContain('did you mean "theirs"?');
});

test('a run that is like none here has no other suggested', async () => {
  expect((await cli('show elsewhere')).err).not.toContain('did you mean');
});
