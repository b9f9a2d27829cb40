import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ownFile } from '../../core/package-files.ts';

/** Where the worker's files are; real paths, since permissions and mounts know no symbolic links. */
export interface RuntimeFiles {
  readonly folder: string;
  readonly worker: string;
  readonly snapshotBuilder: string;
  readonly harness: string;
  readonly pyodide: string;
  readonly pyodideFolder: string;
  readonly pyodideVersion: string;
  /** Packages that Pyodide imports on Node, and may read besides its own folder. */
  readonly otherFolders: readonly string[];
}

/** The one version that the gate's list of imports and the snapshot options were checked against. */
const pinnedPyodide = '0.29.5';

/** @throws Error when Pyodide is missing or of another version. */
export function findRuntimeFiles(): RuntimeFiles {
  const require = createRequire(import.meta.url);
  const pyodideFolder = realpathSync(dirname(require.resolve('pyodide/package.json')));
  const { version } = JSON.parse(readFileSync(join(pyodideFolder, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  if (version !== pinnedPyodide) throw new Error(`expected pyodide ${pinnedPyodide}, found ${version}`);
  const folder = realpathSync(ownFile('grading/sandbox/runtime'));
  const file = (name: string): string => {
    const path = join(folder, name);
    if (!existsSync(path)) throw new Error(`${path} is missing: the build did not copy it`);
    return path;
  };
  file('gate.mjs');
  const webSocket = createRequire(join(pyodideFolder, 'pyodide.mjs')).resolve('ws/package.json');
  return {
    folder,
    worker: file('worker.mjs'),
    snapshotBuilder: file('snapshot.mjs'),
    harness: file('harness.py'),
    pyodide: join(pyodideFolder, 'pyodide.mjs'),
    pyodideFolder,
    pyodideVersion: version,
    otherFolders: [realpathSync(dirname(webSocket))],
  };
}
