import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package itself, which holds the shipped `tasks` and `search-spaces`. */
export const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** mixtune's own version. */
export function packageVersion(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
