import { resolve } from 'node:path';
import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import { unwrap } from '../../../core/result.ts';
import { parseYaml } from '../../../core/yaml.ts';
import { type MoaConfig, modelsOf, systemOf } from '../../../domain/moa-config.ts';
import { validateMoaConfig } from '../../../domain/moa-config-rules.ts';
import type { FrontFile, FrontMember } from '../../../domain/run-result.ts';
import type { TaskWording } from '../../../domain/task-wording.ts';
import { detectFormat, readFormat } from '../../../formats/systems.ts';
import { providerNames } from '../../../models/provider-list.ts';
import { providerOf } from '../../../models/router.ts';
import { which, whichNames } from '../../../report/which.ts';
import { type OpenRun, openRun, runFolderOf } from '../../../run/folder/run-folder.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions } from '../../flags.ts';
import { presetOf } from '../jobs/presets.ts';
import { exists, readInputFile, refuseOther } from '../library.ts';

/** A config that the command line named, and the run it came from, if any. */
export interface NamedConfig {
  readonly config: MoaConfig;
  /** What to call it in tables: the file's name, or `run:which`. */
  readonly label: string;
  readonly run: OpenRun | null;
  /** How its file words questions; a run's manifest says it for all of its configs. */
  readonly wording?: TaskWording;
}

/**
 * A config by file (`best.yaml`, a run's `best.json`), by run with a point of it: `my-run` (its
 * best), `my-run:knee`, `my-run:3fa9c1`; or `preset:router`, where a command gives models for it.
 */
export async function resolveConfig(
  context: CliContext,
  reference: string,
  runsDir: string,
  whichDefault = 'best',
  forPresets: Pick<ModelOptions, 'models' | 'baseUrl'> = {},
): Promise<NamedConfig> {
  if (isPreset(reference)) {
    const name = reference.slice(presetPrefix.length);
    return { config: presetOf(name, forPresets.models, forPresets.baseUrl), label: reference, run: null };
  }
  if (isConfigFile(reference)) {
    const config = await readConfigFile(context, reference);
    return { config: systemOf(config), label: reference, run: null, ...defined({ wording: config.task }) };
  }
  const colon = reference.lastIndexOf(':');
  // A colon may stand in a path, so the whole is tried as a run's folder first.
  const whole = colon < 0 || (await exists(resolve(context.cwd, reference)));
  const name = whole ? reference : reference.slice(0, colon);
  const point = whole ? whichDefault : reference.slice(colon + 1);
  const run = await openNamedRun(context, name, runsDir);
  return { config: pointOf(run, name, point).config, label: `${name}:${point}`, run };
}

const presetPrefix = 'preset:';
const isPreset = (reference: string): boolean => reference.startsWith(presetPrefix);

/** @throws InputError for models of which no preset makes use */
export function refuseIdleModels(
  references: readonly string[],
  { models }: Pick<ModelOptions, 'models'>,
): void {
  if (models === undefined || references.some(isPreset)) return;
  throw new InputError('--models', {
    expected: `a preset beside it, such as ${presetPrefix}router: the other configs have their own`,
    found: models.join(', '),
  });
}

/**
 * Several, in their order. Models of presets that no provider has are those of the server that the first run among them
 * names; whether that may be asked is said where callers are opened.
 */
export async function resolveConfigs(
  context: CliContext,
  references: readonly string[],
  options: Pick<ModelOptions, 'models' | 'baseUrl'> & { readonly runsDir: string },
): Promise<NamedConfig[]> {
  const named = new Map<string, NamedConfig>();
  const add = async (areWanted: (reference: string) => boolean, given: typeof options) => {
    for (const reference of references.filter(areWanted))
      named.set(reference, await resolveConfig(context, reference, options.runsDir, 'best', given));
  };
  await add((reference) => !isPreset(reference), options);
  const run = [...named.values()].find((each) => each.run !== null)?.run;
  const { baseUrl, models = [] } = options;
  const isServed = baseUrl === undefined && run?.manifest.endpoint.baseUrl !== undefined && models.length > 0;
  const full = (model: string) => (providerNames.includes(providerOf(model)) ? model : `openai/${model}`);
  await add(isPreset, isServed ? { ...options, models: models.map(full) } : options);
  return references.flatMap((reference) => named.get(reference) ?? []);
}

/** Whether a reference is a file, and no run. */
export const isConfigFile = (reference: string): boolean => /\.(ya?ml|json)$/.test(reference);

/** Where a run is, without opening it. */
export function folderOfRun(context: CliContext, name: string, runsDir: string): string {
  return runFolderOf(resolve(context.cwd, runsDir), name, context.cwd);
}

/** Opens a run by id or folder; what is no run is an input error. */
export async function openNamedRun(context: CliContext, name: string, runsDir: string): Promise<OpenRun> {
  return unwrap(await openRun(resolve(context.cwd, runsDir), name, context.cwd));
}

/** A run's front. @throws InputError where it has not written one yet */
export function frontOf({ front }: OpenRun, name: string): FrontFile {
  if (front !== null) return front;
  const found = 'one that has not written its front yet (resume it)';
  throw new InputError(name, { expected: 'a run with a front', found });
}

/** A point of a run: of its front by name or id, or any other trial by id. */
export function pointOf(run: OpenRun, name: string, point: string): FrontMember {
  if (whichNames.some((known) => known === point)) frontOf(run, name);
  const found = (run.front === null ? undefined : which(run.front, point)) ?? run.findTried(point);
  if (found !== undefined) return found;
  const ids = (run.front?.front ?? []).map((member) => member.id);
  throw new InputError(name, {
    expected: `a point of the run: ${[...whichNames, ...ids].join(', ')}`,
    found: `"${point}"`,
  });
}

async function readConfigFile(context: CliContext, path: string): Promise<MoaConfig> {
  const text = await readInputFile(resolve(context.cwd, path), path);
  const document = unwrap(parseYaml(text, path));
  const inner = configOfBestFile(document.value);
  if (inner !== undefined) return unwrap(validateMoaConfig(inner, path));
  const format = detectFormat({ text, document: document.value, lineOf: document.lineOf });
  if (format !== undefined) return importedConfig(context, text, format.name, path);
  const config = validateMoaConfig(document.value, path, document.lineOf);
  if (!config.ok) await refuseOther(document.value, path, 'a config');
  return unwrap(config);
}

/** Another tool's file is a config, too; what is worth knowing is told. */
function importedConfig(context: CliContext, text: string, format: string, source: string): MoaConfig {
  const { config, notes } = unwrap(readFormat(text, format, { source }));
  const models = modelsOf(config).join(', ');
  context.stderr.line(
    `${source} is read as ${format}, with ${models} (mixtune import ${source} --models map.yaml --out FILE gives it others).`,
  );
  for (const note of notes) context.stderr.line(`  ${note}`);
  return config;
}

/** `best.json` holds its config under `member`. */
function configOfBestFile(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('member' in value)) return undefined;
  const { member } = value;
  return member !== null && typeof member === 'object' && 'config' in member ? member.config : undefined;
}
