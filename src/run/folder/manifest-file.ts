import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { suggest } from '../../core/suggest.ts';
import { readPlainFile } from '../../models/plain-file.ts';
import type { Manifest } from '../types.ts';
import { parseManifest } from './manifest-schema.ts';
import { refuseOddFiles } from './run-files.ts';

export const manifestName = 'manifest.json';

/** Whoever looks at a run comes by here first. @throws InputError when the folder holds no run. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, manifestName);
  refuseOddFiles(folder);
  let text: string;
  try {
    text = readPlainFile(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(folder, {
      expected: `a run folder (with ${manifestName} in it)`,
      found: foundInstead(error),
      suggestion: meantInstead(folder),
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(file, { expected: 'the manifest of a run', found: messageOf(error) });
  }
  return unwrap(parseManifest(value, file));
}

/** Of the runs beside a folder that is not there the one that was probably meant. */
function meantInstead(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  const beside = dirname(folder);
  const isRun = (name: string): boolean => existsSync(join(beside, name, manifestName));
  try {
    return suggest(basename(folder), readdirSync(beside).filter(isRun));
  } catch {
    return undefined;
  }
}

function foundInstead(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'none';
  return code === 'ENOTDIR' ? 'a file' : messageOf(error);
}
