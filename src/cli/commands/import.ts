import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { configId } from '../../domain/moa-config.ts';
import { detectImport, importNames } from '../../formats/detect.ts';
import type { ForeignOptions } from '../../formats/format.ts';
import { promptFormats } from '../../formats/prompts.ts';
import { readFormat } from '../../formats/systems.ts';
import { describeConfig } from '../../report/describe.ts';
import { defineCommand } from '../command.ts';
import { argument, choice, on, text } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { jsonFlags } from '../flags.ts';
import { printConfig } from '../text.ts';
import { foreignFlags, foreignOptions } from '../wiring/configs/foreign.ts';
import { importModels, importPrompts, type OtherImport } from '../wiring/configs/import-others.ts';
import { readInputFile } from '../wiring/library.ts';
import { writeOutput } from '../wiring/out-file.ts';

const flags = {
  from: choice('<format>', 'what the file is (default: by its content)', importNames),
  ...foreignFlags,
  out: text('<file>', 'file to write (default: stdout)'),
  strict: on('refuse what is worth a note, too'),
  lossy: on('go on without what has no counterpart, and list it'),
  ...jsonFlags,
};

export default defineCommand({
  description:
    "Reads another tool's system of agents as a config, its list of models as options, its prompts as a search space. What is not the same afterwards is refused or told, with line and path.",
  arguments: [argument('file', "the other tool's file; - for stdin")],
  flags,
  examples: [
    'mixtune import workshop.json --out mine.yaml',
    'mixtune import groq.json --models map.yaml --lossy',
  ],
  run: async ([file], options, context) => {
    if (options.strict === true && options.lossy === true) {
      throw new InputError('--strict', { found: 'both', expected: '--strict or --lossy' });
    }
    const source = file === '-' ? 'stdin' : file;
    const content =
      file === '-' ? await textOf(context.stdin) : await readInputFile(resolve(context.cwd, file), file);
    const mode = options.strict === true ? 'strict' : options.lossy === true ? 'lossy' : 'normal';
    const name = options.from ?? unwrap(detectImport(content, source));
    const from = { content, source, mode, out: options.out, json: options.json === true } as const;
    if (name === 'litellm') return importModels(context, from);
    if (promptFormats.some((format) => format.name === name)) return importPrompts(context, name, from);
    return importSystem(context, name, from, await foreignOptions(context, options));
  },
});

async function importSystem(
  context: CliContext,
  name: string,
  { content, source, mode, out, json }: OtherImport,
  options: ForeignOptions,
): Promise<number> {
  const { config, origin, notes } = unwrap(readFormat(content, name, { source, mode, ...options }));
  const { stderr } = context;
  const id = configId(config);
  stderr.line(`${source} is read as ${origin.format}: ${describeConfig(config)} (config ${id})`);
  for (const note of notes) stderr.line(`  ${note}`);
  if (json) context.stdout.json({ format: origin.format, id, config, notes });
  if (json && out === undefined) return exitCodes.done;
  const syntax = out?.endsWith('.json') === true ? 'json' : 'yaml';
  const comment = `Imported from ${source} (${origin.format}).`;
  await writeOutput(context, printConfig(config, syntax, { comment, schema: true }), out);
  return exitCodes.done;
}
