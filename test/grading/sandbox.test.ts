import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  PythonCallOutcome,
  PythonJob,
  PythonOutcome,
  PythonSandbox,
  PythonValue,
} from '../../src/grading/grader.ts';
import {
  createPythonSandbox,
  describePythonTiers,
  preparePythonSandbox,
} from '../../src/grading/sandbox/index.ts';
import { planLaunch } from '../../src/grading/sandbox/launch.ts';
import { resolveOptions } from '../../src/grading/sandbox/options.ts';
import { findRuntimeFiles } from '../../src/grading/sandbox/runtime-files.ts';
import { encodeJob } from '../../src/grading/sandbox/wire.ts';
import { WorkerProcess } from '../../src/grading/sandbox/worker-process.ts';
import { anyText } from '../support/any-text.ts';
import { python } from '../support/python.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runs, sampled, thorough } from '../support/thorough.ts';

const none: PythonValue = { type: 'none' };
const int = (value: number | string): PythonValue => ({ type: 'int', value: String(value) });
const str = (value: string): PythonValue => ({ type: 'str', value });
const float = (value: string): PythonValue => ({ type: 'float', value });
const list = (...items: PythonValue[]): PythonValue => ({ type: 'list', items, className: 'list' });
const tuple = (...items: PythonValue[]): PythonValue => ({ type: 'tuple', items, className: 'tuple' });
const dict = (...entries: [PythonValue, PythonValue][]): PythonValue => ({
  type: 'dict',
  entries,
  className: 'dict',
});

function job(source: string, ...args: PythonValue[]): PythonJob {
  return { source, calls: [{ function: 'f', args }], timeLimitMs: 20_000 };
}

async function firstCall(source: string, ...args: PythonValue[]): Promise<PythonCallOutcome> {
  const outcome = await python.run(job(source, ...args));
  if (outcome.kind !== 'ran') throw new Error(JSON.stringify(outcome));
  return outcome.calls[0] as PythonCallOutcome;
}

describe('values', () => {
  const cases: readonly (readonly [string, PythonValue])[] = [
    ['None', none],
    ['True', { type: 'bool', value: true }],
    ['7', int(7)],
    ['-(2**53)', int('-9007199254740992')],
    ['10**40', int(`1${'0'.repeat(40)}`)],
    ['1.0', float('1.0')],
    ['-0.0', float('-0.0')],
    ['math.nan', float('nan')],
    ['-math.inf', float('-inf')],
    ['1e300 * 10', float('1e+301')],
    [`"h\u00e9 \u{1F600} \\ud800 \\0"`, str('h\u00e9 \u{1F600} \ud800 \0')],
    ['[1, [2]]', list(int(1), list(int(2)))],
    ['(1, "a")', tuple(int(1), str('a'))],
    ['{1: (), None: []}', dict([int(1), tuple()], [none, list()])],
    ['{3}', { type: 'set', items: [int(3)], className: 'set' }],
    ['frozenset()', { type: 'set', items: [], className: 'frozenset' }],
    ['collections.deque([1])', { type: 'list', items: [int(1)], className: 'deque' }],
    ['collections.Counter("a")', { type: 'dict', entries: [[str('a'), int(1)]], className: 'Counter' }],
    [
      'collections.OrderedDict(b=1, a=2)',
      {
        type: 'dict',
        entries: [
          [str('b'), int(1)],
          [str('a'), int(2)],
        ],
        className: 'OrderedDict',
      },
    ],
    ['enum.IntEnum("Color", "RED").RED', { type: 'int', value: '1', className: 'Color' }],
    ['(x for x in [1])', { type: 'object', className: 'generator' }],
    ['{}.values()', { type: 'object', className: 'dict_values' }],
    ['lambda: 1', { type: 'object', className: 'function' }],
    ['types.SimpleNamespace(a=1)', { type: 'object', className: 'SimpleNamespace' }],
    ['decimal.Decimal("2.95")', { type: 'object', className: 'Decimal', repr: "Decimal('2.95')" }],
    ['range(3)', { type: 'object', className: 'range', repr: 'range(0, 3)' }],
    ['b"ab"', { type: 'object', className: 'bytes', repr: "b'ab'" }],
  ];
  let evaluated: readonly PythonCallOutcome[];
  beforeAll(async () => {
    const functions = cases.map(([expression], at) => `def f${at}():\n    return ${expression}\n`);
    const outcome = await python.run({
      source: `import collections, decimal, enum, math, types\n${functions.join('')}`,
      calls: cases.map((_, at) => ({ function: `f${at}`, args: [] })),
      timeLimitMs: 20_000,
    });
    if (outcome.kind !== 'ran') throw new Error(JSON.stringify(outcome));
    evaluated = outcome.calls;
  });
  it.each(cases.map(([expression, value], at) => ({ expression, value, at })))(
    '$expression',
    ({ value, at }) => {
      expect(evaluated[at]).toEqual({ kind: 'returned', value, argsAfter: [] });
    },
  );

  it('cuts what is cyclic, too deep or too large, and keeps the rest', async () => {
    const source = `
def f():
    ring = []
    ring.append(ring)
    deep = []
    for _ in range(500):
        deep = [deep]
    return [ring, 1, "x" * 9_000_000, deep, 1 << 1_000_000]
`;
    const outcome = await firstCall(source);
    const text = JSON.stringify(outcome);
    for (const reason of ['cyclic', 'too long', 'nested too deeply', 'too large'])
      expect(text).toContain(reason);
    expect(outcome).toMatchObject({
      kind: 'returned',
      value: { items: [{}, { type: 'int', value: '1' }, {}, {}, {}] },
    });
  });

  it('hands back any plain data as it was given', async () => {
    const { value } = fc.letrec<{ value: PythonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(none),
        fc.boolean().map((value): PythonValue => ({ type: 'bool', value })),
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((value) => int(String(value))),
        fc.constantFrom('0.1', '-0.0', 'nan', 'inf', '1e+16', '5e-324').map(float),
        anyText().map(str),
        fc.array(tie('value'), { maxLength: 4 }).map((items) => list(...items)),
        fc.array(tie('value'), { maxLength: 4 }).map((items) => tuple(...items)),
        fc
          .uniqueArray(fc.tuple(fc.string(), tie('value')), { maxLength: 4, selector: ([key]) => key })
          .map((entries) =>
            dict(...entries.map(([key, item]): [PythonValue, PythonValue] => [str(key), item])),
          ),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 4 }), async (args) => {
        const outcome = await firstCall('def f(*a):\n    return a\n', ...args);
        expect(outcome).toEqual({ kind: 'returned', value: tuple(...args), argsAfter: args });
      }),
      { numRuns: runs(60) },
    );
  });

  it('takes integers longer than Python reads from text', async () => {
    const long = int(`-${'7'.repeat(6_000)}`);
    expect(await firstCall('def f(n):\n    return n - 1\n', long)).toMatchObject({
      value: int(`-${'7'.repeat(5_999)}8`),
    });
  });

  it('refuses arguments that are not data', () => {
    expect(() => python.run(job('', { type: 'object', className: 'generator' }))).toThrow(TypeError);
    expect(() => python.run(job('', int('seven')))).toThrow(TypeError);
    expect(() => python.run({ ...job(''), timeLimitMs: 0 })).toThrow(RangeError);
  });
});

describe('outcomes', () => {
  const notLoaded: readonly (readonly [string, string, string])[] = [
    ['a syntax error', 'def f(:', 'SyntaxError'],
    ['an error while loading', 'raise ValueError("no")', 'ValueError'],
    ['a name never imported', 'def f(x: List[int]): pass', 'NameError'],
    ['no such function', 'def g(): pass', 'NameError'],
    ['an exit while loading', 'import sys\nsys.exit(0)\ndef f(): pass', 'SystemExit'],
    ['a NUL byte', 'def f():\n  return "\0"', 'SyntaxError'],
    ['half a surrogate pair', 'def f():\n  return "\ud800"', 'UnicodeEncodeError'],
    ['nothing', '', 'NameError'],
  ];
  it.each(notLoaded)('%s: not loaded', async (_name, source, exception) => {
    expect(await python.run(job(source))).toMatchObject({ kind: 'not-loaded', exception });
  });

  it('shows what a call did to its arguments, and gives each call fresh ones', async () => {
    const users = list(dict([str('posts'), int(1)]));
    const source = 'def f(users):\n    users[0]["score"] = 1\n    return len(users[0])\n';
    const outcome = await python.run({ source, calls: Array(2).fill({ function: 'f', args: [users] }) });
    const call = {
      kind: 'returned',
      value: int(2),
      argsAfter: [list(dict([str('posts'), int(1)], [str('score'), int(1)]))],
    };
    expect(outcome).toEqual({ kind: 'ran', calls: [call, call] });
  });

  it('leaves out what became of the arguments where nobody asks', async () => {
    const source = 'def f(xs):\n    xs.append(1)\n    return xs\n';
    const call = { function: 'f', args: [list()] };
    const outcome = await python.run({ source, calls: [{ ...call, argsAfter: false }, call] });
    expect(outcome).toEqual({
      kind: 'ran',
      calls: [
        { kind: 'returned', value: list(int(1)), argsAfter: [] },
        { kind: 'returned', value: list(int(1)), argsAfter: [list(int(1))] },
      ],
    });
  });

  it('goes on after a call that raised, with message and class', async () => {
    const source = `
class Odd(KeyError):
    def __str__(self): return "own words"
def f(x):
    if x == 1: raise Odd("key")
    if x == 2: raise SystemExit(3)
    if x == 3: return f(x)
    return x
`;
    const calls = [0, 1, 2, 3, 4].map((x) => ({ function: 'f', args: [int(x)] }));
    expect(await python.run({ source, calls })).toEqual({
      kind: 'ran',
      calls: [
        { kind: 'returned', value: int(0), argsAfter: [int(0)] },
        { kind: 'raised', exception: 'Odd', message: "'key'" },
        { kind: 'raised', exception: 'SystemExit', message: '3' },
        { kind: 'raised', exception: 'RecursionError', message: 'maximum recursion depth exceeded' },
        { kind: 'returned', value: int(4), argsAfter: [int(4)] },
      ],
    });
  });

  it('keeps the calls that ended before the job was stopped', async () => {
    const source =
      'import os\ndef f(x):\n    while x == "loop": pass\n    if x == "exit": os._exit(0)\n    return x\n';
    const ends = [
      ['exit', 'crash'],
      ['loop', 'time'],
    ] as const;
    for (const [last, cause] of sampled(ends, 2)) {
      const calls = ['a', 'b', last, 'c'].map((x) => ({ function: 'f', args: [str(x)] }));
      const outcome = await python.run({ source, calls, timeLimitMs: last === 'loop' ? 3_000 : 20_000 });
      expect(outcome).toMatchObject({
        kind: 'stopped',
        cause,
        calls: [{ value: str('a') }, { value: str('b') }],
      });
    }
  });

  it('loads a program with a byte order mark, dataclasses and a main block', async () => {
    const source = `\uFEFFfrom dataclasses import dataclass
@dataclass
class Point:
    x: int = 1
def f():
    return [Point().x, __name__]
if __name__ == "__main__":
    raise RuntimeError
`;
    expect(await firstCall(source)).toMatchObject({ value: list(int(1), str('answer')) });
  });

  it('runs expressions and statements in the namespace of the program, after the calls', async () => {
    const outcome = await python.run({
      source: 'def f(x):\n    return x + 1\n',
      calls: [{ function: 'f', args: [int(1)] }],
      expressions: ['f(2)', 'assert f(1) == 3', 'y = [f(i)\n  for i in (1, 2)]', 'y', 'f(', 'f("a")'],
    });
    expect(outcome).toEqual({
      kind: 'ran',
      calls: [
        { kind: 'returned', value: int(2), argsAfter: [int(1)] },
        { kind: 'returned', value: int(3), argsAfter: [] },
        { kind: 'raised', exception: 'AssertionError', message: '' },
        { kind: 'returned', value: none, argsAfter: [] },
        { kind: 'returned', value: list(int(2), int(3)), argsAfter: [] },
        { kind: 'raised', exception: 'SyntaxError', message: expect.any(String) },
        { kind: 'raised', exception: 'TypeError', message: expect.any(String) },
      ],
    });
  });

  it('runs recursion through C code as deep as CPython does', async () => {
    const source = `from functools import lru_cache
@lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def f(): return fib(450)
`;
    let [current, next] = [0n, 1n];
    for (let i = 0; i < 450; i++) [current, next] = [next, current + next];
    expect(await firstCall(source)).toMatchObject({ value: int(String(current)) });
  });

  // With Node's own stack size a fresh worker overflowed there every second time.
  it.skipIf(!thorough)(
    'tells endless recursion through C code from a crash, in fresh workers too',
    async () => {
      const source = 'def f(): return sorted([1, 2], key=lambda _: f())\n';
      for (let fresh = 0; fresh < 3; fresh++) {
        const own = await createPythonSandbox({ workers: 1 });
        const outcome = await own.run(job(source));
        await own.close();
        expect(outcome).toMatchObject({ calls: [{ kind: 'raised', exception: 'RecursionError' }] });
      }
    },
  );
});

describe('the pool', () => {
  let sandbox: PythonSandbox;
  beforeAll(async () => {
    sandbox = await createPythonSandbox({ workers: 1 });
  });
  afterAll(() => sandbox.close());

  it.skipIf(!thorough)('leaves the other jobs alone when some are stopped', async () => {
    const loop = { ...job('def f():\n    while True: pass\n'), timeLimitMs: 300 };
    const violation = job('import os\ndef f(): os.system("true")\n');
    const good = job('def f(): return 1\n');
    // Each that is stopped takes its worker with it, and starting one takes a second.
    const jobs = [good, loop, good, violation, good, good, violation, loop, good];
    const outcomes = await Promise.all(jobs.map((each) => sandbox.run(each)));
    const expected = jobs.map((each) => (each === good ? 'ran' : each === loop ? 'time' : 'violation'));
    expect(outcomes.map((outcome) => (outcome.kind === 'stopped' ? outcome.cause : outcome.kind))).toEqual(
      expected,
    );
  });

  it.skipIf(!thorough)('keeps nothing from one job to the next', async () => {
    const leave = job(
      'import builtins, math\nbuiltins.left = 1\nmath.pi = 3\ndef f(): open("/tmp/left", "w").close()\n',
    );
    const look = job(
      'import builtins, math, os\ndef f(): return [hasattr(builtins, "left"), math.pi, os.listdir("/tmp")]\n',
    );
    for (let i = 0; i < 3; i++) {
      await sandbox.run(leave);
      expect(await sandbox.run(look)).toMatchObject({
        calls: [{ value: list({ type: 'bool', value: false }, float('3.141592653589793'), list()) }],
      });
    }
  });

  it('gives equal outcomes for equal jobs, randomness and set order included', async () => {
    const source =
      'import random, uuid, os\ndef f(): return [random.random(), str(uuid.uuid4()), {"a", "b", "c"}, os.urandom(3).hex()]\n';
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => sandbox.run(job(source))));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
  });

  it.skipIf(!thorough)('ends a memory-hungry worker and goes on', async () => {
    const source = 'def f():\n    x = [bytes(1_000_000) for _ in range(120)]\n    return len(x)\n';
    for (let i = 0; i < 3; i++) expect(await firstCall(source)).toMatchObject({ value: int(120) });
  });

  it.skipIf(!thorough)('drops an aborted job, waiting or under way', async () => {
    const controller = new AbortController();
    const endless = { ...job('def f():\n    while True: pass\n'), timeLimitMs: 60_000 };
    const outcomes = Array.from({ length: 4 }, () => sandbox.run(endless, { signal: controller.signal }));
    const after = sandbox.run(job('def f(): return 1\n'));
    controller.abort();
    const aborted: PythonOutcome = { kind: 'unavailable', reason: 'aborted' };
    expect(await Promise.all(outcomes)).toEqual([aborted, aborted, aborted, aborted]);
    expect(await sandbox.run(endless, { signal: controller.signal })).toEqual(aborted);
    expect(await after).toMatchObject({ kind: 'ran' });
  });

  it('is unavailable once closed, for jobs under way too', async () => {
    expect(await sandbox.run(job('def f(): return 1\n'))).toMatchObject({ kind: 'ran' });
    const endless = { ...job('def f():\n    while True: pass\n'), timeLimitMs: 60_000 };
    const underWay = [sandbox.run(endless), sandbox.run(endless)];
    await sandbox.close();
    await sandbox.close();
    for (const outcome of [...(await Promise.all(underWay)), await sandbox.run(endless)]) {
      expect(outcome).toMatchObject({ kind: 'unavailable' });
    }
  });

  it('refuses options out of range, and a tier that is not there', async () => {
    await expect(createPythonSandbox({ workers: 0 })).rejects.toThrow(
      'workers: expected an integer from 1 to 64, found 0',
    );
    await expect(createPythonSandbox({ memoryMb: 1.5 })).rejects.toThrow(RangeError);
    const bubblewrap = (await describePythonTiers()).find((report) => report.tier === 'bubblewrap');
    if (!bubblewrap?.available)
      await expect(createPythonSandbox({ tier: 'bubblewrap' })).rejects.toThrow('does not work here');
  });
});

/** A parent that starts a worker, gives it an endless job, says so, and stays. */
const parentScript = `
const [command, job, ...args] = process.argv.slice(1);
const child = require('node:child_process').spawn(command, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] });
child.stdout.on('data', (bytes) => {
  const kind = String.fromCharCode(bytes[4]);
  if (kind === 'R') child.stdin.write(Buffer.from(job, 'base64'));
  if (kind === 'L') console.log('under way');
});
`;

describe.skipIf(!thorough || process.platform !== 'linux')('a worker whose parent is killed', () => {
  const files = findRuntimeFiles();
  it.for(['bubblewrap', 'permissions'] as const)(
    'ends in the middle of an endless loop, tier %s',
    async (tier, context) => {
      const report = (await describePythonTiers()).find((each) => each.tier === tier);
      context.skip(!report?.available, report?.reason);
      // Shows in the command line, by which the process is found.
      const newFiles = 1_000 + (process.pid % 1_000_000) * 10 + (tier === 'bubblewrap' ? 1 : 2);
      const plan = planLaunch(tier, files, await preparePythonSandbox(), resolveOptions({}, 1));
      const args = plan.args.map((arg) => arg.replace('"newFiles":1000', `"newFiles":${newFiles}`));
      const endless = encodeJob(job('def f():\n    while True: pass\n'), 3_600_000);
      const text = Buffer.from(JSON.stringify(endless));
      const frame = Buffer.alloc(4);
      frame.writeUInt32LE(text.length);
      const jobText = Buffer.concat([frame, text]).toString('base64');
      const parent = spawn(process.execPath, ['-e', parentScript, '--', plan.command, jobText, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(parent.stdout, 'data');
      expect(commandLinesWith(`"newFiles":${newFiles}`).length).toBeGreaterThan(1);
      parent.kill('SIGKILL');
      await expect.poll(() => commandLinesWith(`"newFiles":${newFiles}`), { timeout: 20_000 }).toEqual([]);
    },
  );
});

function commandLinesWith(text: string): string[] {
  const lines: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (line.includes(text)) lines.push(`${pid} ${line.slice(0, 60)}`);
    } catch {
      // It ended meanwhile.
    }
  }
  return lines;
}

// Bubblewrap has a second process while it sets up: killed alone, the first left that one holding our pipes.
describe.skipIf(process.platform === 'win32')('a worker of two processes', () => {
  it('is ended whole', async () => {
    const script = "process.stdin.resume(); setInterval(() => {}, 1e6); process.stderr.write('up')";
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}], { stdio: 'inherit' })`;
    const ready = 'process.stdout.write(Buffer.from([1, 0, 0, 0, 82]))';
    const worker = new WorkerProcess({
      tier: 'test',
      command: process.execPath,
      args: ['-e', `${child}; ${ready}; setInterval(() => {}, 1e6)`],
    });
    await worker.ready();
    worker.kill();
    await worker.ended;
    expect(worker.alive).toBe(false);
  });
});

describe('the snapshot', () => {
  const cacheFolder = temporaryFolder('snapshot');

  it.skipIf(!thorough)(
    'is made once, kept, and made again when it is damaged',
    async () => {
      const paths = await Promise.all([
        preparePythonSandbox({ cacheFolder }),
        preparePythonSandbox({ cacheFolder }),
      ]);
      const path = paths[0] as string;
      expect(paths[1]).toBe(path);
      expect(readdirSync(cacheFolder)).toHaveLength(1);
      const whole = readFileSync(path);
      truncateSync(path, 1_000_000);
      for (let i = 0; i < 8; i++) {
        const other = join(cacheFolder, `python-${String(i).padStart(20, '0')}.snapshot`);
        writeFileSync(other, '');
        utimesSync(other, i, i);
      }
      const own = await createPythonSandbox({ cacheFolder, workers: 1 });
      expect(await own.run(job('def f(): return 1\n'))).toMatchObject({ kind: 'ran' });
      await own.close();
      expect(readFileSync(path).length).toBe(whole.length);
      // The oldest were removed.
      expect(readdirSync(cacheFolder)).toHaveLength(6);
    },
    120_000,
  );

  it('that can not be kept makes jobs unavailable, with the reason', async () => {
    const file = join(cacheFolder, 'a-file');
    writeFileSync(file, '');
    const own = await createPythonSandbox({ cacheFolder: join(file, 'below'), workers: 1 });
    expect(await own.run(job('def f(): return 1\n'))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('ENOTDIR'),
    });
    await own.close();
  });
});
