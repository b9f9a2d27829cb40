/** Equal jobs give equal outcomes, whatever ran before them and whatever runs beside them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { json } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonJob, PythonOutcome, PythonSandbox } from '../../src/grading/grader.ts';
import { createPythonSandbox } from '../../src/grading/sandbox/index.ts';
import { parsePsTime, processorTimeMs } from '../../src/grading/sandbox/processor-time.ts';
import { guardsFor, TimeGuard } from '../../src/grading/sandbox/time-guard.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { exhaustive, thorough } from '../support/thorough.ts';

function job(source: string, timeLimitMs = 20_000): PythonJob {
  return { source, calls: [{ function: 'f', args: [] }], timeLimitMs };
}

/** Each leaves behind what it can; what is refused is passed over. */
const litter: readonly string[] = [
  ...['/dev', '/dev/shm', '/dev/shm/tmp', '/proc', '/proc/self', '/proc/self/fd', '/tmp', '/home', '/'].map(
    (folder) => `open(${JSON.stringify(`${folder}/left.txt`)}, "w").write("left" * 1000)`,
  ),
  ...['/dev/null', '/dev/stdin', '/dev/stdout', '/dev/tty', '/dev/tty1', '/dev/urandom', '/dev/random'].map(
    (path) => `open(${JSON.stringify(path)}, "r+b", buffering=0).write(b"left")`,
  ),
  'open("/dev/urandom", "rb", buffering=0).read(7)',
  'open("/dev/tty", "rb", buffering=0).read(3)',
  'sys.stdin.readline()',
  'open("/tmp/answer.py", "w").write("poison")',
  'open("/tmp/big", "wb").write(bytes(3_000_000))',
  '[open("/tmp/n%d" % i, "w") for i in range(50)]',
  'globals().update(kept=[os.open("/tmp/fd%d" % i, os.O_RDWR | os.O_CREAT) for i in range(30)])',
  'os.dup2(os.open("/tmp/over", os.O_RDWR | os.O_CREAT), 1)',
  'os.close(0)',
  'os.close(2)',
  'os.lseek(1, 10, 0)',
  'os.set_blocking(0, False)',
  'os.set_inheritable(1, True)',
  'os.mkdir("/tmp/folder")',
  'os.mkdir("/dev/shm/folder")',
  'os.symlink("/lib", "/tmp/link")',
  'os.chmod("/lib", 0o777)',
  'os.utime("/lib", (1, 1))',
  'os.chdir("/dev/shm")',
  'os.umask(0o777)',
  'os.environ.update(LEFT="1", TZ="Asia/Tokyo"); time.tzset()',
  'os.putenv("LEFT", "2")',
  'locale.setlocale(locale.LC_ALL, "")',
  'sys.path.insert(0, "/tmp"); sys.modules["json"] = None; sys.argv.append("left")',
  'sys.setrecursionlimit(77); sys.setswitchinterval(3); gc.disable(); gc.freeze()',
  'decimal.getcontext().prec = 3; random.seed(5); warnings.simplefilter("error")',
  'signal.signal(signal.SIGINT, lambda *_: None); signal.alarm',
  'atexit.register(print, "left"); builtins.left = 1',
  'time.sleep(0.5)',
  'globals().update(kept=bytearray(30_000_000))',
  'm = mmap.mmap(-1, 100_000); m[:4] = b"left"; globals().update(kept=m)',
  'int.from_bytes(os.urandom(8), "big"); uuid.uuid4(); secrets.token_hex(4)',
  'while True: pass',
  'raise SystemExit(3)',
  'ctypes.c_int.from_address(3512276).value = 0',
];
const imports =
  'import atexit, builtins, ctypes, decimal, gc, locale, mmap, os, random, secrets, signal, sys, time, uuid, warnings';
const litterJob = (lines: readonly string[]): PythonJob =>
  job(
    `${lines.map((line, index) => `def left${index}():\n    try:\n        ${imports}\n        ${line}\n    except Exception: pass`).join('\n')}\ndef f():\n${lines.map((_, index) => `    left${index}()`).join('\n') || '    pass'}\n`,
    300,
  );

/** Everything that a program can see of what was there before it. */
const probe = job(`
import builtins, decimal, gc, io, json, locale, os, random, secrets, signal, sys, time, uuid, warnings
def tried(call, *args):
    try: return repr(call(*args))
    except Exception as error: return repr(error)
def f():
    seen = []
    for folder, folders, files in os.walk("/"):
        if folder.startswith("/lib/python"): continue
        for name in [*folders, *files]:
            path = os.path.join(folder, name)
            seen.append([path, tried(os.lstat, path)])
    for path in ("/dev/shm/left.txt", "/proc/left.txt", "/tmp/left.txt", "/dev/left.txt"):
        seen.append(tried(open, path))
    seen.append([tried(os.fstat, fd) for fd in range(64)])
    seen.append([(tried(os.get_blocking, fd), tried(os.get_inheritable, fd)) for fd in range(4)])
    seen.append([tried(os.lseek, fd, 0, 1) for fd in range(4)])
    seen.append([tried(open("/dev/urandom", "rb", buffering=0).read, 5), tried(os.read, 0, 5), tried(os.urandom, 5)])
    seen.append([os.getcwd(), oct(os.umask(0)), dict(os.environ), time.tzname, time.localtime(0).tm_hour, time.time(), time.perf_counter()])
    seen.append([sys.path, sorted(sys.modules), sys.argv, sys.getrecursionlimit(), sys.getswitchinterval()])
    seen.append([gc.isenabled(), gc.get_freeze_count(), gc.get_count(), len(gc.get_objects()), id(object()), id(seen)])
    seen.append([decimal.getcontext().prec, random.random(), secrets.token_hex(3), str(uuid.uuid4()), hash("a")])
    seen.append([tried(signal.getsignal, signal.SIGINT), len(warnings.filters), tried(locale.setlocale, locale.LC_ALL)])
    seen.append([hasattr(builtins, "left"), sys.getallocatedblocks(), tried(os.statvfs, "/tmp")])
    with open("/tmp/own", "w") as file: file.write("text")
    seen.append([tried(os.stat, "/tmp/own"), os.open("/tmp/own", os.O_RDONLY), time.perf_counter()])
    return json.dumps(seen)
`);

describe.skipIf(!thorough)('a job after others', () => {
  let used: PythonSandbox;
  let expected: PythonOutcome;
  beforeAll(async () => {
    const fresh = await createPythonSandbox({ workers: 1 });
    expected = await fresh.run(probe);
    await fresh.close();
    used = await createPythonSandbox({ workers: 1 });
  });
  afterAll(() => used.close());

  it('sees what it sees in a fresh worker, whatever they left (property)', { timeout: 600_000 }, async () => {
    expect(expected).toMatchObject({ kind: 'ran', calls: [{ kind: 'returned', value: { type: 'str' } }] });
    const lists = fc.array(fc.subarray([...litter], { maxLength: 12 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(lists, async (jobs) => {
        for (const lines of jobs) await used.run(litterJob(lines));
        expect(await used.run(probe)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
    // Each by itself too: a loop or an exit in a list hides what stands behind it.
    for (const line of litter) {
      await used.run(litterJob([line]));
      expect(await used.run(probe), line).toEqual(expected);
    }
  });
});

const plain = 'def calculate_user_metrics(users, start_date, end_date):\n';
/** Programs for the code challenge: quick ones, slow ones, ones that the limit stops. */
const programs: readonly string[] = [
  ...[0, 200_000, 800_000, 1_500_000, 2_500_000, 3_200_000, 4_000_000, 30_000_000].flatMap((steps) => [
    `${plain}    for _ in range(${steps}): pass\n    return {}\n`,
    `for _ in range(${steps}): pass\n${plain}    return None\n`,
    `${plain}    n = 0\n    while n < ${steps} // 4:\n        n += 1\n    return {"active_count": n * 0, "average_engagement": 0}\n`,
  ]),
  `${plain}    return {"active_count": sum(range(1_000_000)) * 0}\n`,
  `import re\n${plain}    re.match("(a+)+$", "a" * 20 + "b")\n    return {}\n`,
  `import time\n${plain}    time.sleep(0.05)\n    return {}\n`,
  `import time\n${plain}    start = time.time()\n    while time.time() < start + 0.2: pass\n    return {}\n`,
  `${plain}    return {"active_count": len(str(7 ** 30_000)) * 0}\n`,
  `${plain}    return sorted(({"posts": i % 977} for i in range(100_000)), key=lambda u: -u["posts"])[:5]\n`,
];

// Eight busy loops beside the other tests: CI plays it.
describe.skipIf(!thorough)('a grading on a busy machine', () => {
  const others: ChildProcess[] = [];
  const stopOthers = (): void => {
    for (const child of others.splice(0)) child.kill('SIGKILL');
  };
  afterAll(stopOthers);

  /** In a process of its own, which can be given a low priority. */
  async function gradeAll(...before: string[]): Promise<unknown[]> {
    const script = compiledProgram('test/support/grade-programs.ts');
    const [command = '', ...args] = [...before, process.execPath, script];
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(programs.filter((_, index) => exhaustive || index % 3 === 1)));
    return (await json(child.stdout)) as unknown[];
  }

  it('gives the points of a calm one', { timeout: 1_800_000 }, async () => {
    const calm = await gradeAll();
    expect(calm.filter((grade) => (grade as { kind: string }).kind !== 'scored')).toEqual([]);
    for (let i = 0; i < 8; i++) {
      others.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    }
    expect(await gradeAll()).toEqual(calm);
    stopOthers();
    expect(await gradeAll('nice', '-n', '19')).toEqual(calm);
  });
});

describe('the guard', () => {
  const guards = { doubtfulMs: 20, processorMs: 1_000, wallMs: 300 };
  const end = (readings: readonly (number | null)[]): Promise<string> => {
    let next = 0;
    return new Promise((resolve) => {
      const guard = new TimeGuard(
        guards,
        async () => readings[Math.min(next++, readings.length - 1)] ?? null,
        {
          onOver: (message) => resolve(`over: ${message}`),
          onStarved: (reason) => resolve(`starved: ${reason}`),
        },
      );
      setTimeout(() => resolve(guard.doubt()?.reason ?? 'taken'), 250).unref();
    });
  };

  it('stops what has used its processor time, and nothing else', async () => {
    expect(await end([5_000, 6_100])).toBe('over: did not end within 1.1 s of processor time');
    expect(await end([0, 15])).toBe('taken');
    expect(await end([0, 500])).toContain('so near the limit that the machine decides');
  });

  it('gives up what gets no processor, without a verdict', async () => {
    const reasons = await new Promise<string>((resolve) => {
      new TimeGuard(guards, async () => null, { onOver: resolve, onStarved: resolve });
    });
    expect(reasons).toMatch(/^the machine was too busy: in 0\.\d s the program got an unknown amount/);
  });

  it('leaves room above the limit for every machine', () => {
    for (const limit of [1, 100, 2_000, 60_000]) {
      const { doubtfulMs, processorMs, wallMs } = guardsFor(limit);
      expect(doubtfulMs).toBeGreaterThanOrEqual(4 * limit);
      expect(processorMs).toBeGreaterThanOrEqual(2 * doubtfulMs);
      expect(wallMs).toBeGreaterThanOrEqual(10 * processorMs);
    }
  });

  it.skipIf(!thorough)('reads what ps prints, and the time of this process', async () => {
    const cases = { '0:01.25': 1_250, ' 12:00\n': 720_000, '01:02:03': 3_723_000, '2-00:00:01': 172_801_000 };
    for (const [text, ms] of Object.entries(cases)) expect(parsePsTime(text)).toBe(ms);
    expect(parsePsTime('')).toBeNull();
    if (process.platform === 'win32') return;
    const before = (await processorTimeMs(process.pid)) ?? Number.NaN;
    const own = process.cpuUsage();
    // Work of some length between looks at the time, which are dear themselves.
    const work = Array.from({ length: 100_000 }, (_, at) => at);
    while (process.cpuUsage(own).user < 200_000) JSON.stringify(work);
    const used = ((await processorTimeMs(process.pid)) ?? Number.NaN) - before;
    expect(used).toBeGreaterThan(100);
  });
});
