import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Files find what lies beside them where they stood. */
const atHome: Plugin = {
  name: 'at-home',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

/**
 * Builds TypeScript files with all that they import from here as `scripts/build-program.mjs` does, so that a benchmark
 * measures what users run: tsx gives each function its name anew whenever it is made, a tenth of a run's processor time.
 *
 * @returns where a file's built module is
 */
export async function buildAsShipped(
  folder: string,
  files: readonly string[],
): Promise<(file: string) => URL> {
  const outdir = fileURLToPath(new URL('../../node_modules/.cache/bench/', import.meta.url));
  await build({
    entryPoints: files.map((file) => join(folder, file)),
    ...{ outbase: folder, outdir, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, splitting: true, packages: 'external', format: 'esm', platform: 'node' },
    ...{ target: 'node20.19', logLevel: 'warning', plugins: [atHome] },
  });
  return (file) => pathToFileURL(join(outdir, file.replace(/\.ts$/, '.mjs')));
}
