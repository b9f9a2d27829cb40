import { join } from 'node:path';
import { codeOf, InputError, messageOf } from '../core/errors.ts';
import { unwrap } from '../core/result.ts';
import { readPlainFile } from '../models/plain-file.ts';
import { parseManifest } from './manifest-schema.ts';
import { refuseOddFiles } from './run-files.ts';
import type { Manifest } from './types.ts';

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

function foundInstead(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'none';
  return code === 'ENOTDIR' ? 'a file' : messageOf(error);
}
