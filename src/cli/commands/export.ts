import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCodes, InputError, messageOf } from '../../core/errors.ts';
import { argument, argumentOr, choice, choiceOr, defineCommand, type OptionsOf, text } from '../command.ts';
import { type CliContext, writeLine } from '../context.ts';
import { jsonFlags, runsFlags, whichHelp } from '../flags.ts';
import { printConfig } from '../text.ts';
import { openClaim } from '../wiring/claims.ts';
import { resolveConfig } from '../wiring/configs.ts';

const flags = {
  ...jsonFlags,
  ...runsFlags,
  format: choiceOr(
    '<format>',
    'mixtune: the config; lock: it with its claims, hashes and seeds',
    ['mixtune', 'lock'],
    'mixtune',
  ),
  syntax: choice('<syntax>', "yaml or json (default: by --out's ending, else yaml)", ['yaml', 'json']),
  out: text('<file>', 'file to write (default: stdout)'),
};
type ExportOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: "Writes a config of a run, or a config file, in mixtune's own format.",
  arguments: [
    argument('run|config', "a run's id or folder, or a config file"),
    argumentOr('which', whichHelp, 'best'),
  ],
  flags,
  examples: ['mixtune export my-run best --out best.yaml'],
  run: ([source, which], options, context) => exportConfig(source, which, options, context),
});

async function exportConfig(
  source: string,
  which: string,
  options: ExportOptions,
  context: CliContext,
): Promise<number> {
  if (options.format === 'lock') return exportLock(source, which, options, context);
  const { config, run } = await resolveConfig(context, source, options.runsDir, which);
  const asJson = options.json === true || options.out?.endsWith('.json') === true;
  const syntax = options.syntax ?? (asJson ? 'json' : 'yaml');
  const text = printConfig(config, syntax, run?.manifest.simulated === true);
  return write(text, options, context);
}

/** A point of a run with its claims and all that is needed to check them. */
async function exportLock(
  source: string,
  which: string,
  options: ExportOptions,
  context: CliContext,
): Promise<number> {
  const { lock } = await openClaim(context, source, /\.json$/.test(source) ? undefined : which, options);
  return write(`${JSON.stringify(lock, null, 2)}\n`, options, context);
}

async function write(text: string, options: ExportOptions, context: CliContext): Promise<number> {
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
