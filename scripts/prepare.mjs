// Builds when the sources are newer than the last whole build: `npm install` builds, and `npx` after it,
// which runs this again, need not. Without TypeScript there is nothing to build with, and that is no failure:
// `npx mixtune` before `npm install` comes here, and a failure would leave npx's cache broken for good.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name)),
  ...['src', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
  ),
];
// An equal time counts as newer; some file systems keep whole seconds only.
const canBuild = existsSync(join(root, 'node_modules', 'typescript', 'package.json'));
if (canBuild && Math.max(...sources.map(changed)) >= changed(join(root, 'dist', '.built'))) {
  const npm = spawnSync('npm', ['run', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exitCode = npm.status ?? 1;
}
