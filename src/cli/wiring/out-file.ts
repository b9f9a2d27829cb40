import { stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError, messageOf } from '../../core/errors.ts';
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
    await writeFile(resolve(context.cwd, out), text);
  } catch (error) {
    const expected = 'a file that can be written';
    throw new InputError(option ?? '--out', { expected, found: messageOf(error) });
  }
  context.stderr.line(`Wrote ${out}`);
}
