import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';

/** The file system as the tasks layer sees it. Missing things are `undefined`; other faults reject. */
export interface TaskFiles {
  /** UTF-8 text of a regular file. */
  read(path: string): Promise<FileText | undefined>;
  /** Names of the folders in a folder, sorted; empty when it is missing. */
  folders(path: string): Promise<readonly string[]>;
  isFolder(path: string): Promise<boolean>;
  /** The path with symbolic links followed. */
  realPath(path: string): Promise<string | undefined>;
}

type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Largest file read, in bytes (256 MiB). */
const mostBytes = 256 * 1024 * 1024;

/** This machine's files. */
export const nodeTaskFiles: TaskFiles = {
  read: (path) => orMissing(() => readText(path)),
  folders: async (path) => {
    const entries = (await orMissing(() => readdir(path, { withFileTypes: true }))) ?? [];
    const names = await Promise.all(
      entries.map(async (entry) => {
        const isFolder =
          entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(`${path}/${entry.name}`)));
        return isFolder ? [entry.name] : [];
      }),
    );
    return names.flat().sort();
  },
  isFolder: isFolderAt,
  realPath: (path) => orMissing(() => realpath(path)),
};

async function readText(path: string): Promise<FileText> {
  // Non-blocking, so that a pipe in a file's place cannot hang the program.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await handle.stat();
    if (!status.isFile()) return { kind: 'unusable', reason: 'something that is no regular file' };
    if (status.size > mostBytes) return { kind: 'unusable', reason: `${status.size} bytes` };
    const bytes = await handle.readFile();
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'unusable', reason: 'bytes that are not UTF-8' };
    throw error;
  } finally {
    await handle.close();
  }
}

async function isFolderAt(path: string): Promise<boolean> {
  return (await orMissing(() => stat(path)))?.isDirectory() ?? false;
}

async function orMissing<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
