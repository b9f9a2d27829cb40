import { resolve } from 'node:path';
import { defined } from '../../core/defined.ts';
import { InputError } from '../../core/errors.ts';
import { unwrap } from '../../core/result.ts';
import { shellWord } from '../../core/shell-word.ts';
import { configId } from '../../domain/moa-config.ts';
import { isSnippet, servedBaseUrl, snippetNames, writeSnippet } from '../../formats/snippets.ts';
import { type ImportOrigin, readFormat, writableFormats, writeFormat } from '../../formats/systems.ts';
import { whichNames } from '../../report/which.ts';
import { defineCommand } from '../command.ts';
import { argument, argumentOr, choice, choiceOr, type OptionsOf, on, text } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { jsonFlags, runsFlags, whichHelp } from '../flags.ts';
import { printConfig, runsDirOption, simulatedComment } from '../text.ts';
import { openClaim } from '../wiring/configs/claims.ts';
import { type NamedConfig, resolveConfig } from '../wiring/configs/configs.ts';
import { foreignFlags, foreignOptions } from '../wiring/configs/foreign.ts';
import { makingOf } from '../wiring/configs/lock-files.ts';
import { tracesOfPoint } from '../wiring/configs/traces.ts';
import { readInputFile } from '../wiring/library.ts';
import { writeOutput } from '../wiring/out-file.ts';
import { wrapperOf } from '../wiring/tasks/wording.ts';

const flags = {
  ...jsonFlags,
  ...runsFlags,
  format: choiceOr(
    '<format>',
    "mixtune: the config; lock: it with its claims, hashes and seeds; another tool's format; or a piece for a client of `mixtune serve`",
    ['mixtune', 'lock', ...writableFormats, ...snippetNames],
    'mixtune',
  ),
  syntax: choice('<syntax>', "yaml or json (default: by --out's ending, else yaml)", ['yaml', 'json']),
  origin: text(
    '<file>',
    'the file that the config was imported from; what did not change stays as it was there',
  ),
  ...foreignFlags,
  lossy: on('write also what loses a part, and list what is lost'),
  serveUrl: text('<url>', `where mixtune serve answers, for clients (default: ${servedBaseUrl})`),
  traces: on(
    'its recorded answers in place of the config, as OpenTelemetry spans (OTLP/JSON; for Jaeger, Langfuse and others)',
  ),
  out: text('<file>', 'file to write (default: stdout)'),
};
type ExportOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description: "Writes a config of a run, or a config file, in mixtune's own format or another tool's.",
  arguments: [
    argument('run|config', "a run's id or folder, or a config file"),
    argumentOr('which', whichHelp, 'best'),
  ],
  flags,
  examples: [
    'mixtune export my-run best --out best.yaml',
    'mixtune export my-run best --format workshop --origin workshop.json',
    'mixtune export my-run best --format openai-python',
    'mixtune export my-run best --traces --out traces.json',
  ],
  run: async ([source, which], options, context) => {
    await writeOutput(context, await exported(source, which, options, context), options.out);
  },
});

async function exported(
  source: string,
  which: string,
  options: ExportOptions,
  context: CliContext,
): Promise<string> {
  if (options.traces === true) return tracesOfPoint(context, source, which, options.runsDir);
  if (options.format === 'lock') return lockText(source, which, options, context);
  const named = await resolveConfig(context, source, options.runsDir, which);
  const { wording, note } = await makingOf(context, source, named);
  if (note !== undefined) context.stderr.paragraph(note);
  if (options.format === 'mixtune') return mixtuneText({ ...named, ...defined({ wording }) }, options);
  if (isSnippet(options.format)) {
    const id = configId(named.config);
    const isName = named.run !== null && whichNames.some((name) => name === which);
    const model = isName ? which : `mixtune/${id}`;
    const { serveUrl } = options;
    context.stderr.line(`It asks what this serves: ${serveCommand(named, id, options)}`);
    return writeSnippet(options.format, { model, ...defined({ baseUrl: serveUrl }) });
  }
  const prompt = wrapperOf(wording);
  if (prompt !== null)
    context.stderr.line(
      `Not in the file: the task's prompt, which stood around each question while tuning: ${JSON.stringify(prompt)}`,
    );
  return foreignText(named, options, context);
}

/** What serves a config under its name: a run serves its front; another point of it, and a file, are named. */
function serveCommand({ label, run }: NamedConfig, id: string, { runsDir }: ExportOptions): string {
  const name = run === null ? label : label.slice(0, label.lastIndexOf(':'));
  const isOnFront = run === null || run.front?.front.some((member) => member.id === id) === true;
  return [
    `mixtune serve ${shellWord(isOnFront ? name : `${name}:${id}`)}`,
    ...(run === null ? [] : runsDirOption(runsDir)),
  ].join(' ');
}

function mixtuneText({ config, run, wording }: NamedConfig, options: ExportOptions): string {
  const asJson = options.json === true || options.out?.endsWith('.json') === true;
  const comment = run?.manifest.simulated === true ? { comment: simulatedComment } : {};
  const whole = { ...config, ...defined({ task: wording }) };
  return printConfig(whole, options.syntax ?? (asJson ? 'json' : 'yaml'), { ...comment, schema: true });
}

/** A point of a run with its claims and all that is needed to check them. */
async function lockText(
  source: string,
  which: string,
  options: ExportOptions,
  context: CliContext,
): Promise<string> {
  const { lock } = await openClaim(context, source, /\.json$/.test(source) ? undefined : which, options);
  return `${JSON.stringify(lock, null, 2)}\n`;
}

async function foreignText(
  { config, label }: NamedConfig,
  options: ExportOptions,
  context: CliContext,
): Promise<string> {
  const { format, origin: file, lossy } = options;
  const given = await foreignOptions(context, options);
  const origin = file === undefined ? undefined : await originOf(context, file, format, given);
  const { text: written, losses } = writeFormat(config, format, {
    ...given,
    ...defined({ origin }),
  });
  if (losses.length > 0 && lossy !== true) {
    const expected = `a config that ${format} can hold, or --lossy to write it without that`;
    throw new InputError(
      label,
      losses.map(({ at, what }) => ({ path: at, found: what, expected })),
    );
  }
  for (const { at, what } of losses) context.stderr.line(`Lost at ${at}: ${what}`);
  return written;
}

async function originOf(
  context: CliContext,
  file: string,
  format: string,
  given: Parameters<typeof writeFormat>[2],
): Promise<ImportOrigin> {
  const content = await readInputFile(resolve(context.cwd, file), file);
  return unwrap(readFormat(content, format, { source: file, mode: 'lossy', ...given })).origin;
}
