import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError, messageOf } from '../../core/errors.ts';
import { type CliContext, writeLine } from '../context.ts';

/** Writes what a command makes to its `--out` and says so, or to stdout. */
export async function writeOutput(context: CliContext, text: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    context.stdout.write(text);
    return;
  }
  try {
    await writeFile(resolve(context.cwd, out), text);
  } catch (error) {
    throw new InputError('--out', {
      path: '',
      expected: 'a file that can be written',
      found: messageOf(error),
    });
  }
  writeLine(context.stderr, `Wrote ${out}`);
}
