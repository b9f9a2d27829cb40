import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import type { Grade } from '../../src/domain/grade.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled, thorough } from '../support/thorough.ts';
import { graderConformance } from './grader-conformance.ts';

const outer = temporaryFolder('persistent');
const python = { tier: 'none', run: () => Promise.reject(new Error('unused')), close: async () => undefined };
const instance = { id: 'i', input: 'in', gold: 'yes' };
const open: Grader[] = [];
afterAll(() => Promise.all(open.map((grader) => grader.close?.())));

/** Does what the answer says, when it begins with one of these words; else compares it with the gold. */
const obedient = `
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
appendFileSync('starts', process.pid + '\\n');
const say = (text) => process.stdout.write(text);
let answers = 0;
let before;
for await (const line of createInterface({ input: process.stdin })) {
  const { id, question, answer, gold, instance, overrides } = JSON.parse(line);
  const reply = (verdict) => say(JSON.stringify({ id, ...verdict }) + '\\n');
  const right = typeof gold !== 'string' ? { unscored: 'no gold' } : answer === gold ? { points: 3, max: 3 } : { value: 0.5, feedback: 'It differs.' };
  answers++;
  const [word, rest] = answer.split(':');
  if (word === 'report') reply({ value: 0, feedback: JSON.stringify({ id, pid: process.pid, answers, question, instance, overrides, env: process.env, cwd: process.cwd() }) });
  else if (word === 'no-json') say('all good api_key=abcdef123\\n');
  else if (word === 'number') say('1\\n');
  else if (word === 'no-id') say('{"value": 1}\\n');
  else if (word === 'wrong-id') say('{"id": "' + id + 'x", "value": 1}\\n');
  else if (word === 'no-verdict') reply({ value: 2 });
  else if (word === 'torn') { say('{"id": "' + id + '", "val'); process.exit(0); }
  else if (word === 'crash') { console.error('broken'); process.exit(3); }
  else if (word === 'third-crash') { if (answers > 2) process.exit(4); reply(right); }
  else if (word === 'escape') spawn('sleep', ['100'], { stdio: 'inherit', detached: true }).once('spawn', function () { appendFileSync('escaped', this.pid + '\\n'); if (rest === 'crash') process.exit(3); });
  else if (word === 'last') { reply(right); process.exit(0); }
  else if (word === 'behind') { say(JSON.stringify({ id: before ?? id, value: 1 }) + '\\n'); }
  else if (word === 'chatty') { reply(right); console.log('debug: api_key=abcdef123'); }
  else if (word === 'hang') spawn('sleep', ['100'], { stdio: 'inherit' }).once('spawn', () => appendFileSync('hangs', process.pid + '\\n'));
  else if (word === 'flood') { for (;;) if (!say('x'.repeat(65536))) await new Promise((done) => process.stdout.once('drain', done)); }
  else if (word === 'blank') { say('\\n\\r\\n  \\n'); reply(right); }
  else if (word === 'errors') { for (let at = 0; at < 200; at++) if (!process.stderr.write('e'.repeat(65536))) await new Promise((done) => process.stderr.once('drain', done)); reply(right); }
  else if (word === 'twice') { reply(right); reply(right); }
  else if (word === 'bytes') for (const byte of Buffer.from(JSON.stringify({ id, value: 0.25, feedback: rest }) + '\\n')) await new Promise((done) => process.stdout.write(Buffer.from([byte]), done));
  else reply(right);
  before = id;
}
`;

let made = 0;
function make(options: object = {}, program = obedient): { grader: Grader; folder: string } {
  const folder = join(outer, String(made++));
  mkdirSync(folder);
  writeFileSync(join(folder, 'grade.mjs'), program);
  const spec = {
    name: 'executable',
    command: ['node', 'grade.mjs'],
    persistent: true,
    timeLimitMs: 60_000,
    ...options,
  };
  const grader = unwrap(createGrader(spec, { python, taskFolder: folder }));
  open.push(grader);
  return { grader, folder };
}

const ask = (grader: Grader, answer: string, more: object = {}): Promise<Grade> =>
  grader.grade({ answer, instance, question: 'q', ...more });

const pidsIn = (folder: string, file = 'starts'): number[] =>
  readFileSync(join(folder, file), 'utf8').trim().split('\n').map(Number);

/** Gone, or a zombie that nobody has collected yet. */
function expectGone(pid: number): void {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ' Z ';
  expect(stat).toMatch(/ [ZX] /);
}

async function report(grader: Grader, more: object = {}) {
  const grade = await ask(grader, 'report', more);
  return JSON.parse(grade.kind === 'scored' ? (grade.feedback ?? '') : '{}');
}

describe('a persistent program', () => {
  describe('grades', () => {
    graderConformance({
      spec: { name: 'executable' },
      make: () => make().grader,
      instance,
      right: ['yes'],
      wrong: ['no'],
      needsGold: true,
    });
  });

  it('is one process for answers one after another, which sees what one for each answer sees', async () => {
    process.env.MIXTUNE_TEST_SECRET = 'hidden';
    const { grader, folder } = make();
    const first = await report(grader, { overrides: { strict: true } });
    const second = await report(grader);
    expect(second.pid).toBe(first.pid);
    expect([first.answers, second.answers]).toEqual([1, 2]);
    expect(first).toMatchObject({
      question: 'q',
      instance: { id: 'i', input: 'in' },
      overrides: { strict: true },
    });
    expect(first.cwd).toBe(folder);
    expect(Object.keys(first.env)).not.toContain('MIXTUNE_TEST_SECRET');
  });

  const faults = [
    [
      'no-json',
      /"node grade.mjs" wrote "all good .*\[redacted\].*, which is no JSON; expected one line with \{"id": "[0-9a-f]{16}", …\} and \{"value": 0\.\.1\}/,
    ],
    ['torn', /ended with code 0 in the middle of a line before it answered/],
    ['wrong-id', /whose id is "[0-9a-f]{16}x"; expected one line with \{"id": "[0-9a-f]{16}"/],
    ['crash', /ended with code 3 before it answered; stderr: broken/],
    ['flood', /wrote more than 10000 bytes/],
    ['number', /wrote "1", which is no object/],
    ['no-id', /which has no id/],
    ['no-verdict', /gave \{"value":2\}, expected/],
  ] as const;
  it.each(sampled(faults, 3))('that does "%s" leaves that answer alone unscored', async (answer, reason) => {
    const { grader, folder } = make({ outputBytes: 10_000 });
    const before = await ask(grader, 'yes');
    const grade = await ask(grader, answer);
    expect(grade).toMatchObject({
      kind: 'unscored',
      graderFailed: true,
      reason: expect.stringMatching(reason),
    });
    expect(await ask(grader, 'yes')).toEqual(before);
    expect(before).toMatchObject({ value: 1, points: 3 });
    // The used process, and one more: a program that fails so each time is not started without end.
    expect(pidsIn(folder).length).toBeLessThanOrEqual(3);
    // The grade says it.
    expect(grader.oddity?.()).toBeUndefined();
  });

  it.each(sampled(['blank', 'errors', 'twice'], 2))(
    'that does "%s" is understood, and so is what follows',
    async (answer) => {
      const { grader } = make();
      expect(await ask(grader, answer)).toMatchObject({ value: 0.5 });
      expect(await ask(grader, 'yes')).toMatchObject({ value: 1 });
      expect(await ask(grader, 'no')).toMatchObject({ value: 0.5 });
    },
  );

  it('reads lines that come byte by byte', async () => {
    const { grader } = make();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 20 }), async (text) => {
        const said = text.replaceAll(':', ';');
        expect(await ask(grader, `bytes:${said}`)).toMatchObject({ value: 0.25, feedback: said });
      }),
      { numRuns: thorough ? 50 : 5 },
    );
  });

  it('grades what fails in a used process again in a new one, so that verdicts do not hang on the order', async () => {
    const { grader, folder } = make();
    for (let at = 0; at < 5; at++) expect(await ask(grader, 'third-crash')).toMatchObject({ value: 0.5 });
    expect(pidsIn(folder)).toHaveLength(3);
    expect(grader.oddity?.()).toBe(
      'the grading program "node grade.mjs" had to be started anew 2 times; at first it ended with code 4 before it answered; a persistent program stays, and prints one line for each answer (docs/graders.md)',
    );
  });

  it.each([
    ['ends after each answer', 'last', /started anew once: it ended with code 0 after it had answered/],
    ['prints two lines', 'twice', /it wrote "\{\\"id\\":\\"[0-9a-f]{16}\\",.*" after it had answered/],
    ['prints more', 'chatty', /it wrote "debug: api_key=\[redacted\].* after it had answered/],
  ])('that %s is told of, since its grades are as they should be', async (_, answer, told) => {
    const { grader } = make();
    expect(await ask(grader, answer)).toMatchObject({ value: 0.5 });
    await vi.waitFor(() => expect(grader.oddity?.()).toMatch(told), 60_000);
  });

  it('that answers what was asked before is told of, and each answer gets its own verdict', async () => {
    const { grader } = make();
    for (const answer of ['yes', 'behind']) expect(await ask(grader, answer)).toMatchObject({ value: 1 });
    expect(grader.oddity?.()).toMatch(/anew once: it wrote .*, whose id is "[0-9a-f]{16}"; expected/);
  });

  it('gets an id for each answer that hangs on what is asked alone, so that none can be foretold', async () => {
    const { grader } = make();
    const { grader: other } = make();
    const { id } = await report(grader);
    await ask(other, 'no');
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect((await report(other)).id).toBe(id);
    expect((await report(other, { overrides: { strict: true } })).id).not.toBe(id);
  });

  it('is not waited for where what it started in a session of its own holds its pipes', async () => {
    const { grader, folder } = make();
    const escaped = (): number[] => (existsSync(join(folder, 'escaped')) ? pidsIn(folder, 'escaped') : []);
    try {
      const grade = await ask(grader, 'escape:crash');
      expect(grade).toMatchObject({
        reason: expect.stringContaining('ended with code 3 before it answered'),
      });
      const hanging = ask(grader, 'escape');
      await vi.waitFor(() => expect(escaped()).toHaveLength(2), 60_000);
      await grader.close?.();
      expect(await hanging).toMatchObject({ reason: expect.stringContaining('ended with SIGKILL') });
    } finally {
      for (const pid of escaped()) process.kill(pid);
    }
  });

  it('is ended at the time limit of an answer with its children, and another takes over', async () => {
    const { grader, folder } = make();
    expect(await ask(grader, 'yes')).toMatchObject({ value: 1 });
    const grade = await ask(grader, 'hang', { overrides: { timeLimitMs: 500 } });
    expect(grade).toMatchObject({ kind: 'unscored', graderFailed: true });
    expect(grade).toMatchObject({ reason: expect.stringContaining('did not answer within 500 ms') });
    const [pid = 0, ...others] = pidsIn(folder);
    expect(others).toEqual([]);
    await vi.waitFor(() => expectGone(pid), 60_000);
    expect(await ask(grader, 'yes')).toMatchObject({ value: 1 });
  });

  it('has as many processes as cores at most, and gives each answer its own verdict', async () => {
    const { grader, folder } = make();
    const answers = Array.from({ length: thorough ? 24 : 9 }, (_, at) =>
      at % 3 === 0 ? 'yes' : at % 3 === 1 ? 'no' : 'crash',
    );
    const grades = await Promise.all(answers.map((answer) => ask(grader, answer)));
    expect(grades.map((grade) => (grade.kind === 'scored' ? grade.value : 'unscored'))).toEqual(
      answers.map((answer) => ({ yes: 1, no: 0.5, crash: 'unscored' })[answer]),
    );
    const { grader: calm, folder: other } = make();
    await Promise.all(answers.map(() => ask(calm, 'yes')));
    expect(pidsIn(other).length).toBeLessThanOrEqual(availableParallelism());
    expect(pidsIn(folder).length).toBeGreaterThan(pidsIn(other).length);
  });

  it('that is not there is named for each answer', async () => {
    const { grader } = make({ command: ['no-such-program', 'x'] });
    for (let at = 0; at < 2; at++) {
      expect(await ask(grader, 'yes')).toMatchObject({
        reason: expect.stringMatching(/"no-such-program x" .*ENOENT/),
      });
    }
  });

  it('leaves no process once it is closed, and grades nothing more', async () => {
    const { grader, folder } = make();
    await ask(grader, 'yes');
    const hanging = ask(grader, 'hang');
    while (!existsSync(join(folder, 'hangs'))) await new Promise((resolve) => setTimeout(resolve, 20));
    await grader.close?.();
    expect(await hanging).toMatchObject({ kind: 'unscored' });
    for (const pid of pidsIn(folder)) expectGone(pid);
    expect(await ask(grader, 'yes')).toMatchObject({ kind: 'unscored' });
    await grader.close?.();
  });

  it('is ended where the grading is no longer wanted', async () => {
    const { grader, folder } = make();
    const stop = new AbortController();
    const hanging = ask(grader, 'hang', { signal: stop.signal });
    while (!existsSync(join(folder, 'hangs'))) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    expect(await hanging).toMatchObject({ reason: expect.stringContaining('aborted') });
    expect(await ask(grader, 'yes', { signal: stop.signal })).toMatchObject({ kind: 'unscored' });
    expect(await ask(grader, 'yes')).toMatchObject({ value: 1 });
    await vi.waitFor(() => expectGone(pidsIn(folder)[0] ?? 0), 60_000);
  });

  const endings = [
    ['neither keeps the process that asked it running nor outlives it', [], ''],
    ['is waited for where it is closed', ['close'], 'closed'],
  ] as const;
  it.each(sampled(endings, 2))('%s', async (_, then, last) => {
    const { folder } = make();
    const program = compiledProgram('test/support/grade-once-worker.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, folder, ...then], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const [grade = '', said = ''] = stdout.split('\n');
    expect(JSON.parse(grade)).toMatchObject({ value: 1 });
    expect(said).toBe(last);
    await vi.waitFor(() => expectGone(pidsIn(folder)[0] ?? 0), 60_000);
  });
});

it.skipIf(process.platform === 'win32')(
  'a program that reads no input ends, with what it started, where the process that asked it is killed',
  async () => {
    const { folder } = make(
      {},
      `import { spawn } from 'node:child_process';
       import { renameSync, writeFileSync } from 'node:fs';
       const { pid } = spawn('sleep', ['600'], { stdio: 'ignore' });
       writeFileSync('begun', process.pid + ' ' + pid);
       renameSync('begun', 'starts');
       setInterval(() => undefined, 1_000);`,
    );
    const asking = spawn(process.execPath, [compiledProgram('test/support/grade-once-worker.ts'), folder]);
    await vi.waitFor(() => expect(existsSync(join(folder, 'starts'))).toBe(true), 60_000);
    asking.kill('SIGKILL');
    for (const pid of readFileSync(join(folder, 'starts'), 'utf8').split(' '))
      await vi.waitFor(() => expectGone(Number(pid)), 60_000);
  },
);

const hasPython = spawnSync('python3', ['--version']).status === 0;
it.skipIf(!hasPython)("docs/graders.md's program in Python grades", async () => {
  const page = readFileSync('docs/graders.md', 'utf8');
  const [, program = ''] =
    /### One process for many answers[\s\S]*?```python\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = join(outer, 'documented');
  mkdirSync(folder);
  writeFileSync(join(folder, 'grade.py'), program);
  const spec = {
    name: 'executable',
    command: ['python3', 'grade.py'],
    persistent: true,
    timeLimitMs: 60_000,
  };
  const grader = unwrap(createGrader(spec, { python, taskFolder: folder }));
  open.push(grader);
  expect(await ask(grader, ' yes\n')).toEqual({ kind: 'scored', value: 1 });
  expect(await ask(grader, 'no')).toMatchObject({
    kind: 'scored',
    value: 0,
    feedback: expect.stringMatching(/\S/),
  });
});
