// `npm install` builds where dist/ is older than the sources. Where nothing can be built, that is no failure: the first
// `npx mixtune` before `npm install` comes here, and a failure would leave npx's cache broken for good.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canBuild, isDistOld } from './dist-age.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
if (canBuild(root) && isDistOld(root)) {
  const npm = spawnSync('npm', ['run', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exitCode = npm.status ?? 1;
}
