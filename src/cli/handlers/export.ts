import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCodes, InputError, messageOf } from '../../core/errors.ts';
import { type CliContext, writeLine } from '../context.ts';
import type { ExportOptions } from '../options.ts';
import { printConfig } from '../text.ts';
import { resolveConfig } from '../wiring/configs.ts';

export async function exportConfig(
  source: string,
  which: string,
  options: ExportOptions,
  context: CliContext,
): Promise<number> {
  const { config, run } = await resolveConfig(context, source, options.runsDir, which);
  const syntax = options.syntax ?? (options.out?.endsWith('.json') === true ? 'json' : 'yaml');
  const text = printConfig(config, syntax, run?.manifest.simulated === true);
  if (options.out === undefined) {
    context.stdout.write(text);
    return exitCodes.done;
  }
  try {
    await writeFile(resolve(context.cwd, options.out), text);
  } catch (error) {
    throw new InputError('--out', {
      path: '',
      expected: 'a file that can be written',
      found: messageOf(error),
    });
  }
  writeLine(context.stderr, `Wrote ${options.out}`);
  return exitCodes.done;
}
