import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProcessContext } from '../../src/cli/context.ts';
import { notify } from '../../src/cli/wiring/jobs/notify.ts';
import { type Clock, createRealClock } from '../../src/core/clock.ts';
import { lockRun } from '../../src/run/folder/run-lock.ts';
import { type SimServer, startSimServer } from '../../src/sim/server.ts';
import { writeCapitals } from '../support/capitals.ts';
import { compiledProgram } from '../support/compiled-program.ts';
import { runLine } from '../support/run-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const task = `version: 1
name: capitals
description: Name the capital of a country.
prompt: "What is the capital of {{input}}? Answer with its name only."
grader: { name: contains }
repeats: 2
split: { holdout: 0.5 }
`;
const space = `version: 1
name: capitals
temperatures: [0.1, 0.4, 0.7, 1]
stages: { kinds: [fuse] }
prompts:
  single: [Answer., Be brief., Think first.]
  fuser: [Fuse.]
`;
const secret = 'sk-not-for-anyone-1234567890';
let folder: string;
let server: SimServer;
/** After so many more pauses of its models the server falls silent, until `silence` is over. */
let waits = Number.POSITIVE_INFINITY;
let silence: Promise<void> = Promise.resolve();
let program: string;

beforeAll(async () => {
  folder = temporaryFolder('control');
  writeCapitals(join(folder, 'tasks'), task);
  await writeFile(join(folder, 'space.yaml'), space);
  const clock = createRealClock();
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (waits-- <= 0) await silence;
    return clock.sleep(ms, signal);
  };
  server = await startSimServer({ port: 0, seed: 1, clock: { ...clock, sleep }, speedup: 10 });
  program = compiledProgram('src/cli/main.ts');
});
afterAll(async () => {
  await server.close();
});

/** Where this user keeps what tells own runs from others'. */
const home = (): string => join(folder, 'home');

const cli = (line: string, changes: Partial<ProcessContext> = {}) =>
  runLine(line, { cwd: folder, env: { MIXTUNE_HOME: home() }, ...changes });

type Talker = ChildProcess & { told: string };

/** @param evaluations the forecast of few is quick */
function startTuning(run: string, notify: string, evaluations = 10_000): Talker {
  const args = `tune capitals --space space.yaml --base-url ${server.url} --models finch-3b,sage-70b --strategy random --max-calls 20000 --max-evaluations ${evaluations} --concurrency 2 --yes`;
  const child = spawn(process.execPath, [program, ...args.split(' '), '--run', run, '--notify', notify], {
    cwd: folder,
    env: { ...process.env, SOME_API_KEY: secret, MIXTUNE_HOME: home() },
  });
  const started = Object.assign(child, { told: '' });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => (started.told += String(text)));
  return started;
}

async function statusOf(run: string) {
  const { code, out, err } = await cli(`status ${run} --json`);
  return code === 0 ? JSON.parse(out) : { code, err };
}

/** Waits for what another process does; gives up when the test does. */
async function until(child: Talker, condition: () => Promise<boolean> | boolean): Promise<void> {
  // A look reads a whole run.
  for (let look = 0; look < 600; look++) {
    if (await condition()) return;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`it never came about; the process said: ${child.told}`);
}

describe('a run at work in another process', () => {
  test.skipIf(!thorough)('saves its state when nobody reads what it prints', async () => {
    const child = startTuning('unread', 'true');
    try {
      const journal = join(folder, 'runs', 'unread', 'journal.sqlite');
      await until(child, async () => existsSync(journal) && (await statusOf('unread')).spent?.calls > 5);
      const ended = once(child, 'exit');
      child.stdout?.destroy();
      child.stderr?.destroy();
      expect(await ended).toEqual([130, null]);
    } finally {
      child.kill('SIGKILL');
    }
    expect(await statusOf('unread')).toMatchObject({ state: 'stopped', owner: null, callsInFlight: 0 });
  });

  test.skipIf(!thorough || !existsSync('/dev/full'))(
    'a disk too full for its output is a failure, in one line',
    async () => {
      const child = spawn('sh', ['-c', '"$0" "$1" spaces > /dev/full', process.execPath, program], {
        cwd: folder,
      });
      let said = '';
      child.stderr.on('data', (text) => (said += String(text)));
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(said).toMatch(/^mixtune: standard output: .*no space left.*\n$/);
    },
  );

  test.skipIf(!thorough || !existsSync('/dev/full'))(
    'is a failure where its result found no room',
    async () => {
      const small = 'code-challenge --models sim/sage-70b --max-evaluations 1';
      expect(await cli(`tune ${small} --run small`)).toMatchObject({ code: 0 });
      const line = 'reproduce small --repeats 4';
      expect(await cli(line)).toMatchObject({ code: 0 });
      const child = spawn('sh', ['-c', `"$0" "$1" ${line} > /dev/full`, process.execPath, program], {
        cwd: folder,
        env: { ...process.env, MIXTUNE_HOME: home() },
      });
      let said = '';
      child.stderr.on('data', (text) => (said += String(text)));
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(said).toMatch(/mixtune: standard output: .*no space left/);
    },
  );

  test.skipIf(process.platform === 'win32')('says where the current folder is gone', async () => {
    const gone = join(folder, 'gone');
    await mkdir(gone);
    const child = spawn('sh', ['-c', 'rmdir "$2"; "$0" "$1" tasks', process.execPath, program, gone], {
      cwd: gone,
    });
    let said = '';
    child.stderr.on('data', (text) => (said += String(text)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toMatch(/^mixtune: expected a current folder that is there, found one that was removed/m);
  });

  test.skipIf(!thorough)('is watched, kept from others, stopped, and tells of it', async () => {
    const command = 'cat > notified.json; printenv > environment.txt';
    // At work for as long as it is watched, without anything to do.
    waits = 30;
    let speak: () => void = () => undefined;
    silence = new Promise((resolve) => {
      speak = resolve;
    });
    const child = startTuning('night', command, 3);
    try {
      const journal = join(folder, 'runs', 'night', 'journal.sqlite');
      await until(child, async () => existsSync(journal) && (await statusOf('night')).spent?.calls > 5);
      const seen = await statusOf('night');
      expect(seen).toMatchObject({ state: 'working', owner: { pid: child.pid, host: hostname() } });
      expect(seen.budget).toEqual({ maxCalls: 20_000, maxEvaluations: 3 });
      const text = (await cli('status night')).out;
      expect(text).toContain(`at work in process ${child.pid} on this machine`);
      expect(text).toContain('of 20,000');

      const second = await cli('resume night');
      expect(second.code).toBe(1);
      expect(second.err).toContain(`process ${child.pid} on this machine is working on this run`);

      const ended = once(child, 'exit');
      const stop = cli('stop night');
      await until(child, () => child.told.includes('notice: stopping: saving the state'));
      speak();
      const stopped = await stop;
      expect(stopped).toMatchObject({ code: 0, err: '' });
      expect(stopped.out).toContain('Run night has stopped.');
      expect(await ended).toEqual([130, null]);
    } finally {
      child.kill('SIGKILL');
      speak();
      waits = Number.POSITIVE_INFINITY;
    }
    expect(child.told).toContain('mixtune resume night');
    expect(await statusOf('night')).toMatchObject({ state: 'stopped', owner: null, callsInFlight: 0 });
    const nothing = await cli('stop night');
    expect(nothing).toMatchObject({ code: 0 });
    expect(nothing.out).toContain('not at work');
    // What a process that was killed leaves behind.
    const note = { pid: child.pid, host: hostname() };
    await writeFile(join(folder, 'runs', 'night', 'lock.json'), JSON.stringify(note));
    expect((await cli('status night')).out).toContain(`stopped: process ${child.pid} is gone`);

    const notice = JSON.parse(await readFile(join(folder, 'notified.json'), 'utf8'));
    expect(notice).toMatchObject({
      event: 'pause',
      run: 'night',
      message: 'interrupted',
      resume: 'mixtune resume night',
    });
    expect(notice.spent.calls).toBeGreaterThan(5);
    const environment = await readFile(join(folder, 'environment.txt'), 'utf8');
    expect(environment).toContain('MIXTUNE_EVENT=pause');
    expect(environment).not.toContain(secret);

    const log = await readFile(join(folder, 'runs', 'night', 'run.log'), 'utf8');
    const kinds = log
      .trim()
      .split('\n')
      .map((line) => /^\S+Z (\w+): /.exec(line)?.[1]);
    expect(kinds.slice(0, 2)).toEqual(['start', 'phase']);
    // Stopped among its baselines it may begin another phase before it pauses.
    expect(kinds).toContain('notice');
    expect(kinds.at(-1)).toBe('pause');
    const manifest = await readFile(join(folder, 'runs', 'night', 'manifest.json'), 'utf8');
    expect(manifest).not.toContain('notified.json');
  });

  test.skipIf(!thorough)('that was killed is said to be gone, and can be resumed', async () => {
    const child = startTuning('killed', 'exit 3');
    const ended = once(child, 'exit');
    const journal = join(folder, 'runs', 'killed', 'journal.sqlite');
    await until(child, async () => existsSync(journal) && (await statusOf('killed')).spent?.calls > 5);
    child.kill('SIGKILL');
    await ended;
    const text = (await cli('status killed')).out;
    expect(text).toContain(`stopped: process ${child.pid} is gone`);
    expect((await cli('stop killed')).out).toContain(`process ${child.pid} is gone`);
    expect(await statusOf('killed')).toMatchObject({ state: 'stopped' });
  });

  test.skipIf(!thorough)('on another machine is not stopped from here', async () => {
    const runFolder = join(folder, 'runs', 'night');
    const lock = await lockRun(runFolder);
    await writeFile(join(runFolder, 'lock.json'), JSON.stringify({ pid: 7, host: 'far.example' }));
    const { code, err } = await cli('stop night');
    expect(code).toBe(1);
    expect(err).toContain('held by process 7 on far.example: stop it there');
    expect((await cli('status night')).out).toContain('at work in process 7 on far.example');
    await lock.release();
  });
});

describe('--notify', () => {
  test('posts to a webhook when a run ends', async () => {
    const posted: unknown[] = [];
    const hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        posted.push({ method: request.method, ...JSON.parse(body) });
        response.end('ok');
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const { port } = hook.address() as { port: number };
    const line = `tune capitals --models sim/finch-3b --max-evaluations 2 --holdout-repeats 0 --run hook --notify http://127.0.0.1:${port}/x`;
    const { code } = await cli(line);
    hook.close();
    expect(code).toBe(0);
    expect(posted).toMatchObject([
      { method: 'POST', event: 'end', run: 'hook', evaluations: 2, simulated: true },
    ]);
  });

  test('follows a redirect within its host, as a POST, and to no other', async () => {
    const asked: string[] = [];
    const start = async (to: string): Promise<{ url: string; close: () => void }> => {
      const hook = createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        request.resume();
        if (request.url === '/x') response.writeHead(302, { location: to }).end();
        else response.end('ok');
      });
      await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
      const { port } = hook.address() as { port: number };
      return { url: `http://127.0.0.1:${port}`, close: () => hook.close() };
    };
    const inner = await start('/y');
    const outer = await start(`${inner.url}/secret`);
    const context = { env: {}, cwd: folder };
    const notice = { event: 'end', run: 'r', folder, task: 't', simulated: true, message: 'done' } as const;
    try {
      expect(await notify(`${inner.url}/x`, notice, context)).toBeUndefined();
      expect(asked.splice(0)).toEqual(['POST /x', 'POST /y']);
      expect(await notify(`${outer.url}/x`, notice, context)).toBe(
        '--notify failed: the webhook answered 302, a redirect that is not followed',
      );
      expect(asked).toEqual(['POST /x']);
    } finally {
      inner.close();
      outer.close();
    }
  });

  test('that fails is said, and fails nothing', async () => {
    const { code, err } = await cli(
      'tune capitals --models sim/finch-3b --max-evaluations 2 --holdout-repeats 0 --run deaf --notify false',
    );
    expect(code).toBe(0);
    expect(err).toContain('--notify failed: the command ended with 1');
  });

  test('tells of failures', async () => {
    const { code } = await cli(
      'tune capitals --models sim/finch-3b --max-evaluations 1 --max-tokens 1 --run poor --notify cat>poor.json',
    );
    expect(code).toBe(3);
    const text = await readFile(join(folder, 'poor.json'), 'utf8');
    expect(text).toMatch(/\}\n$/);
    const told = JSON.parse(text);
    expect(told).toMatchObject({ event: 'failure', run: 'poor' });
    expect(told.message).toContain('too small');
  });
});
