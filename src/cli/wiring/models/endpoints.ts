import { defined } from '../../../core/defined.ts';
import { unwrap } from '../../../core/result.ts';
import { knownModels } from '../../../models/prices.ts';
import { providers } from '../../../models/provider-list.ts';
import { endpointKeys } from '../../../models/providers.ts';
import type { CliContext } from '../../context.ts';
import type { ModelOptions } from '../../flags.ts';
import { type EndpointState, lookAtEndpoint } from './endpoint.ts';

/** A place where models are served, and what it said when it was asked. */
export interface EndpointReport {
  /** Provider by whose name its models are called. */
  readonly provider: string;
  readonly baseUrl: string;
  /** Environment variable of its key; `null` where none is used. */
  readonly apiKeyEnv: string | null;
  readonly state: EndpointState;
}

/**
 * Asks the endpoints that are set up what they serve: providers whose key is in the environment, those on
 * this machine that need none, and the base URL given. No other is contacted, and no tokens are used.
 */
export async function lookAround(
  context: CliContext,
  options: Omit<ModelOptions, 'models'>,
): Promise<EndpointReport[]> {
  const fetch = context.fetch ?? globalThis.fetch;
  const places = [...configured(context.env), ...given(context, options)];
  return Promise.all(
    places.map(async ({ keys, fault, ...place }) => ({
      ...place,
      state: fault ?? (await lookAtEndpoint(place.baseUrl, keys, fetch)),
    })),
  );
}

interface Place extends Omit<EndpointReport, 'state'> {
  readonly keys: readonly string[];
  /** Why it cannot even be asked. */
  readonly fault?: EndpointState;
}

function configured(env: CliContext['env']): Place[] {
  return providers.flatMap(({ name, baseUrl, apiKeyEnv, keyRequired }) => {
    const found = endpointKeys(name, { env });
    if (!found.ok) {
      const fault = { kind: 'unreachable', reason: found.error.message } as const;
      return [{ provider: name, baseUrl, apiKeyEnv, keys: [], fault }];
    }
    const keys = found.value;
    if (keys.length === 0 && keyRequired) return [];
    return [{ provider: name, baseUrl, apiKeyEnv: keys.length === 0 ? null : apiKeyEnv, keys }];
  });
}

function given(context: CliContext, { baseUrl, apiKeyEnv }: Omit<ModelOptions, 'models'>): Place[] {
  if (baseUrl === undefined) return [];
  const named = defined({ apiKeyEnv });
  const keys = unwrap(endpointKeys('openai', { env: context.env, baseUrl, ...named }));
  return [
    {
      provider: 'openai',
      baseUrl,
      apiKeyEnv: keys.length === 0 ? null : (apiKeyEnv ?? 'OPENAI_API_KEY'),
      keys,
    },
  ];
}

/** Full names of an endpoint's models: those it lists, else those known of the provider. */
export function modelsAt({ provider, state }: EndpointReport): string[] {
  if (state.kind === 'listed') return state.models.map(({ id }) => `${provider}/${id}`);
  return [...knownModels(provider)];
}
