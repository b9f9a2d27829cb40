import { optionWords } from '../command.ts';
import type { ModelOptions, RunsOption } from '../flags.ts';

/** How a command that this one starts reaches the same models, and finds the same runs; keys stay in the environment. */
export function modelArguments(
  models: readonly string[],
  options: Omit<ModelOptions, 'models' | 'recorded'> & RunsOption & { readonly seed?: number | undefined },
): string[] {
  const { baseUrl, apiKeyEnv, prices, seed, runsDir } = options;
  return optionWords({ models: models.join(','), baseUrl, apiKeyEnv, prices, seed, runsDir });
}
