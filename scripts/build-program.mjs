// Builds the program and the library into few files below dist: Node reads hundreds of small ones in more time than most
// commands take. What an import() names stays a file of its own, so that a command loads what it uses. Beside them, at
// their places below src, stand the files that are no TypeScript (the sandbox's runtime) and the types, which are tsc's.
import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/cli/main.ts'],
  outbase: 'src',
  outdir: 'dist',
  // As deep as src/core, which src/core/package-files.ts goes by.
  chunkNames: 'program/[name]-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
  if (name.startsWith('page')) continue;
  const from = join(root, 'src', name);
  if (statSync(from).isFile() && !/\.[cm]?ts$/.test(name)) cpSync(from, join(root, 'dist', name));
}
// What dist-age.mjs goes by.
writeFileSync(join(root, 'dist', '.built'), '');
