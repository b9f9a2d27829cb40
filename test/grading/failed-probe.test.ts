import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { whyProbeFailed } from '../../src/grading/sandbox/failed-probe.ts';

const run = promisify(execFile);

it.for([
  [
    'what it wrote',
    'echo "bwrap: setting up uid map: Permission denied" >&2; exit 1',
    'bwrap: setting up uid map: Permission denied',
  ],
  ['its code, where it wrote nothing', 'exit 3', 'it ended with code 3'],
  ['its signal', 'kill -SEGV $$', 'SIGSEGV'],
  ['that it was waited for', 'exec sleep 60', 'it did not end in time'],
] as const)('a program that fails is told by %s', async ([_, script, why]) => {
  const args = ['-c', script, ...Array(100).fill('--ro-bind')];
  const timeout = script.startsWith('exec') ? 200 : 60_000;
  const failed = await run('/bin/sh', args, { timeout }).catch(whyProbeFailed);
  expect(failed).toBe(why);
});
