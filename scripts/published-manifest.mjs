// Before and after `npm pack` and `npm publish`: what installs the package from its tarball has nothing to prepare, and
// npm would warn of a script that it does not run.
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const manifest = fileURLToPath(new URL('../package.json', import.meta.url));
const kept = `${manifest}.kept`;
if (process.argv.includes('--restore')) {
  if (existsSync(kept)) renameSync(kept, manifest);
} else {
  copyFileSync(manifest, kept);
  const { scripts, devDependencies, allowScripts, ...published } = JSON.parse(readFileSync(manifest, 'utf8'));
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
}
