import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PythonCallOutcome, PythonJob, PythonOutcome, PythonSandbox } from '../../src/grading/grader.ts';

const harness = fileURLToPath(new URL('./system-python-harness.py', import.meta.url));

/** Whether the machine has a python3 that the double can use. */
export const hasSystemPython = spawnSync('python3', ['-c', 'pass']).status === 0;

type Line =
  | { readonly kind: 'loaded' | 'end' }
  | PythonCallOutcome
  | Extract<PythonOutcome, { kind: 'not-loaded' }>;

/** A sandbox that isolates nothing, over the system's python3: for the tests' own programs only. */
export function createSystemPython(): PythonSandbox {
  let worker: ChildProcessWithoutNullStreams | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const runNow = (job: PythonJob): Promise<PythonOutcome> => {
    worker ??= spawn('python3', ['-S', harness]);
    const child = worker;
    child.stderr.resume();
    return new Promise((resolve) => {
      const lines: Line[] = [];
      const reader = createInterface({ input: child.stdout });
      const finish = (stopped: 'time' | 'crash' | null): void => {
        clearTimeout(timer);
        reader.close();
        child.removeAllListeners('exit');
        if (stopped !== null) worker = undefined;
        resolve(outcomeOf(lines, stopped));
      };
      // Only for what hangs: a busy machine takes seconds to start Python.
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        finish('time');
      }, 60_000);
      child.once('exit', () => finish('crash'));
      reader.on('line', (text) => {
        const line = JSON.parse(text) as Line;
        if (line.kind === 'end') finish(null);
        else lines.push(line);
      });
      child.stdin.write(`${JSON.stringify(job)}\n`);
    });
  };
  return {
    tier: 'system python (test double)',
    run: (job) => {
      const outcome = turn.then(() => runNow(job));
      turn = outcome;
      return outcome;
    },
    close: async () => {
      worker?.removeAllListeners('exit');
      worker?.kill('SIGKILL');
      worker = undefined;
    },
  };
}

function outcomeOf(lines: readonly Line[], stopped: 'time' | 'crash' | null): PythonOutcome {
  const notLoaded = lines.find((line) => line.kind === 'not-loaded');
  if (notLoaded !== undefined) return notLoaded;
  const calls = lines.filter((line) => line.kind === 'returned' || line.kind === 'raised');
  if (stopped === null) return { kind: 'ran', calls };
  return { kind: 'stopped', cause: stopped, message: 'stopped', calls };
}
