import { InputError } from '../core/errors.ts';
import { isRecord } from '../core/records.ts';
import { err, ok, type Result } from '../core/result.ts';
import { modelName } from '../domain/agent.ts';
import { configId, type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import { brokenRules } from '../domain/moa-config-rules.ts';
import { formatPath, halfCharacter, shortly } from '../domain/validation.ts';
import { archon } from './archon/index.ts';
import { parseForeign, refusedSecret } from './document.ts';
import { Findings, type ImportMode } from './findings.ts';
import {
  type ForeignOptions,
  type ForeignText,
  type Loss,
  mappedNames,
  type SystemFormat,
  type WrittenDocument,
} from './format.ts';
import { patched } from './patch.ts';
import { together } from './together.ts';
import { workshopFormats } from './workshop/index.ts';

/** Formats of other tools that hold a system of agents, in the order in which a file is tried. */
export const systemFormats: readonly SystemFormat[] = [together, ...workshopFormats, archon];

/** How another tool's file is read. */
export interface ReadFormatOptions extends ForeignOptions {
  /** What the text is called in errors and notes: a file's path. */
  readonly source: string;
  /** @defaultValue `normal` */
  readonly mode?: ImportMode;
}

/** What an imported config came from: enough to write it back, with all that mixtune does not know. */
export interface ImportOrigin {
  readonly format: string;
  readonly document: unknown;
  readonly options: ForeignOptions;
}

/** A config that was another tool's file. */
export interface ImportedSystem {
  readonly config: MoaConfig;
  readonly origin: ImportOrigin;
  /** What people should know, with its place in the file; in the mode `lossy` also what was lost. */
  readonly notes: readonly string[];
}

/** The format that a text is in, by its content; `undefined` where none is known. */
export function detectFormat(from: ForeignText): SystemFormat | undefined {
  return systemFormats.find((format) => format.detects(from));
}

/** Another tool's text, parsed where it is JSON or YAML. @param name the format; `undefined`: by the content. */
export function openForeign(text: string, source: string, name?: string): Result<ForeignText, InputError> {
  const plain: ForeignText = { text, document: text, lineOf: () => undefined };
  const isPlain = systemFormats.some(
    (format) =>
      format.isPlainText === true && (name === undefined ? format.detects(plain) : format.name === name),
  );
  if (isPlain) return refusedSecret(text, source) ?? ok(plain);
  const parsed = parseForeign(text, source);
  if (!parsed.ok) return parsed;
  return ok({ text, document: parsed.value.value, lineOf: parsed.value.lineOf });
}

/**
 * Reads a system of agents from another tool's text. Nothing is dropped in silence: what mixtune has no
 * counterpart for is an error that names line and path, or, in the mode `lossy`, a note.
 *
 * @param name the format; `undefined`: by the content.
 * @example
 * import { readFormat, writeMixtune } from 'mixtune';
 *
 * const agents = [{ name: 'solver', model: 'llama3.1-8b', temperature: 0.5, prompt: 'Solve it. {helper_response}' }];
 * const main = { main_model: 'llama-3.3-70b', main_temperature: 0.2, cycles: 2, system_prompt: 'Answer. {helper_response}' };
 * const text = JSON.stringify({ ai_configuration: { ...main, layer_agents: agents } });
 * const read = readFormat(text, 'workshop', { source: 'workshop.json' });
 * if (!read.ok) throw read.error;
 * writeMixtune(read.value.config); // stages: propose with one agent for two rounds, then fuse
 */
export function readFormat(
  text: string,
  name: string | undefined,
  { source, mode = 'normal', ...options }: ReadFormatOptions,
): Result<ImportedSystem, InputError> {
  const opened = openForeign(text, source, name);
  if (!opened.ok) return opened;
  const format =
    name === undefined ? detectFormat(opened.value) : systemFormats.find((known) => known.name === name);
  if (format === undefined) return err(unknownFormat(source, name));
  const wrong = faultIn(options, format);
  if (wrong !== undefined) return err(wrong);
  const findings = new Findings(mode);
  const config = format.read(opened.value, findings, options);
  if (config !== undefined) tellUnusedNames(config, text, findings, options);
  const notes = findings.outcome(source, opened.value.lineOf);
  if (!notes.ok) return notes;
  if (config === undefined) throw new Error(`readFormat: ${format.name} read nothing and found no fault`);
  const [broken] = brokenRules(config);
  if (broken !== undefined) {
    const { at, found = 'nothing', expected } = broken;
    return err(new InputError(source, { found: `${formatPath(at)} would be ${found}`, expected }));
  }
  // Of escapes in JSON, YAML or --texts: nobody could run such a config.
  const half = halfCharacter(config, source);
  if (half !== undefined) return err(half);
  return ok({
    config,
    origin: { format: format.name, document: opened.value.document, options },
    notes: notes.value,
  });
}

/** A misspelt name in the map would leave its model as it is. */
function tellUnusedNames(
  config: MoaConfig,
  text: string,
  findings: Findings,
  { models = {} }: ForeignOptions,
): void {
  const used = modelsOf(config);
  for (const [name, model] of Object.entries(models)) {
    if (!used.includes(model) && !text.includes(name))
      findings.note([], `no model is called ${name}, as --models says`);
  }
}

function unknownFormat(source: string, name: string | undefined): InputError {
  const known = systemFormats.map((format) => format.name).join(', ');
  return new InputError(source, {
    found: name === undefined ? 'a file in none of these formats' : `the format "${name}"`,
    expected: `one of the formats ${known}`,
  });
}

/** Models and texts come from files of the user's. */
function faultIn({ models = {}, texts = {} }: ForeignOptions, format: SystemFormat): InputError | undefined {
  const wrong = Object.entries(models).find(([, model]) => !modelName.safeParse(model).success);
  if (wrong !== undefined) {
    const [path, found] = wrong;
    return new InputError('--models', {
      path,
      found: shortly(found),
      expected: 'provider/model, e.g. openai/gpt-4o-mini',
    });
  }
  const unknown = Object.keys(texts).find((key) => !format.texts.includes(key));
  if (unknown === undefined) return undefined;
  const expected =
    format.texts.length === 0 ? `no texts for ${format.name}` : `one of ${format.texts.join(', ')}`;
  return new InputError('--texts', { path: unknown, found: `"${unknown}"`, expected });
}

/** How a config is written as another tool's file. */
export interface WriteFormatOptions extends ForeignOptions {
  /** What the config was imported from: what did not change is written as it stood there, unknown keys included. */
  readonly origin?: ImportOrigin;
}

/** A config as another tool's file. */
export interface WrittenSystem {
  readonly text: string;
  /** What the format cannot hold of the config; the text is without it. */
  readonly losses: readonly Loss[];
}

/**
 * A config as another tool's text. The config that an origin was read as gives back the origin's document.
 *
 * @param name a format that {@link writableFormats} lists. Throws for any other.
 */
export function writeFormat(
  config: MoaConfig,
  name: string,
  options: WriteFormatOptions = {},
): WrittenSystem {
  const format = systemFormats.find((known) => known.name === name);
  if (format?.write === undefined)
    throw new Error(`writeFormat: expected one of ${writableFormats.join(', ')}, found ${name}`);
  const { origin } = options;
  const given = { ...origin?.options, ...options };
  const draft = format.write(config, given);
  const document = origin?.format === name ? merged(format, origin, config, draft, given) : draft.document;
  const isSame = document === origin?.document;
  // Beside its origin an agent keeps the name that stood there.
  const ambiguous = origin?.format === name ? [] : twoNames(config, given);
  const losses = isSame ? [] : [...draft.losses, ...ambiguous];
  return { text: `${JSON.stringify(document, null, 2)}\n`, losses };
}

/** Models that have several names in the map, of which the file would get the first. */
function twoNames(config: MoaConfig, options: ForeignOptions): Loss[] {
  return modelsOf(config).flatMap((model) => {
    const names = mappedNames(options, model);
    if (names.length < 2) return [];
    const what = `which of ${names.join(', ')} is meant by ${model}: --models has all of them (--origin tells)`;
    return [{ at: 'stages', what }];
  });
}

/** Names of the formats that {@link writeFormat} can write. */
export const writableFormats: readonly string[] = systemFormats
  .filter(({ write }) => write !== undefined)
  .map(({ name }) => name);

/** The origin's document with what changed; the first way of merging that reads back as the draft does. */
function merged(
  format: SystemFormat,
  origin: ImportOrigin,
  config: MoaConfig,
  draft: WrittenDocument,
  options: ForeignOptions,
): unknown {
  const read = (document: unknown): MoaConfig | undefined =>
    format.read(foreignOf(document), new Findings('lossy'), options);
  const before = read(origin.document);
  if (before === undefined || format.write === undefined || !isRecord(origin.document)) return draft.document;
  // Names are no part of a config: a search gives its own.
  if (configId(before) === configId(config)) return origin.document;
  const original = origin.document;
  const old = format.write(before, options).document;
  const wanted = read(draft.document);
  for (const full of [false, true]) {
    const patch = patched(original, old, draft.document, full);
    const document = isRecord(patch) ? (format.finish?.(patch, original) ?? patch) : draft.document;
    const back = read(document);
    if (back !== undefined && wanted !== undefined && configId(back) === configId(wanted)) return document;
  }
  return draft.document;
}

const foreignOf = (document: unknown): ForeignText => ({
  text: JSON.stringify(document),
  document,
  lineOf: () => undefined,
});
