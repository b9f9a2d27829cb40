import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseYaml } from '../core/yaml.ts';
import { type MoaConfig, systemOf } from '../domain/moa-config.ts';
import { validateMoaConfig } from '../domain/moa-config-rules.ts';
import { type PresetModels, presetNames, presets } from '../domain/presets.ts';
import type { Stage } from '../domain/stages/stages.ts';
import { placedSeats } from '../domain/stages/stages.ts';
import { type Fault, inputError, type LineOf } from '../domain/validation.ts';
import { writeMixtune } from '../formats/mixtune.ts';
import { detectFormat, readFormat, systemFormats } from '../formats/systems.ts';
import type { BenchReading, BenchSystem, BenchView } from '../report/view-model/workbench.ts';

const systemSchema = z.strictObject({
  ai_configuration: z.strictObject({
    main_model: z.string(),
    main_temperature: z.number(),
    cycles: z.number(),
    system_prompt: z.string(),
    layer_agents: z
      .array(
        z.strictObject({ name: z.string(), model: z.string(), temperature: z.number(), prompt: z.string() }),
      )
      .max(32),
  }),
  version: z.literal('2.0'),
  description: z.string(),
});

/** One of the two; a union would say less of what is wrong. */
export const draftShape = {
  system: systemSchema.optional(),
  text: z.string().max(500_000).optional(),
};
export type GivenDraft = { readonly [Key in keyof typeof draftShape]?: z.output<(typeof draftShape)[Key]> };

export interface DraftConfig {
  readonly config: MoaConfig;
  readonly notes: readonly string[];
}

/** The config that a draft is, of these models only. */
export function configOfDraft(
  { system, text }: GivenDraft,
  models: readonly string[],
): Result<DraftConfig, InputError> {
  if ((system === undefined) === (text === undefined))
    return err(new InputError('draft', { expected: 'either a system or a text', found: 'not one' }));
  const [read, lineOf] =
    text === undefined ? [readSystem(JSON.stringify(system), 'workshop', models)] : readText(text, models);
  if (!read.ok) return read;
  const unknown = foreignModels(read.value.config.stages, models);
  // In the workshop's form agents stand elsewhere than in a config.
  const faults = text === undefined ? unknown.map((fault) => ({ ...fault, at: [] })) : unknown;
  return faults.length === 0 ? read : err(inputError('config', faults, lineOf));
}

/** A draft for the page: the config with its other forms, or all that is wrong with it. */
export function readDraft(draft: GivenDraft, models: readonly string[]): BenchReading {
  const read = configOfDraft(draft, models);
  if (!read.ok) return { kind: 'wrong', issues: read.error.issues };
  const { config, notes } = read.value;
  return { kind: 'config', config, notes, yaml: writeMixtune(config), ...inForm(config, models) };
}

export function startDrafts(models: PresetModels): Pick<BenchView, 'presets' | 'graphs'> {
  const graphs = presetNames.map((name) => ({ name, text: writeMixtune(presets[name](models)) }));
  // What the form cannot say of the preset (how answers are numbered) is the workshop's own way.
  const workshop = systemSchema.parse({
    description: 'workshop',
    ...written(presets.workshop(models), models)?.document,
  });
  return {
    graphs,
    presets: [
      { name: 'workshop', system: workshop },
      { name: 'single model', system: singleModel(models[0]) },
    ],
  };
}

/** A model to compare with. */
function singleModel(model: string): BenchSystem {
  const main = { main_model: model, main_temperature: 0.1, cycles: 1, system_prompt: 'Answer the question.' };
  return {
    ai_configuration: { ...main, layer_agents: [] },
    version: '2.0',
    description: 'single model',
  };
}

function readText(text: string, models: readonly string[]): [Result<DraftConfig, InputError>, LineOf?] {
  const parsed = parseYaml(text, 'config');
  if (!parsed.ok) return [parsed];
  const { value, lineOf } = parsed.value;
  const format = detectFormat({ text, document: value, lineOf });
  if (format !== undefined) return [readSystem(text, format.name, models)];
  const config = validateMoaConfig(value, 'config', lineOf);
  return [config.ok ? ok({ config: systemOf(config.value), notes: [] }) : config, lineOf];
}

/** Names of models are taken as they are: as the page writes them. */
function readSystem(
  text: string,
  format: string,
  models: readonly string[],
): Result<DraftConfig, InputError> {
  const named = Object.fromEntries(
    models.filter((model) => text.includes(model)).map((name) => [name, name]),
  );
  return readFormat(text, format, { source: 'system', models: named });
}

function inForm(config: MoaConfig, models: readonly string[]) {
  const draft = written(config, models);
  const form = systemSchema.safeParse({ description: config.name, ...draft?.document });
  const losses = (draft?.losses ?? []).map(({ at, what }) => (at === '' ? what : `${at}: ${what}`));
  if (form.success && losses.length === 0) return { form: form.data, notInForm: [] };
  return { form: null, notInForm: losses.length > 0 ? losses : ['it has other stages'] };
}

function written(config: MoaConfig, models: readonly string[]) {
  const format = systemFormats.find(({ name }) => name === 'workshop');
  return format?.write?.(config, { models: Object.fromEntries(models.map((model) => [model, model])) });
}

function foreignModels(stages: readonly Stage[], models: readonly string[]): Fault[] {
  const expected = `one of the models that mixtune ui was started with (--models): ${models.join(', ')}`;
  return placedSeats(stages).flatMap(({ agent, at }) =>
    models.includes(agent.model) ? [] : [{ at: [...at, 'model'], found: agent.model, expected }],
  );
}
