import { InputError } from '../../core/errors.ts';
import { suggest } from '../../core/suggest.ts';
import { type ModelCard, providerOf } from '../../models/index.ts';
import {
  createLocalModels,
  findRuntime,
  type LocalModels,
  localModelCard,
  localPaths,
  localSettings,
  readLibrary,
} from '../../models/local/index.ts';
import type { CliContext } from '../context.ts';

/** Full names of the local models to use where nobody named any: those that could run at once. */
export function localDefault(context: CliContext): readonly string[] {
  const paths = localPaths(context.env);
  if (findRuntime(paths) === null) return [];
  return readLibrary(paths).models.map(({ name }) => `local/${name}`);
}

/**
 * The provider of the given models (full names), all on this machine.
 * @throws InputError when one is not there, or the runtime is not.
 */
export function createLocalProvider(context: CliContext, names: readonly string[]): LocalModels {
  const paths = localPaths(context.env);
  const { models, broken } = readLibrary(paths);
  for (const name of names) {
    const short = name.slice('local/'.length);
    if (models.some((model) => model.name === short)) continue;
    const known = models.map((model) => `local/${model.name}`);
    const suggestion = suggest(name, known);
    throw new InputError('--models', {
      path: '',
      expected: `a local model that is on this machine (${known.join(', ') || 'there is none'}; mixtune models pull fetches more)`,
      found: broken.find((each) => each.name === short)?.problem ?? `"${name}"`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const runtime = findRuntime(paths);
  if (runtime === null) {
    throw new InputError('--models', {
      path: '',
      expected: 'the runtime of local models, which `mixtune models add-local` installs',
      found: 'none',
    });
  }
  return createLocalModels({ clock: context.clock, models, runtime, settings: localSettings(context.env) });
}

/** What is known of the local models among the given ones (full names), without loading any. */
export function localCards(context: CliContext, names: readonly string[]): ReadonlyMap<string, ModelCard> {
  if (!names.some((name) => providerOf(name) === 'local')) return new Map();
  const settings = localSettings(context.env);
  const cards = readLibrary(localPaths(context.env)).models.map((model) => localModelCard(model, settings));
  return new Map(cards.map((card) => [card.name, card]));
}
