import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { configId } from '../../domain/moa-config.ts';
import { readFormat, systemFormats } from '../../formats/systems.ts';
import { describeConfig } from '../../report/describe.ts';
import { argument, choice, defineCommand, type OptionsOf, on, text } from '../command.ts';
import { type CliContext, writeJson, writeLine } from '../context.ts';
import { jsonFlags } from '../flags.ts';
import { printConfig } from '../text.ts';
import { foreignFlags, foreignOptions } from '../wiring/foreign.ts';
import { readInputFile } from '../wiring/library.ts';
import { writeOutput } from '../wiring/out-file.ts';

const flags = {
  from: choice(
    '<format>',
    'what the file is (default: by its content)',
    systemFormats.map(({ name }) => name),
  ),
  ...foreignFlags,
  out: text('<file>', 'file to write (default: stdout)'),
  strict: on('refuse what is worth a note, too'),
  lossy: on('go on without what mixtune has no counterpart for, and list it'),
  ...jsonFlags,
};
type ImportOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    "Reads another tool's system of agents as a config. What is not the same afterwards is refused or told, with line and path.",
  arguments: [argument('file', "the other tool's file; - for stdin")],
  flags,
  examples: [
    'mixtune import workshop.json --out mine.yaml',
    'mixtune import groq.json --models map.yaml --lossy',
  ],
  run: ([file], options, context) => importConfig(file, options, context),
});

async function importConfig(file: string, options: ImportOptions, context: CliContext): Promise<number> {
  if (options.strict === true && options.lossy === true) {
    throw new InputError('--strict', { path: '', found: 'both', expected: '--strict or --lossy' });
  }
  const source = file === '-' ? 'stdin' : file;
  const content =
    file === '-' ? await textOf(context.stdin) : await readInputFile(resolve(context.cwd, file), file);
  const mode = options.strict === true ? 'strict' : options.lossy === true ? 'lossy' : 'normal';
  const { config, origin, notes } = unwrap(
    readFormat(content, options.from, { source, mode, ...(await foreignOptions(context, options)) }),
  );
  const { stderr } = context;
  writeLine(
    stderr,
    `${source} is read as ${origin.format}: ${describeConfig(config)} (config ${configId(config)})`,
  );
  for (const note of notes) writeLine(stderr, `  ${note}`);
  if (options.json === true) {
    writeJson(context.stdout, { format: origin.format, id: configId(config), config, notes });
    if (options.out === undefined) return exitCodes.done;
  }
  const syntax = options.out?.endsWith('.json') === true ? 'json' : 'yaml';
  const printed = printConfig(config, syntax, {
    comment: `Imported from ${source} (${origin.format}).`,
    schema: true,
  });
  await writeOutput(context, printed, options.out);
  return exitCodes.done;
}
