// What tsc leaves undone: files that are no TypeScript (the sandbox's runtime), and the stamp that
// prepare.mjs goes by.
import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
  const from = join(root, 'src', name);
  if (statSync(from).isFile() && !/\.[cm]?ts$/.test(name)) cpSync(from, join(root, 'dist', name));
}
writeFileSync(join(root, 'dist', '.built'), '');
