import { defined } from '../../../core/defined.ts';
import { InputError } from '../../../core/errors.ts';
import type { Task } from '../../../domain/task.ts';
import type { TuneSettings } from '../../../run/types.ts';
import { strategyRecord } from '../../../search/strategies.ts';
import type { CliContext } from '../../context.ts';
import type { JobOptions, ModelOptions, WritingOptions } from '../../flags.ts';
import { chooseModels } from '../models/model-names.ts';
import { withJudge } from '../tasks/tasks.ts';

/**
 * What a job's options say of written prompts; nothing where none are to be written.
 * @param unasked whether prompts are written where the options say nothing of it
 */
export function reflectionOf(
  context: CliContext,
  options: WritingOptions & Pick<ModelOptions, 'baseUrl'>,
  models: readonly string[],
  unasked = false,
): Pick<TuneSettings, 'reflection'> {
  const { reflection = unasked, promptWriter, baseUrl } = options;
  if (options.reflection === false && promptWriter !== undefined) {
    throw new InputError('--prompt-writer', {
      expected: 'nothing beside --no-reflection, with which no prompt is written',
      found: promptWriter,
    });
  }
  if (promptWriter === undefined) return reflection ? { reflection: {} } : {};
  const writer = fullName(context, promptWriter, baseUrl);
  if (writer.startsWith('sim/') && !models.every((model) => model.startsWith('sim/'))) {
    throw new InputError('--prompt-writer', {
      expected: 'a model that can write prompts for real ones, as provider/model',
      found: `${writer}, a simulated one`,
    });
  }
  return { reflection: { writer } };
}

/**
 * Whether prompts are written where nobody says: by models that may know how, and for a search that learns from what
 * comes of it. Simulated ones write only what we made up; a recording holds no answer to what nobody asked before.
 */
export function writesUnasked(
  { strategy, recorded }: Pick<JobOptions, 'strategy' | 'recorded'>,
  models: readonly string[],
): boolean {
  const isReal = models.every((name) => !name.startsWith('sim/') && !name.startsWith('recorded/'));
  return isReal && recorded === undefined && strategyRecord(strategy).learnsNothing !== true;
}

function fullName(context: CliContext, name: string, baseUrl: string | undefined): string {
  const served = defined({ baseUrl });
  try {
    const [full = name] = chooseModels(context, { models: [name], ...served }, undefined).models;
    return full;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError('--prompt-writer', error.issues);
  }
}

/** Settings of a resumed run with another writer, where its command names one. */
export function withOtherWriter(
  context: CliContext,
  settings: TuneSettings,
  options: WritingOptions & Pick<ModelOptions, 'baseUrl'>,
): TuneSettings {
  if (options.reflection === undefined && options.promptWriter === undefined) return settings;
  const { reflection, ...rest } = settings;
  const { reflection: changed } = reflectionOf(context, options, settings.models);
  if (changed === undefined) return rest;
  const { writer } = changed;
  return { ...rest, reflection: { ...changed, ...reflection, ...defined({ writer }) } };
}

/** All models that a run may call: those it searches over, its judges, and its prompt writer. */
export function modelsCalled(
  { models, reflection }: Pick<TuneSettings, 'models' | 'reflection'>,
  task: Task,
): string[] {
  const writer = reflection?.writer;
  return [...new Set([...withJudge(models, task), ...(writer === undefined ? [] : [writer])])];
}
