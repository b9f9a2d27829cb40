import { access, constants, lstat, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import { replaceFile } from '../../tasks/replace-file.ts';
import type { CliContext } from '../context.ts';

/**
 * Refuses a file to write whose folder is not there: before the work for it, and in words.
 * @param option that named the file
 */
export async function refuseWithoutFolder(
  { cwd }: Pick<CliContext, 'cwd'>,
  out: string | undefined,
  option = '--out',
): Promise<void> {
  if (out === undefined) return;
  const folder = dirname(out);
  const found = await stat(resolve(cwd, folder)).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new InputError(option, {
    expected: `a file in a folder that is there (mkdir -p ${folder})`,
    found: `${out}, and no folder ${folder}`,
  });
}

/** Writes what a command makes to its `--out` and says so, or to stdout. */
export async function writeOutput(
  context: CliContext,
  text: string,
  out: string | undefined,
  option?: string,
): Promise<void> {
  if (out === undefined) {
    context.stdout.write(text);
    return;
  }
  await refuseWithoutFolder(context, out, option);
  try {
    await write(resolve(context.cwd, out), text);
  } catch (error) {
    const expected = 'a file that can be written';
    throw new InputError(option ?? '--out', { expected, found: messageOf(error) });
  }
  context.stderr.line(`Wrote ${out}`);
}

/** A regular file whole or not at all, with its mode, also behind a link; a device, a pipe and the like in place. */
async function write(path: string, text: string): Promise<void> {
  const isThere = (await lstat(path).catch(() => undefined)) !== undefined;
  const old = await stat(path).catch(() => undefined);
  // What a shell has opened is its own, whatever it is: `--out /dev/stdout >> file`.
  if (/^\/(?:dev|proc)\//.test(path) || (isThere && old?.isFile() !== true)) return writeFile(path, text);
  if (isThere) await access(path, constants.W_OK);
  try {
    await replaceFile(isThere ? await realpath(path) : path, text, old && old.mode & 0o7777);
  } catch (error) {
    // The folder takes no file beside it, or the file is mounted.
    if (!['EACCES', 'EPERM', 'EBUSY', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) throw error;
    await writeFile(path, text);
  }
}
