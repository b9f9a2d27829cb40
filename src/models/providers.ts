import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { InputError } from '../core/errors.ts';
import { isLoopbackHost } from '../core/loopback.ts';
import { redactUrl } from '../core/redact.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import type { ChatModel, ModelPrice } from './chat-model.ts';
import type { DialectStore } from './dialect-book.ts';
import { createOpenAICompatible, type OpenAICompatibleModel } from './openai-compatible.ts';
import { modelPrice } from './prices.ts';
import {
  type Environment,
  keyIn,
  keysIn,
  otherProviders,
  type ProviderInfo,
  providerNames,
  providers,
} from './provider-list.ts';
import { providerOf } from './router.ts';
import type { ServerNote } from './server-note.ts';

/** Sent where a server needs no key; the client insists on one. */
const dummyKey = 'no-key';

export interface ProviderOptions {
  readonly env: Environment;
  readonly clock: Clock;
  /** Endpoint of the `openai` provider in place of its own, up to and including `/v1`. */
  readonly baseUrl?: string;
  /** Variable with the `openai` provider's key. Default `OPENAI_API_KEY`. */
  readonly apiKeyEnv?: string;
  /** See OpenAICompatibleOptions. */
  readonly totalTimeoutMs?: number;
  /** See OpenAICompatibleOptions. */
  readonly firstTokenTimeoutMs?: number;
  /** See OpenAICompatibleOptions. */
  readonly dialectStore?: DialectStore;
  /** See OpenAICompatibleOptions. */
  readonly onNote?: (note: ServerNote) => void;
  /** A model's price in place of the table's; `undefined` where the table's holds. */
  readonly price?: (model: string) => ModelPrice | null | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The model behind a provider's name. The error says which variable or name is wrong. */
export function createProvider(
  name: string,
  options: ProviderOptions,
): Result<OpenAICompatibleModel, InputError> {
  const info = providers.find((provider) => provider.name === name);
  if (info === undefined) return err(unknownProvider(name));
  const custom = name === 'openai' && options.baseUrl !== undefined;
  const baseUrl = custom ? checkedUrl(options.baseUrl) : ok(info.baseUrl);
  if (!baseUrl.ok) return baseUrl;
  const found =
    name === 'openai' ? openaiKey(info, baseUrl.value, custom, options) : keyOf(info, options.env);
  if (!found.ok) return found;
  const [apiKey = dummyKey, ...moreKeys] = keysIn(found.value);
  return ok(
    createOpenAICompatible({
      baseUrl: baseUrl.value,
      apiKey,
      ...(moreKeys.length === 0 ? {} : { moreKeys }),
      clock: options.clock,
      price: (model) => {
        const given = options.price?.(model);
        // Another server's model of the same name has another price.
        return given === undefined ? (custom ? null : modelPrice(model)) : given;
      },
      ...defined({
        dialectStore: options.dialectStore,
        onNote: options.onNote,
        totalTimeoutMs: options.totalTimeoutMs,
        firstTokenTimeoutMs: options.firstTokenTimeoutMs,
        fetch: options.fetch,
      }),
    }),
  );
}

/**
 * Providers for all the models given, by name, as {@link createModelRouter} takes them. Names of
 * providers that are no endpoint (`sim/`, `local/`, `recorded/`) are passed over.
 */
export function createProviders(
  options: ProviderOptions & { readonly models: Iterable<string> },
): Result<Map<string, ChatModel>, InputError> {
  const created = new Map<string, ChatModel>();
  for (const model of options.models) {
    const name = providerOf(model);
    if (created.has(name) || otherProviders.some((other) => other === name)) continue;
    const provider = createProvider(name, options);
    if (!provider.ok) return provider;
    created.set(name, provider.value);
  }
  return ok(created);
}

/** The first hosted provider whose key is in the environment. */
export function firstProviderWithKey(env: Environment): ProviderInfo | undefined {
  return providers.find((provider) => provider.keyRequired && keyIn(env, provider.apiKeyEnv) !== undefined);
}

/**
 * The keys that calls to a provider's endpoint carry, one each; none where they need none, or where one is
 * needed and none is there.
 * @returns an error for a base URL that is none, or a variable that is named and missing.
 */
export function endpointKeys(
  name: string,
  options: Pick<ProviderOptions, 'env' | 'baseUrl' | 'apiKeyEnv'>,
): Result<readonly string[], InputError> {
  const info = providers.find((provider) => provider.name === name);
  if (info === undefined) return err(unknownProvider(name));
  const custom = name === 'openai' && options.baseUrl !== undefined;
  if (!custom) {
    return ok(keysIn(keyIn(options.env, info.apiKeyEnv) ?? ''));
  }
  const baseUrl = checkedUrl(options.baseUrl);
  if (!baseUrl.ok) return baseUrl;
  const found = openaiKey(info, baseUrl.value, true, options);
  if (!found.ok) return found;
  return ok(found.value === dummyKey ? [] : keysIn(found.value));
}

function keyOf(info: ProviderInfo, env: Environment): Result<string, InputError> {
  const key = keyIn(env, info.apiKeyEnv);
  if (key !== undefined) return ok(key);
  return info.keyRequired && info.apiKeyEnv !== null
    ? err(missingKey(info.name, info.apiKeyEnv))
    : ok(dummyKey);
}

/** A key of OpenAI's goes to a server on this machine only when it is asked for by name. */
function openaiKey(
  info: ProviderInfo,
  baseUrl: string,
  custom: boolean,
  { env, apiKeyEnv }: Pick<ProviderOptions, 'env' | 'apiKeyEnv'>,
): Result<string, InputError> {
  if (apiKeyEnv !== undefined) {
    const key = keyIn(env, apiKeyEnv);
    return key === undefined ? err(missingKey(info.name, apiKeyEnv)) : ok(key);
  }
  if (!custom) return keyOf(info, env);
  return ok(isLoopbackHost(new URL(baseUrl).hostname) ? dummyKey : (keyIn(env, info.apiKeyEnv) ?? dummyKey));
}

function checkedUrl(text: string | undefined): Result<string, InputError> {
  const url = URL.canParse(text ?? '') ? new URL(text ?? '') : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') {
    return ok(url.href.replace(/\/+$/, ''));
  }
  return err(
    new InputError('--base-url', {
      path: '',
      expected: 'an http(s) URL such as http://127.0.0.1:8000/v1, without credentials',
      found: redactUrl(text ?? ''),
    }),
  );
}

function missingKey(provider: string, variable: string): InputError {
  return new InputError(variable, {
    path: '',
    expected: `the API key of provider "${provider}" in the environment variable ${variable}`,
    found: 'nothing',
  });
}

function unknownProvider(name: string): InputError {
  const suggestion = suggest(name, providerNames);
  return new InputError('model', {
    path: '',
    expected: `a provider out of ${providerNames.join(', ')}`,
    found: `"${name}"`,
    ...defined({ suggestion }),
  });
}
