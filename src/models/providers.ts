import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { InputError } from '../core/errors.ts';
import { isLoopbackHost } from '../core/loopback.ts';
import { redactUrl } from '../core/redact.ts';
import { err, ok, type Result } from '../core/result.ts';
import { unknownName } from '../core/unknown-name.ts';
import type { ChatModel, ModelPrice } from './chat-model.ts';
import type { DialectStore } from './openai/dialect-book.ts';
import { createOpenAICompatible, type OpenAICompatibleModel } from './openai/openai-compatible.ts';
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

export interface ProviderOptions {
  readonly env: Environment;
  readonly clock: Clock;
  /** See OpenAICompatibleOptions. */
  readonly today?: () => Date;
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

/** Where a provider is reached, and by which keys. */
interface Endpoint {
  readonly info: ProviderInfo;
  readonly baseUrl: string;
  /** It is the user's own, in place of OpenAI's. */
  readonly custom: boolean;
  /** None where it needs none, or where one is needed and none is there. */
  readonly keys: readonly string[];
}

/** The error says which variable, address or name is wrong. */
function endpointOf(
  name: string,
  { env, baseUrl, apiKeyEnv }: Pick<ProviderOptions, 'env' | 'baseUrl' | 'apiKeyEnv'>,
): Result<Endpoint, InputError> {
  const info = providers.find((provider) => provider.name === name);
  if (info === undefined) return err(unknownProvider(name));
  const custom = name === 'openai' && baseUrl !== undefined;
  const url = custom ? checkedUrl(baseUrl) : ok(info.baseUrl);
  if (!url.ok) return url;
  const named = name === 'openai' ? apiKeyEnv : undefined;
  // A key of OpenAI's goes to a server on this machine only when it is asked for by name.
  const isOurs = custom && isLoopbackHost(new URL(url.value).hostname);
  const key = keyIn(env, named ?? (isOurs ? null : info.apiKeyEnv));
  if (key === undefined && named !== undefined) return err(missingKey(name, named));
  const keys = keysIn(key ?? '');
  const odd = keys.find((each) => !sendable.test(each));
  if (odd !== undefined) return err(unsendableKey(named ?? info.apiKeyEnv ?? '', odd));
  return ok({ info, baseUrl: url.value, custom, keys });
}

/** The model behind a provider's name. */
export function createProvider(
  name: string,
  options: ProviderOptions,
): Result<OpenAICompatibleModel, InputError> {
  const endpoint = endpointOf(name, options);
  if (!endpoint.ok) return endpoint;
  const { info, baseUrl, custom, keys } = endpoint.value;
  if (keys.length === 0 && !custom && info.keyRequired && info.apiKeyEnv !== null) {
    // Models of a server that --base-url named while tuning are `openai/…` too.
    const instead =
      name === 'openai' ? ', or --base-url with the address of the server that has its models' : '';
    return err(missingKey(name, info.apiKeyEnv, instead));
  }
  const [apiKey, ...moreKeys] = keys;
  const { clock, today, dialectStore, onNote, totalTimeoutMs, firstTokenTimeoutMs, fetch } = options;
  return ok(
    createOpenAICompatible({
      baseUrl,
      moreKeys,
      clock,
      price: (model) => {
        const given = options.price?.(model);
        // Another server's model of the same name has another price.
        return given === undefined ? (custom ? null : modelPrice(model)) : given;
      },
      ...defined({ apiKey, today, dialectStore, onNote, totalTimeoutMs, firstTokenTimeoutMs, fetch }),
    }),
  );
}

/** The keys that calls to a provider's endpoint carry, one each; see {@link Endpoint.keys}. */
export function endpointKeys(
  name: string,
  options: Pick<ProviderOptions, 'env' | 'baseUrl' | 'apiKeyEnv'>,
): Result<readonly string[], InputError> {
  const endpoint = endpointOf(name, options);
  return endpoint.ok ? ok(endpoint.value.keys) : endpoint;
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

/** The hosted providers whose keys are in the environment, in the order in which they are looked for. */
export function providersWithKey(env: Environment): ProviderInfo[] {
  return providers.filter(({ keyRequired, apiKeyEnv }) => keyRequired && keyIn(env, apiKeyEnv) !== undefined);
}

function checkedUrl(text: string): Result<string, InputError> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') {
    return ok(url.href.replace(/\/+$/, ''));
  }
  return err(
    new InputError('--base-url', {
      expected: 'an http(s) URL such as http://127.0.0.1:8000/v1, without credentials',
      found: redactUrl(text),
    }),
  );
}

function missingKey(provider: string, variable: string, instead = ''): InputError {
  return new InputError(variable, {
    expected: `the API key of provider "${provider}" in the environment variable ${variable}${instead}`,
    found: 'nothing',
  });
}

/** What the header of a request can carry of a key. */
const sendable = /^[\x20-\x7e]+$/;

/** Tells where the character is that no header carries, and nothing of the key. */
function unsendableKey(variable: string, key: string): InputError {
  const at = [...key].findIndex((character) => !sendable.test(character));
  return new InputError(variable, {
    expected: 'a key of letters, digits and punctuation in ASCII',
    found: `a line break, control character or other letter as character ${at + 1} of a key`,
  });
}

function unknownProvider(name: string): InputError {
  return unknownName('model', `a provider out of ${providerNames.join(', ')}`, name, providerNames);
}
