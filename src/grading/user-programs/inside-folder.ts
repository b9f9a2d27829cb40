import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeOf } from '../../core/errors.ts';
import { isInside } from '../../core/inside.ts';

export type FolderFile = { readonly path: string; readonly digest: string } | { readonly problem: string };

/** A file of a task's folder by its path relative to it, links followed: what lies outside is refused. */
export function fileInside(folder: string, path: string): FolderFile {
  try {
    const root = realpathSync(folder);
    const file = realpathSync(resolve(root, path));
    if (!isInside(root, file)) {
      return { problem: `a file inside the task's folder (${path} is not)` };
    }
    if (!statSync(file).isFile()) return { problem: `a file (${path} is none)` };
    return { path: file, digest: createHash('sha256').update(readFileSync(file)).digest('hex') };
  } catch (error) {
    const code = codeOf(error) ?? 'unreadable';
    return { problem: `a file in the task's folder (${path}: ${code})` };
  }
}
