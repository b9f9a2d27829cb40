import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { codeOf } from '../../core/errors.ts';
import { isInside } from '../../core/inside.ts';

/** A path that may be used, links followed; or what was expected of it. */
export type InsidePath = { readonly path: string } | { readonly problem: string };

/**
 * A path that a file names, relative to that file's folder: what lies outside that folder is refused, so that a file
 * from elsewhere cannot have others of this machine read.
 */
export async function pathInside(folder: string, path: string): Promise<InsidePath> {
  if (isAbsolute(path)) return { problem: 'a path relative to the file that names it' };
  try {
    const [root, real] = await Promise.all([realpath(folder), realpath(resolve(folder, path))]);
    if (real !== root && !isInside(root, real))
      return { problem: 'a path inside the folder of the file that names it' };
    const found = await stat(real);
    // Reading a pipe or a device may never end.
    return found.isFile() || found.isDirectory() ? { path: real } : { problem: 'a regular file or a folder' };
  } catch (error) {
    const code = codeOf(error);
    return {
      problem:
        code === 'ENOENT' ? 'a path that is there' : `a path that can be read (${code ?? 'unreadable'})`,
    };
  }
}
