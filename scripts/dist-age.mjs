// Whether dist/ is older than the sources. `prepare` goes by it at `npm install`, and the command in a checkout at each
// start: npm runs `prepare` at the first `npx` of a checkout only.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const files = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** True where a source changed since the last whole build, or there was none. About 10 ms. */
export function isDistOld(root) {
  const built = changed(join(root, 'dist', '.built'));
  // An equal time counts as newer; some file systems keep whole seconds only.
  const isNewer = (path) => changed(path) >= built;
  // Names joined by hand: twice as fast as a recursive readdir.
  const holdsNewer = (folder) =>
    readdirSync(folder, { withFileTypes: true }).some((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? holdsNewer(path) : isNewer(path);
    });
  return (
    files.some((name) => isNewer(join(root, name))) ||
    ['src', 'scripts'].some((name) => isNewer(join(root, name)) || holdsNewer(join(root, name)))
  );
}

/** Without TypeScript there is nothing to build with. */
export function canBuild(root) {
  return changed(join(root, 'node_modules', 'typescript-7', 'package.json')) > 0;
}
