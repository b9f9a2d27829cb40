import process from 'node:process';
import { expect, it, vi } from 'vitest';
import { PythonPool } from '../../src/grading/sandbox/pool.ts';

it('a sandbox whose workers do not start is tried three times, then once for what waits', async () => {
  let plans = 0;
  const pool = new PythonPool({
    tier: 'pyodide+bubblewrap',
    workers: 1,
    plan: async () => {
      plans++;
      return { tier: 'any', command: process.execPath, args: ['-e', 'process.exit(3)'] };
    },
  });
  const run = () => pool.run({ source: '', calls: [] });
  const reason =
    'the Python sandbox (pyodide+bubblewrap) could not start, see mixtune doctor: the worker ended with code 3';
  const failed = { kind: 'unavailable', reason };
  expect(await Promise.all([run(), run()])).toEqual([failed, failed]);
  expect(plans).toBe(3);
  expect(await run()).toEqual(failed);
  expect(plans).toBe(4);
  await pool.close();
});

it.skipIf(process.platform === 'win32')('workers that hang while they start are given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const pool = new PythonPool({
      tier: 'pyodide+bubblewrap',
      workers: 2,
      plan: async () => ({ tier: 'any', command: 'sleep', args: ['1000'] }),
    });
    const outcomes = Promise.all([1, 2, 3].map(() => pool.run({ source: '', calls: [] })));
    await vi.advanceTimersByTimeAsync(120_000);
    const reason = expect.stringMatching(/bubblewrap.* could not start.*: the worker did not start in time$/);
    expect(await outcomes).toEqual([1, 2, 3].map(() => ({ kind: 'unavailable', reason })));
    await pool.close();
  } finally {
    vi.useRealTimers();
  }
});
