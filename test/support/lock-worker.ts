import { existsSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { lockRun, type RunLock, RunLockedError } from '../../src/run/folder/run-lock.ts';

/**
 * Takes locks on command, a line each on stdin: `take <folder> <go-file>` waits for the file and answers
 * `got` or `refused <pid>` (any other error: its text); `release` answers `released`.
 */
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
let lock: RunLock | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const [command, folder = '', go = ''] = line.split(' ');
  if (command === 'release') {
    await lock?.release();
    lock = undefined;
    say('released');
    continue;
  }
  // Spinning, so that all begin within the same microseconds.
  while (!existsSync(go));
  try {
    lock = await lockRun(folder);
    say('got');
  } catch (error) {
    say(error instanceof RunLockedError ? `refused ${error.owner?.pid}` : String(error));
  }
}
