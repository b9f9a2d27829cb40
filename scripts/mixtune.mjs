#!/usr/bin/env node
// What the package's command runs. It is committed, so that `npx mixtune` in a checkout that was not installed yet
// has something to say; dist/ is there once `npm install` has built it.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write(
    'mixtune: this checkout is not built yet. Run `npm install` in it first (about a minute), then the command again.\n',
  );
  process.exitCode = 1;
} else if (await isOfSources()) {
  // From Node.js 22 on, a third less time until a command begins. In a folder that only the owner of the program may
  // write to: what is kept there runs.
  module.enableCompileCache?.(fileURLToPath(new URL('../dist/.compiled', import.meta.url)));
  await import(main.href);
} else {
  process.exitCode = 1;
}

/** The package holds no sources; a checkout does. */
async function isOfSources() {
  if (!existsSync(new URL('../src', import.meta.url))) return true;
  const { buildIfOld } = await import('./build-if-old.mjs');
  return buildIfOld(fileURLToPath(new URL('..', import.meta.url)));
}
