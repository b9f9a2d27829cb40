import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  addToLibrary,
  checksumOf,
  type InstalledModel,
  type LocalPaths,
  localPaths,
} from '../../src/local/index.ts';
import { writeTinyModel } from './tiny-gguf.ts';

/** The folders of local models under a folder made up for a test. */
export function pathsIn(folder: string): LocalPaths {
  const paths = localPaths({ MIXTUNE_HOME: folder });
  if (paths === null) throw new Error(`${folder} is not absolute`);
  return paths;
}

/** Puts a tiny model into the library. */
export async function installTiny(paths: LocalPaths, name: string): Promise<InstalledModel> {
  mkdirSync(paths.downloads, { recursive: true });
  const file = join(paths.downloads, `${name}.gguf`);
  writeTinyModel(file);
  return addToLibrary(paths, file, {
    name,
    sha256: await checksumOf(file),
    licence: 'none',
    source: 'a test',
  });
}

/** What looks like an installed runtime, to those who only look whether there is one. */
export function pretendRuntime(paths: LocalPaths): void {
  const home = join(paths.runtime, 'node_modules', 'node-llama-cpp');
  mkdirSync(join(home, 'dist'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"version":"3.22.1"}');
  writeFileSync(join(home, 'dist', 'index.js'), '');
}
