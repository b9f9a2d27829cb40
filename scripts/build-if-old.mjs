// In a checkout the command is that of the sources as they stand: after a `git pull` or a change it is built first.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { canBuild, isDistOld } from './dist-age.mjs';

/** False where the sources cannot be built as they stand; its errors are on stderr. */
export function buildIfOld(root) {
  if (!isDistOld(root)) return true;
  const say = (text) => process.stderr.write(`mixtune: ${text}\n`);
  if (!canBuild(root) || !isWritable(join(root, 'dist'))) {
    say('dist/ is older than the sources and cannot be built here; this is the program before they changed.');
    return true;
  }
  say('the sources changed; building them first (some seconds).');
  const begun = new Date();
  // Over what is there: a run that is at work may still load parts of the program that it began with.
  const npm = spawnSync('npm', ['run', '--silent', 'build:over'], {
    cwd: root,
    // The command's stdout is its own.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (npm.status === 0) {
    // A source that was saved meanwhile is newer.
    utimesSync(join(root, 'dist', '.built'), begun, begun);
    return true;
  }
  process.stderr.write(`${npm.stdout ?? ''}${npm.stderr ?? ''}`);
  say('the sources could not be built. After a `git pull`, `npm install` may be missing.');
  return false;
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
