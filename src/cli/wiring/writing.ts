import { defined } from '../../core/defined.ts';
import { InputError } from '../../core/errors.ts';
import type { Task } from '../../domain/task.ts';
import type { TuneSettings } from '../../run/types.ts';
import type { CliContext } from '../context.ts';
import type { ModelOptions, WritingOptions } from '../flags.ts';
import { chooseModels } from './model-names.ts';
import { withJudge } from './tasks.ts';

/** Share of a search's asks that are for a written prompt: what was measured in docs/reflection.md. */
const writtenShare = 0.25;

/** What a job's options say of written prompts; nothing where none are to be written. */
export function reflectionOf(
  context: CliContext,
  options: WritingOptions & Pick<ModelOptions, 'baseUrl'>,
  models: readonly string[],
): Pick<TuneSettings, 'reflection'> {
  const { reflection, promptWriter, baseUrl } = options;
  if (reflection === false && promptWriter !== undefined) {
    throw new InputError('--prompt-writer', {
      path: '',
      expected: 'nothing beside --no-reflection, with which no prompt is written',
      found: promptWriter,
    });
  }
  if (promptWriter === undefined) return reflection === true ? { reflection: { share: writtenShare } } : {};
  const writer = fullName(context, promptWriter, baseUrl);
  if (writer.startsWith('sim/') && !models.every((model) => model.startsWith('sim/'))) {
    throw new InputError('--prompt-writer', {
      path: '',
      expected: 'a model that can write prompts for real ones, as provider/model',
      found: `${writer}, a simulated one`,
    });
  }
  return { reflection: { share: writtenShare, writer } };
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
