import { InputError } from '../../../core/errors.ts';
import { suggest } from '../../../core/suggest.ts';
import {
  createLocalModels,
  findRuntime,
  type LocalModels,
  type LocalPaths,
  localModelCard,
  localPaths,
  localSettings,
  readLibrary,
} from '../../../local/index.ts';
import type { ModelCard } from '../../../models/chat-model.ts';
import { providerOf } from '../../../models/router.ts';
import type { CliContext } from '../../context.ts';

/** @throws InputError where it is not known where to keep models. */
export function localHome(context: CliContext): LocalPaths {
  const paths = localPaths(context.env);
  if (paths !== null) return paths;
  throw new InputError('MIXTUNE_HOME', {
    expected: 'an absolute folder to keep local models in, or a home folder (HOME)',
    found: 'neither',
  });
}

/** Full names of all models on this machine, also where nothing is installed that could run them. */
export function installedModels(context: CliContext): readonly string[] {
  return readLibrary(localPaths(context.env)).models.map(({ name }) => `local/${name}`);
}

/** Full names of the local models to use where nobody named any: those that could run at once. */
export function localDefault(context: CliContext): readonly string[] {
  return findRuntime(localPaths(context.env)) === null ? [] : installedModels(context);
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
      expected: `a local model that is on this machine (${known.join(', ') || 'there is none'}; mixtune models pull fetches more)`,
      found: broken.find((each) => each.name === short)?.problem ?? `"${name}"`,
      suggestion,
    });
  }
  const runtime = findRuntime(paths);
  if (runtime === null) {
    throw new InputError('--models', {
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
