import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';

/** A process that watches its event loop, and then does this. */
function endOf(work: string): Promise<string | number | null> {
  const program = `const { watchEventLoop } = await import('./src/workers/watchdog.ts'); const stop = watchEventLoop(2); ${work}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

it('a process whose event loop is blocked ends, one whose loop turns goes on', async () => {
  const blocked = endOf('setTimeout(() => { for (;;); }, 2_000);');
  const turning = endOf('setTimeout(() => { stop(); process.exit(7); }, 8_000);');
  expect(await blocked).toBe('SIGKILL');
  expect(await turning).toBe(7);
});
