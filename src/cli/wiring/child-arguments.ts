import type { ModelOptions, RunsOption } from '../flags.ts';

/** How a command that this one starts reaches the same models, and finds the same runs; keys stay in the environment. */
export function modelArguments(
  models: readonly string[],
  options: Omit<ModelOptions, 'models' | 'recorded'> & RunsOption & { readonly seed?: number | undefined },
): string[] {
  const { baseUrl, apiKeyEnv, prices, seed, runsDir } = options;
  const given: readonly (readonly [string, string | number | undefined])[] = [
    ['--models', models.join(',')],
    ['--base-url', baseUrl],
    ['--api-key-env', apiKeyEnv],
    ['--prices', prices],
    ['--seed', seed],
    ['--runs-dir', runsDir],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
