import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const folder = temporaryFolder('examples');

const blocks = /^( *) \* @example\n((?:\1 \*(?: (?!@).*)?\n)+)/gm;

/** Programs in the comments of sources, each with the file that it stands in. */
const examples = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(join(src, file), 'utf8').matchAll(blocks)].map(([, , lines = '']) => ({
      file,
      program: lines.replaceAll(/^ *\* ?/gm, ''),
    })),
  );

it('there are examples', () => expect(examples.length).toBeGreaterThan(3));

// That of `tune` plays a whole job.
const played = thorough ? examples : examples.filter(({ file }) => file !== 'library/tune.ts');
it.each(played)('the example of $file runs', async ({ file, program }) => {
  const path = join(folder, `${file.replaceAll(/[/\\]/g, '-')}`);
  const library = pathToFileURL(join(src, 'index.ts')).href;
  writeFileSync(path, program.replaceAll("'mixtune'", `'${library}'`));
  await import(/* @vite-ignore */ path);
});
