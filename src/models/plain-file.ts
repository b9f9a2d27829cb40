import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { withoutByteOrderMark } from '../core/byte-order-mark.ts';
import { atFile, codeOf, InputError, messageOf } from '../core/errors.ts';

/*
 * Files of a folder that somebody else may have made, a run's above all. Only regular files are read and written
 * there: a link would lead to any file of the user's, a pipe would hang whoever opens it.
 */

/** Largest text read, in bytes (256 MiB). */
const mostBytes = 256 * 1024 * 1024;

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** Not every system has these. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 }: Partial<typeof constants> = constants;

const ways = {
  read: O_RDONLY | O_NOFOLLOW,
  /** The user named it, and may name a link. */
  readLinked: O_RDONLY,
  /** The file is there. */
  change: O_RDWR | O_NOFOLLOW,
  append: O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW,
  /** Nothing is there. */
  make: O_RDWR | O_CREAT | O_EXCL,
} as const;

/**
 * Opens a regular file, and nothing else. The caller closes it.
 * @throws InputError where something else stands in its place; else what `openSync` throws.
 */
export function openPlainFile(file: string, way: keyof typeof ways): number {
  let descriptor: number;
  try {
    // Non-blocking, so that a pipe in its place cannot hang the program.
    descriptor = openSync(file, ways[way] | O_NONBLOCK);
  } catch (error) {
    refuseUnlessPlain(file);
    throw error;
  }
  const found = fstatSync(descriptor);
  if (found.isFile()) return descriptor;
  closeSync(descriptor);
  throw notPlain(file, found);
}

/** UTF-8 text of a regular file. @throws InputError; what `openSync` throws, also where there is none. */
export function readPlainFile(file: string, way: 'read' | 'readLinked' = 'read'): string {
  const descriptor = openPlainFile(file, way);
  try {
    const { size } = fstatSync(descriptor);
    if (size > mostBytes) {
      throw new InputError(file, { expected: `at most ${mostBytes} bytes`, found: `${size}` });
    }
    return withoutByteOrderMark(readFileSync(descriptor, 'utf8'));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * What a JSON file holds; `undefined` where there is none.
 * @param expected what the file should be, for the error where it is no JSON or cannot be read
 * @throws InputError
 */
export function readPlainJson(
  file: string,
  expected: string,
  { way = 'read', shownAs = file }: { readonly way?: 'read' | 'readLinked'; readonly shownAs?: string } = {},
): unknown {
  try {
    return JSON.parse(readPlainFile(file, way));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof InputError) throw error;
    throw new InputError(shownAs, { expected, found: messageOf(error) });
  }
}

/** The last bytes of a regular file, as UTF-8 text. */
export function readPlainEnd(file: string, bytes: number): string {
  const descriptor = openPlainFile(file, 'read');
  try {
    const { size } = fstatSync(descriptor);
    const end = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(descriptor, end, 0, end.length, size - end.length);
    return end.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a file whole or not at all. @throws InputError; what the file system says. */
export function replacePlainFile(file: string, text: string): void {
  const partial = `${file}.part`;
  refuseUnlessPlain(file);
  refuseUnlessPlain(partial);
  // One that a killed process has left.
  rmSync(partial, { force: true });
  try {
    writeAndClose(partial, 'make', text, file);
  } catch (error) {
    // On a full disk the half of a file takes what room there is.
    rmSync(partial, { force: true });
    throw error;
  }
  renameSync(partial, file);
}

export function appendToPlainFile(file: string, text: string): void {
  writeAndClose(file, 'append', text);
}

function writeAndClose(file: string, way: 'make' | 'append', text: string, shownAs = file): void {
  const descriptor = openPlainFile(file, way);
  try {
    writeFileSync(descriptor, text);
  } catch (error) {
    throw atFile(shownAs, error);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * For what opens files itself, as SQLite does: it would follow a link.
 * @throws InputError where something other than a regular file stands in its place
 */
export function refuseUnlessPlain(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) throw notPlain(file, found);
}

/** {@link refuseUnlessPlain} for a data base of SQLite and all that it makes beside it. @throws InputError */
export function refuseOddDatabase(file: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) refuseUnlessPlain(`${file}${ending}`);
}

function notPlain(file: string, found: Stats): InputError {
  const kind = kinds.find(([is]) => found[is]())?.[1] ?? 'something else';
  return new InputError(file, {
    expected: 'a regular file, as mixtune makes it (look who put this here, and move it away)',
    found: kind,
  });
}

const kinds = [
  ['isSymbolicLink', 'a symbolic link'],
  ['isDirectory', 'a folder'],
  ['isFIFO', 'a named pipe'],
  ['isSocket', 'a socket'],
  ['isBlockDevice', 'a device'],
  ['isCharacterDevice', 'a device'],
] as const;
