import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/core/result.ts';
import { createGrader } from '../../src/grading/create-grader.ts';
import type { Grader } from '../../src/grading/grader.ts';
import { callFailure, failedOutcome } from '../../src/models/abort.ts';
import type { ChatModel, ChatOutcome, ChatRequest } from '../../src/models/chat-model.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sampled } from '../support/thorough.ts';
import { graderConformance } from './grader-conformance.ts';

const outer = temporaryFolder('graders');
const taskFolder = join(outer, 'task');
mkdirSync(taskFolder);

const python = { tier: 'none', run: () => Promise.reject(new Error('unused')), close: async () => undefined };
const instance = { id: 'i', input: 'in', gold: 'yes', label: 'l' };
const request = { answer: 'yes', instance, question: 'q' };

function write(name: string, text: string, mode = 0o755): string {
  const path = join(taskFolder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function shell(script: string): string {
  return `#!/bin/sh\n${script}\n`;
}

function make(spec: { readonly name: string; readonly [option: string]: unknown }): Grader {
  return unwrap(createGrader(spec, { python, taskFolder }));
}

function problem(spec: { readonly name: string; readonly [option: string]: unknown }): string {
  const made = createGrader(spec, { python, taskFolder });
  return made.ok ? '' : made.error.message;
}

const nodeGrader = `
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { question, answer, gold, instance, overrides } = JSON.parse(text);
if (typeof gold !== 'string') console.log(JSON.stringify({ unscored: 'no gold' }));
else if (answer === 'report') console.log(JSON.stringify({ value: 0, feedback: JSON.stringify({ question, instance, overrides, env: process.env, cwd: process.cwd() }) }));
else console.log(JSON.stringify(answer === gold ? { points: 3, max: 3 } : { points: 1, max: 3, feedback: 'It differs.' }));
`;

describe('executable', () => {
  describe('a command', () => {
    graderConformance({
      spec: { name: 'executable' },
      make: () => {
        write('grade.mjs', nodeGrader, 0o644);
        return make({ name: 'executable', command: ['node', 'grade.mjs'] });
      },
      instance,
      right: ['yes'],
      wrong: ['no'],
      needsGold: true,
    });
  });

  it('gets the question, the instance and overrides, and little of our environment', async () => {
    process.env.MIXTUNE_TEST_SECRET = 'hidden';
    write('grade.mjs', nodeGrader, 0o644);
    const grade = await make({ name: 'executable', command: ['node', 'grade.mjs'] }).grade({
      ...request,
      answer: 'report',
      overrides: { strict: true },
    });
    const seen = JSON.parse(grade.kind === 'scored' ? (grade.feedback ?? '') : '{}');
    expect(seen).toMatchObject({
      question: 'q',
      instance: { id: 'i', input: 'in', label: 'l' },
      overrides: { strict: true },
      cwd: taskFolder,
    });
    expect(Object.keys(seen.env)).not.toContain('MIXTUNE_TEST_SECRET');
    expect(Object.keys(seen.env)).not.toContain('HOME');
  });

  const programs = [
    [
      'a value',
      `printf '{"value": 0.25, "feedback": "half"}'`,
      { kind: 'scored', value: 0.25, feedback: 'half' },
    ],
    ['points', `printf '{"points": 2, "max": 4}'`, { kind: 'scored', value: 0.5, points: 2, max: 4 }],
    ['a whole grade', `printf '{"kind": "scored", "value": 1}'`, { kind: 'scored', value: 1 }],
    [
      'checks',
      `printf '{"value": 0, "checks": [{"name": "a", "passed": true}]}'`,
      { value: 0, checks: [{ name: 'a', points: 1, max: 1, passed: true, note: '' }] },
    ],
    ['a refusal', `printf '{"unscored": "no idea"}'`, { kind: 'unscored', reason: 'no idea' }],
    ['a value out of range', `printf '{"value": 2}'`, { kind: 'unscored', reason: /gave \{"value":2\}/ }],
    [
      'a value beyond all',
      `printf '{"value": 1e999}'`,
      { kind: 'unscored', reason: /gave \{"value":"Infinity"\}/ },
    ],
    [
      'too many points',
      `printf '{"points": 5, "max": 4}'`,
      { kind: 'unscored', reason: /5 points of at most 4/ },
    ],
    [
      'no JSON',
      'echo all good; echo api_key=abcdef123 >&2',
      { kind: 'unscored', reason: /"all good", which is no JSON.*\[redacted\]/ },
    ],
    ['nothing', 'true', { kind: 'unscored', reason: /printed nothing/ }],
    ['a signal', 'kill -SEGV $$', { kind: 'unscored', reason: /ended with SIGSEGV/ }],
    ['a failure', 'echo broken >&2; exit 3', { kind: 'unscored', reason: /code 3; stderr: broken/ }],
    ['a flood', 'yes', { kind: 'unscored', reason: /more than 1000000 bytes/ }],
  ] as const;
  it.each(sampled(programs, 2))('takes %s', async (_, script, expected) => {
    write('case.sh', shell(script));
    const { reason, ...rest } = expected as { reason?: string | RegExp };
    const verdict = await make({ name: 'executable', command: 'case.sh' }).grade(request);
    expect(verdict).toMatchObject(rest);
    if (reason !== undefined) expect((verdict as { reason: string }).reason).toMatch(reason);
  });

  it('is ended at its time limit with all its children', async () => {
    write('slow.sh', shell('echo $$ > pid\n(sleep 100; echo late) &\necho $! > child\nwait'));
    const grade = await make({ name: 'executable', command: 'slow.sh', timeLimitMs: 1_500 }).grade(request);
    expect(grade).toMatchObject({ kind: 'unscored', reason: expect.stringContaining('1500 ms') });
    for (const name of ['pid', 'child']) {
      const pid = Number(readFileSync(join(taskFolder, name), 'utf8'));
      // Gone, or a zombie that nobody has collected yet.
      const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ' Z ';
      expect(stat).toMatch(/ [ZX] /);
    }
  });

  it('does not wait for children that a finished program leaves', async () => {
    write('leave.sh', shell(`sleep 100 &\nprintf '{"value": 1}'`));
    expect(await make({ name: 'executable', command: 'leave.sh' }).grade(request)).toMatchObject({
      value: 1,
    });
  });

  it('nor for one in a session of its own, and loses nothing that was printed', async () => {
    write(
      'escape.mjs',
      `import { spawn } from 'node:child_process';
import { writeFileSync, writeSync } from 'node:fs';
spawn('sleep', ['100'], { stdio: 'inherit', detached: true }).once('spawn', function () {
  writeFileSync('escaped', String(this.pid));
  writeSync(1, JSON.stringify({ value: 1, feedback: 'x'.repeat(100_000) }));
  process.exit(0);
});`,
    );
    try {
      const grader = make({ name: 'executable', command: ['node', 'escape.mjs'], timeLimitMs: 60_000 });
      expect(await grader.grade(request)).toMatchObject({ value: 1 });
    } finally {
      process.kill(Number(readFileSync(join(taskFolder, 'escaped'), 'utf8')));
    }
  });

  it('stays inside its folder', () => {
    writeFileSync(join(outer, 'outside.sh'), shell('true'), { mode: 0o755 });
    symlinkSync(join(outer, 'outside.sh'), join(taskFolder, 'link.sh'));
    expect(problem({ name: 'executable', command: '../outside.sh' })).toContain("inside the task's folder");
    expect(problem({ name: 'executable', command: 'link.sh' })).toContain("inside the task's folder");
    expect(problem({ name: 'executable', command: '/bin/sh' })).toContain("inside the task's folder");
    expect(problem({ name: 'executable', command: ['sh', '../outside.sh'] })).toContain(
      "inside the task's folder",
    );
    expect(problem({ name: 'executable', command: 'none.sh' })).toContain('ENOENT');
    write('plain.txt', 'text', 0o644);
    expect(problem({ name: 'executable', command: 'plain.txt' })).toContain('chmod +x');
  });

  it('has another revision when its file changes', () => {
    write('own.sh', shell('true'));
    const before = make({ name: 'executable', command: 'own.sh' }).revision;
    write('own.sh', shell('false'));
    expect(make({ name: 'executable', command: 'own.sh' }).revision).not.toBe(before);
  });
});

describe('module', () => {
  describe('in TypeScript', () => {
    graderConformance({
      spec: { name: 'module' },
      make: () => {
        write(
          'grade.ts',
          `import { wanted } from './wanted.ts';
interface Request { readonly answer: string; readonly instance: { readonly gold?: unknown } }
export default async function grade({ answer, instance }: Request) {
  if (typeof instance.gold !== 'string') return { unscored: 'no gold' };
  return answer === wanted(instance.gold) ? { value: 1 } : { value: 0.5, feedback: 'It differs.' };
}`,
        );
        write('wanted.ts', 'export const wanted = (gold: string): string => gold as string;');
        return make({ name: 'module', path: 'grade.ts' });
      },
      instance,
      right: ['yes'],
      wrong: ['no'],
      needsGold: true,
    });
  });

  it.each([
    ['throws', `throw new Error('broken: api_key=abcdef123')`, /failed: broken: api_key=\[redacted\]/],
    ['rejects', `return Promise.reject('odd')`, /failed: odd/],
    ['gives text', `return 'good'`, /gave "good", expected/],
    ['gives nothing', '', /gave nothing, expected/],
    ['gives NaN', 'return { value: NaN }', /gave \{"value":"NaN"\}, expected/],
    ['never ends', 'return new Promise(() => {})', /no grade within 50 ms/],
  ])('that %s leaves the cell unscored', async (name, body, reason) => {
    const path = `${name.replaceAll(' ', '-')}.mjs`;
    write(path, `export default () => { ${body} };`);
    const grade = await make({ name: 'module', path, timeLimitMs: 50 }).grade(request);
    expect(grade).toMatchObject({ kind: 'unscored', reason: expect.stringMatching(reason) });
  });

  it('without a function as default export is named', async () => {
    write('none.mjs', 'export const grade = 1;');
    write('number.mjs', 'export default 1;');
    write('syntax.mjs', 'export default (');
    const reasonOf = async (path: string) => {
      const grade = await make({ name: 'module', path }).grade(request);
      return grade.kind === 'unscored' ? grade.reason : '';
    };
    expect(await reasonOf('none.mjs')).toContain('found no default export');
    expect(await reasonOf('number.mjs')).toContain('a default export that is a number');
    expect(await reasonOf('syntax.mjs')).toContain('the module syntax.mjs failed');
  });

  it('must lie inside its folder and be a module', () => {
    expect(problem({ name: 'module', path: '../x.mjs' })).toContain('grader.path');
    write('good.sh', shell('true'));
    expect(problem({ name: 'module', path: 'good.sh' })).toContain('.mjs file');
  });

  it('that calls models waits on the run, and its calls are counted', async () => {
    write('asks.mjs', 'export default async ({ model }) => ({ value: model === undefined ? 0 : 1 });');
    const grader = make({ name: 'module', path: 'asks.mjs', callsModels: true });
    expect(grader.callsModels).toBe(true);
    const model = { revision: () => '', complete: () => Promise.reject(new Error('unused')) };
    expect(await grader.grade({ ...request, model })).toMatchObject({ value: 1 });
  });
});

describe("docs/graders.md's module", () => {
  const page = readFileSync('docs/graders.md', 'utf8');
  const [, program = ''] = /## module[\s\S]*?```js\n([\s\S]*?)```/.exec(page) ?? [];
  const usage = { inputTokens: 1, outputTokens: 1, estimated: false };
  const timing = { serviceMs: 1, firstTokenMs: null, usd: null };
  const asked: ChatRequest[] = [];
  const saying = (outcome: ChatOutcome): ChatModel => ({
    revision: () => '',
    complete: async (request) => {
      asked.push(request);
      return outcome;
    },
  });
  const answered = (text: string): ChatOutcome => ({
    kind: 'answered',
    response: { text, finishReason: 'stop', usage, ...timing },
  });
  const grade = (model: ChatModel) => {
    write('documented.mjs', program, 0o644);
    const grader = make({ name: 'module', path: 'documented.mjs', callsModels: true });
    return grader.grade({ ...request, repeat: 3, model, signal: new AbortController().signal });
  };

  it('grades by what its model says', async () => {
    expect(await grade(saying(answered('7')))).toEqual({ kind: 'scored', value: 0.7 });
    expect(asked.at(-1)).toMatchObject({
      messages: [{ role: 'user', content: 'Rate from 0 to 10: yes' }],
      sample: { repeat: 3, index: 0 },
    });
  });

  it.each([answered('seven'), failedOutcome(callFailure('rejected', 'no-model', 'There is no such model.'))])(
    'scores nothing where no number comes: %j',
    async (outcome) => expect(await grade(saying(outcome))).toMatchObject({ kind: 'unscored' }),
  );
});
