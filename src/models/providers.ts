import type { Clock } from '../core/clock.ts';
import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import type { ChatModel, ModelPrice } from './chat-model.ts';
import type { DialectStore } from './dialect-book.ts';
import { createOpenAICompatible, type OpenAICompatibleModel } from './openai-compatible.ts';
import { modelPrice } from './prices.ts';
import { redact } from './redact.ts';
import { providerOf } from './router.ts';
import type { ServerNote } from './server-note.ts';

export interface ProviderInfo {
  readonly name: string;
  readonly baseUrl: string;
  /** Environment variable of the key; `null` where there is none. */
  readonly apiKeyEnv: string | null;
  /** False where the server works without a key. */
  readonly keyRequired: boolean;
}

const hosted = (name: string, baseUrl: string, apiKeyEnv: string): ProviderInfo => ({
  name,
  baseUrl,
  apiKeyEnv,
  keyRequired: true,
});

/** Providers known by name, in the order in which they are looked for. */
export const providers: readonly ProviderInfo[] = [
  hosted('cerebras', 'https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  hosted('groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  hosted('together', 'https://api.together.xyz/v1', 'TOGETHER_API_KEY'),
  hosted('fireworks', 'https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  hosted('sambanova', 'https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY'),
  hosted('openrouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  hosted('openai', 'https://api.openai.com/v1', 'OPENAI_API_KEY'),
  { name: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1', apiKeyEnv: null, keyRequired: false },
  { name: 'vllm', baseUrl: 'http://127.0.0.1:8000/v1', apiKeyEnv: 'VLLM_API_KEY', keyRequired: false },
];

/** Providers that are no HTTP endpoint and are wired by the caller. */
const otherProviders = ['sim', 'local', 'recorded'] as const;

/** Every name a model may begin with. */
export const providerNames: readonly string[] = [...providers.map(({ name }) => name), ...otherProviders];

/** Sent where a server needs no key; the client insists on one. */
const dummyKey = 'no-key';

export type Environment = Readonly<Record<string, string | undefined>>;

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
      ...(options.dialectStore === undefined ? {} : { dialectStore: options.dialectStore }),
      ...(options.onNote === undefined ? {} : { onNote: options.onNote }),
      ...(options.totalTimeoutMs === undefined ? {} : { totalTimeoutMs: options.totalTimeoutMs }),
      ...(options.firstTokenTimeoutMs === undefined
        ? {}
        : { firstTokenTimeoutMs: options.firstTokenTimeoutMs }),
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
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

/**
 * A model's full name. With a base URL a name that begins with no known provider means that
 * endpoint: `gpt-oss`, `meta-llama/Llama-3` → `openai/gpt-oss`, `openai/meta-llama/Llama-3`.
 */
export function fullModelName(name: string, baseUrl: string | undefined): string {
  const known = name.includes('/') && providerNames.includes(providerOf(name));
  return baseUrl === undefined || known ? name : `openai/${name}`;
}

/** The first hosted provider whose key is in the environment. */
export function firstProviderWithKey(env: Environment): ProviderInfo | undefined {
  return providers.find((provider) => provider.keyRequired && keyIn(env, provider.apiKeyEnv) !== undefined);
}

/**
 * The key that calls to a provider's endpoint carry; `null` where they need none, or where one is needed
 * and none is there. Of several keys the first.
 * @returns an error for a base URL that is none, or a variable that is named and missing.
 */
export function endpointKey(
  name: string,
  options: Pick<ProviderOptions, 'env' | 'baseUrl' | 'apiKeyEnv'>,
): Result<string | null, InputError> {
  const info = providers.find((provider) => provider.name === name);
  if (info === undefined) return err(unknownProvider(name));
  const custom = name === 'openai' && options.baseUrl !== undefined;
  if (!custom) {
    const key = keyIn(options.env, info.apiKeyEnv);
    return ok(key === undefined ? null : (keysIn(key)[0] ?? null));
  }
  const baseUrl = checkedUrl(options.baseUrl);
  if (!baseUrl.ok) return baseUrl;
  const found = openaiKey(info, baseUrl.value, true, options);
  if (!found.ok) return found;
  return ok(found.value === dummyKey ? null : (keysIn(found.value)[0] ?? null));
}

function keyIn(env: Environment, variable: string | null): string | undefined {
  const key = variable === null ? undefined : env[variable]?.trim();
  return key === '' ? undefined : key;
}

/** A variable may hold several keys parted by commas: calls go by all of them, within the limits of each. */
export function keysIn(value: string): string[] {
  return [...new Set(value.split(',').map((key) => key.trim()))].filter((key) => key !== '');
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
  return ok(isLoopback(baseUrl) ? dummyKey : (keyIn(env, info.apiKeyEnv) ?? dummyKey));
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\./.test(hostname)
  );
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
      found: redact(text ?? ''),
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
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
