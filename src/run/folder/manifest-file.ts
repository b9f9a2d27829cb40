import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { suggest } from '../../core/suggest.ts';
import { readPlainFile } from '../../models/plain-file.ts';
import type { Manifest } from '../types.ts';
import { parseManifest, runIdPattern } from './manifest-schema.ts';
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
      ...insteadOf(folder, error),
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

const mostNamed = 5;

/** What is there in a run's place; of the runs beside it the one that was probably meant, else some of them. */
function insteadOf(folder: string, error: unknown): { readonly found: string; readonly suggestion?: string } {
  const found = foundInstead(error);
  if (existsSync(folder)) return { found };
  const runs = runsIn(dirname(folder));
  const suggestion = suggest(basename(folder), runs);
  if (suggestion !== undefined) return { found, suggestion };
  const named = runs.slice(-mostNamed).join(', ');
  const more = runs.length > mostNamed ? `, and ${runs.length - mostNamed} more` : '';
  return { found: runs.length === 0 ? found : `${found} (runs there: ${named}${more})` };
}

/** Names of the folders that hold a run. */
function runsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(
      (name) => runIdPattern.test(name) && existsSync(join(folder, name, manifestName)),
    );
  } catch {
    return [];
  }
}

function foundInstead(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'none';
  return code === 'ENOTDIR' ? 'a file' : messageOf(error);
}
