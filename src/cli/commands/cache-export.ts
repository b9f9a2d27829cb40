import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { recordRun } from '../../analysis/repeat/export-run.ts';
import { defined } from '../../core/defined.ts';
import { InputError, messageOf } from '../../core/errors.ts';
import { recordingHeader, recordingLine } from '../../models/recordings/recording-lines.ts';
import { formatBytes, formatCounted } from '../../report/format.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, text } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { jsonFlags, runsFlags } from '../flags.ts';
import { folderOfRun } from '../wiring/configs/configs.ts';
import { callCacheFile, openCallCache } from '../wiring/models/call-cache.ts';
import { refuseWithoutFolder } from '../wiring/out-file.ts';

const flags = {
  run: text('<id>', 'this run: all its answers (simulated ones too) and its history; its id or folder'),
  model: text('<name>', "only this model's calls (provider/model, or provider/*)"),
  out: text('<file>', 'file to write; gzipped where it ends in .gz (default: stdout)'),
  ...jsonFlags,
  ...runsFlags,
};
type CacheExportOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Writes the calls of the cache, or a whole run, as a recording: JSON Lines that `--recorded` and `mixtune repeat` play back without any endpoint.',
  flags,
  examples: [
    'mixtune cache export --run my-run --out my-run.jsonl.gz',
    "mixtune cache export --model 'openai/*' > openai.jsonl",
  ],
  run: async (_values, options, context) => {
    const { run, model, out } = options;
    if (run !== undefined && model !== undefined) {
      throw new InputError('--model', { expected: 'no --run beside it: a run is exported whole' });
    }
    if (options.json === true && out === undefined) {
      throw new InputError('--json', { expected: '--out beside it, since the recording goes to stdout' });
    }
    await refuseWithoutFolder(context, out);
    const exported: Exported = { answers: 0, events: 0 };
    const lines =
      run === undefined
        ? linesOfCache(context, options, exported)
        : linesOfRun(context, run, options, exported);
    if (out === undefined) {
      for await (const line of lines) {
        if (!context.stdout.write(line)) await once(context.stdout.raw, 'drain');
      }
    } else await writeLines(resolve(context.cwd, out), out, lines);
    report(
      context,
      options,
      exported,
      out === undefined ? undefined : (await stat(resolve(context.cwd, out))).size,
    );
  },
});

/** How much of what went into a recording. */
interface Exported {
  answers: number;
  events: number;
}

async function* linesOfRun(
  context: CliContext,
  run: string,
  options: CacheExportOptions,
  exported: Exported,
): AsyncGenerator<string> {
  for await (const { kind, text } of recordRun(folderOfRun(context, run, options.runsDir))) {
    if (kind === 'answer') exported.answers++;
    else if (kind === 'event') exported.events++;
    yield `${text}\n`;
  }
}

async function* linesOfCache(
  context: CliContext,
  options: CacheExportOptions,
  exported: Exported,
): AsyncGenerator<string> {
  const file = callCacheFile(context, options);
  if ((await stat(file).catch(() => undefined)) === undefined) {
    throw new InputError(file, {
      expected: 'a call cache (runs of real models write it; --run exports a run, also a simulated one)',
      found: 'none',
    });
  }
  const store = openCallCache(context, options);
  try {
    yield `${recordingHeader({ mixtune: context.version })}\n`;
    for (const [key, call] of store.entries(defined({ model: options.model }))) {
      exported.answers++;
      yield `${recordingLine(key, call)}\n`;
    }
  } finally {
    store.close();
  }
}

/** Writes the file whole or not at all. */
async function writeLines(path: string, shown: string, lines: AsyncGenerator<string>): Promise<void> {
  const partial = `${path}.part`;
  try {
    const file = createWriteStream(partial);
    await (path.endsWith('.gz')
      ? pipeline(Readable.from(lines), createGzip(), file)
      : pipeline(Readable.from(lines), file));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof InputError) throw error;
    const found = messageOf(error);
    throw new InputError('--out', { expected: `a file that can be written (${shown})`, found });
  }
}

function report(
  context: CliContext,
  { json, out, run }: CacheExportOptions,
  { answers, events }: Exported,
  bytes: number | undefined,
): void {
  if (json === true) {
    context.stdout.json({ file: out ?? null, run: run ?? null, answers, events, bytes: bytes ?? null });
    return;
  }
  const history = run === undefined ? '' : ` and ${formatCounted(events, 'event')} of run ${run}`;
  const where = out === undefined ? '' : ` to ${out} (${formatBytes(bytes ?? 0)})`;
  context.stderr.line(`Wrote ${formatCounted(answers, 'answer')}${history}${where}.`);
  if (run !== undefined && out !== undefined) {
    context.stderr.line(`Repeat it, with no endpoint: mixtune repeat ${out}`);
  }
}
