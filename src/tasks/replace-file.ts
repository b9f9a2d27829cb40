import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atFile } from '../core/errors.ts';

/**
 * Writes a file whole or not at all: what is read is the old one or the new one. A link in the file's place, or in that
 * of the draft beside it, is replaced, not followed; a draft that a killed process left is no obstacle.
 * @param mode default: that of a new file
 */
export async function replaceFile(path: string, text: string, mode?: number): Promise<void> {
  await replaceFiles({ [path]: text }, mode);
}

/** {@link replaceFile} for files that belong together: none is replaced before all are on the disk. */
export async function replaceFiles(texts: Readonly<Record<string, string>>, mode?: number): Promise<void> {
  const paths = Object.keys(texts);
  try {
    for (const [path, text] of Object.entries(texts)) {
      await rm(draftOf(path), { force: true });
      await writeFile(draftOf(path), text, { flag: 'wx' }).catch((error: unknown) => {
        throw atFile(path, error);
      });
      if (mode !== undefined) await chmod(draftOf(path), mode);
    }
    for (const path of paths) await rename(draftOf(path), path);
  } catch (error) {
    for (const path of paths) await rm(draftOf(path), { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Whether a file of this name is one that {@link replaceFile} has not finished. */
export const isDraft = (name: string): boolean => /^\..+\.new$/.test(name);

const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.new`);
