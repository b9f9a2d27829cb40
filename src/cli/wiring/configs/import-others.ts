import { stringify } from 'yaml';
import { exitCodes, InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import type { ImportMode } from '../../../formats/findings.ts';
import { type ImportedModel, readLitellm } from '../../../formats/litellm.ts';
import { writePromptSpace } from '../../../formats/prompt-space.ts';
import { promptFormats, readPrompts } from '../../../formats/prompts.ts';
import type { CliContext } from '../../context.ts';
import { writeOutput } from '../out-file.ts';

/** A file that holds no system of agents. */
export interface OtherImport {
  readonly content: string;
  readonly source: string;
  readonly mode: ImportMode;
  readonly out: string | undefined;
  readonly json: boolean;
}

/** Prompts become a search space; notes and what was found go to stderr. */
export async function importPrompts(context: CliContext, name: string, from: OtherImport): Promise<number> {
  const format = promptFormats.find((known) => known.name === name);
  if (format === undefined) throw new Error(`importPrompts: no format ${name}`);
  const { content, source, mode } = from;
  const { prompts, variable = 'VARIABLE', notes } = unwrap(readPrompts(content, format, source, mode));
  const found = prompts.length === 1 ? '1 prompt' : `${prompts.length} prompts`;
  tell(context, `${source} is read as ${name}: ${found}, as a search space (tune TASK --space FILE)`, notes);
  if (name === 'promptfoo') {
    const flags = `--name NAME --input vars.${variable} --gold assert`;
    context.stderr.line(`  its tests are data: mixtune task import ${source} ${flags}`);
  }
  if (from.json) context.stdout.json({ format: name, prompts, notes });
  if (!from.json || from.out !== undefined) {
    await writeOutput(context, writePromptSpace(`${name}-prompts`, source, prompts), from.out);
  }
  return exitCodes.done;
}

/** A list of models becomes options of a command, and a price file where it tells prices. */
export async function importModels(context: CliContext, from: OtherImport): Promise<number> {
  const { content, source, mode, out } = from;
  const { models, notes } = unwrap(readLitellm(content, source, mode));
  const priced = models.filter(({ price }) => price !== undefined);
  if (out !== undefined && priced.length === 0) {
    throw new InputError('--out', { found: out, expected: `no file: ${source} tells no prices` });
  }
  tell(
    context,
    `${source} is read as litellm: ${models.length === 1 ? '1 model' : `${models.length} models`}`,
    notes,
  );
  for (const { name, model, apiKeyEnv } of models) {
    context.stderr.line(`  ${name}: ${model}${apiKeyEnv === undefined ? '' : `, key in ${apiKeyEnv}`}`);
  }
  const lines = optionLines(models, out);
  for (const line of lines) context.stderr.line(`Tune with them: mixtune tune TASK ${line}`);
  if (from.json) context.stdout.json({ format: 'litellm', models, options: lines, notes });
  if (priced.length > 0 && (!from.json || out !== undefined)) {
    const prices = Object.fromEntries(priced.map(({ model, price }) => [model, price]));
    const checked = context.today().toISOString().slice(0, 10);
    await writeOutput(context, stringify({ checked, source, models: prices }), out);
  }
  return exitCodes.done;
}

function tell(context: CliContext, head: string, notes: readonly string[]): void {
  context.stderr.line(head);
  for (const note of notes) context.stderr.line(`  ${note}`);
}

/** One for the providers that mixtune knows, and one for each other endpoint. */
function optionLines(models: readonly ImportedModel[], prices: string | undefined): string[] {
  const places = [...new Set(models.map(({ baseUrl }) => baseUrl))];
  return places.map((place) => {
    const here = models.filter(({ baseUrl }) => baseUrl === place);
    const keys = [...new Set(here.flatMap(({ apiKeyEnv }) => apiKeyEnv ?? []))];
    const served =
      place === undefined
        ? []
        : [`--base-url ${place}`, ...keys.slice(0, 1).map((key) => `--api-key-env ${key}`)];
    const names = [...new Set(here.map(({ model }) => model))];
    const limits = names.flatMap((name) => limitOf(name, here));
    const priced = prices === undefined ? [] : [`--prices ${prices}`];
    return [...served, `--models ${names.join(',')}`, ...limits, ...priced].join(' ');
  });
}

/** A model's own limits; of several entries of one model the smallest. */
function limitOf(name: string, models: readonly ImportedModel[]): string[] {
  const own = models.filter(({ model }) => model === name);
  const least = (kind: 'rpm' | 'tpm'): string[] => {
    const given = own.flatMap((model) => model[kind] ?? []);
    return given.length === 0 ? [] : [`${kind}=${Math.min(...given)}`];
  };
  const parts = [...least('rpm'), ...least('tpm')];
  return parts.length === 0 ? [] : [`--limit ${name}:${parts.join(',')}`];
}
