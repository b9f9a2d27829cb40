import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, InputError, messageOf } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';

/** Writes what a command makes to its `--out` and says so, or to stdout. */
export async function writeOutput(context: CliContext, text: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    context.stdout.write(text);
    return;
  }
  try {
    await writeFile(resolve(context.cwd, out), text);
  } catch (error) {
    const folder = dirname(out);
    const hasNoFolder = codeOf(error) === 'ENOENT';
    throw new InputError('--out', {
      expected: hasNoFolder
        ? `a file in a folder that is there (mkdir -p ${folder})`
        : 'a file that can be written',
      found: hasNoFolder ? `${out}, and no folder ${folder}` : messageOf(error),
    });
  }
  context.stderr.line(`Wrote ${out}`);
}
