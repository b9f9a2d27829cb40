import { InputError } from '../../../core/errors.ts';
import { suggest } from '../../../core/suggest.ts';
import { knownModels } from '../../../models/prices.ts';
import { providerNames } from '../../../models/provider-list.ts';
import { providersWithKey } from '../../../models/providers.ts';
import { providerOf } from '../../../models/router.ts';
import { simulatedModels } from '../../../sim/index.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions } from '../../flags.ts';
import { localDefault } from './local.ts';

/** Models that a command works with, and why these, where nobody named them. */
export interface ChosenModels {
  readonly models: readonly string[];
  readonly note?: string;
}

/**
 * The models to tune with: those given, else those of the search space, else (without a base URL) those known of the first
 * provider whose key is in the environment, else the local ones on this machine, else the simulated ones.
 */
export function chooseModels(
  context: CliContext,
  options: ModelOptions,
  ofSpace: readonly string[] | undefined,
): ChosenModels {
  if (options.models !== undefined) return { models: fullNames(options.models, options.baseUrl) };
  if (ofSpace !== undefined) {
    return { models: fullNames(ofSpace, options.baseUrl), note: 'Models: those of the search space' };
  }
  if (options.baseUrl !== undefined) {
    throw new InputError('--base-url', { expected: '--models beside it, naming models served there' });
  }
  const [provider] = providersWithKey(context.env);
  if (provider === undefined) {
    const local = localDefault(context);
    if (local.length > 0) {
      return {
        models: local,
        note: `No models named and no provider's key in the environment: using the models on this machine (${local.join(', ')})`,
      };
    }
    return {
      models: simulatedModels.map((card) => card.name),
      note: "No models named and no provider's key in the environment: using the simulated models",
    };
  }
  const models = knownModels(provider.name);
  if (models.length > 0) {
    return { models, note: `${provider.apiKeyEnv} is set: using ${provider.name} (${models.join(', ')})` };
  }
  throw new InputError('--models', {
    expected: `models such as ${provider.name}/NAME (or sim/* for the simulated ones), since ${provider.apiKeyEnv} is set`,
    found: 'none, and mixtune has no default models for that provider',
  });
}

/** Whether {@link chooseModels} takes the simulated models where nobody names any. */
export const simulatesUnasked = (context: CliContext): boolean =>
  providersWithKey(context.env).length === 0 && localDefault(context).length === 0;

/** Full names of models; `sim/*` stands for all simulated ones. With a base URL all are served there. */
export function fullNames(names: readonly string[], baseUrl: string | undefined): string[] {
  const full = names.flatMap((name) => {
    if (baseUrl !== undefined) return [name.startsWith('openai/') ? name : `openai/${name}`];
    if (name === 'sim/*') return simulatedModels.map((card) => card.name);
    checkName(name);
    return [name];
  });
  return [...new Set(full)];
}

/** @throws InputError for a name of no known form, provider or simulated model */
export function checkName(name: string, source = '--models'): void {
  const provider = providerOf(name);
  const simulated = simulatedModels.map((card) => card.name);
  if (!name.includes('/')) {
    const meant = simulated.find((full) => full.endsWith(`/${name}`)) ?? suggest(name, simulated);
    throw wrongModel(name, 'provider/model, such as openai/gpt-4o-mini', meant);
  }
  if (!providerNames.includes(provider)) {
    const meant = suggest(provider, providerNames);
    const suggestion = meant === undefined ? undefined : `${meant}${name.slice(provider.length)}`;
    const expected = `a provider out of ${providerNames.join(', ')} (for a server of your own: its address as --base-url)`;
    throw wrongModel(name, expected, suggestion);
  }
  if (provider === 'sim' && !simulated.includes(name)) {
    const expected = `a simulated model: one of ${simulated.join(', ')}`;
    throw wrongModel(name, expected, suggest(name, simulated), source);
  }
}

export function wrongModel(
  name: string,
  expected: string,
  suggestion: string | undefined,
  source = '--models',
): InputError {
  return new InputError(source, { expected, found: `"${name}"`, suggestion });
}
