import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { withoutByteOrderMark } from '../../core/byte-order-mark.ts';
import { codeOf, messageOf } from '../../core/errors.ts';

export type HomeFile = { readonly text: string } | { readonly problem: string };

/** Bits of a file's mode that others must not have. */
export const othersMay = { read: 0o077, write: 0o022 } as const;

/** A file that is this user's alone; `undefined` where there is none, a problem where others may meddle with it. */
export function readHomeFile(file: string, forbidden: number): HomeFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : { problem: `${file}: ${messageOf(error)}` };
  }
  try {
    const { uid, mode } = fstatSync(descriptor);
    // Windows has neither owners nor modes that would tell.
    const isMine = process.getuid === undefined || (uid === process.getuid() && (mode & forbidden) === 0);
    if (!isMine) return { problem: `${file} is open to others (chmod 600, and it must be yours)` };
    return { text: withoutByteOrderMark(readFileSync(descriptor, 'utf8')) };
  } catch (error) {
    return { problem: `${file}: ${messageOf(error)}` };
  } finally {
    closeSync(descriptor);
  }
}
