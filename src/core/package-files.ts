import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `src/core`, and in the built program a folder of `dist`, just as deep (scripts/build-program.mjs). */
const here = dirname(fileURLToPath(import.meta.url));

/** Folder of the package itself, which holds the shipped `tasks` and `search-spaces`. */
export const packageFolder = join(here, '..', '..');

/**
 * A file that is read or started as it is, and no part of the program, such as the sandbox's runtime.
 * @param path below `src`, as `grading/sandbox/runtime`; the build puts it at the same place below `dist`
 */
export function ownFile(path: string): string {
  return join(here, '..', path);
}
