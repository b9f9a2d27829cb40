// What tsc leaves undone: files that are no TypeScript (the sandbox's runtime; the page is build-page.mjs'), and the stamp that
// prepare.mjs goes by. And what it does wrong: imports inside an `export default` expression keep their endings.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
  if (name.startsWith('page')) continue;
  const from = join(root, 'src', name);
  if (statSync(from).isFile() && !/\.[cm]?ts$/.test(name)) cpSync(from, join(root, 'dist', name));
}
for (const name of readdirSync(join(root, 'dist'), { recursive: true })) {
  if (!name.endsWith('.js')) continue;
  const file = join(root, 'dist', name);
  const text = readFileSync(file, 'utf8');
  const ended = text.replaceAll(/(import\(['"]\.[^'"]*)\.ts(['"]\))/g, '$1.js$2');
  if (ended !== text) writeFileSync(file, ended);
}
writeFileSync(join(root, 'dist', '.built'), '');
