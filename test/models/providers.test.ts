import { describe, expect, it } from 'vitest';
import { createRealClock } from '../../src/core/clock.ts';
import type { InputError } from '../../src/core/errors.ts';
import type { Result } from '../../src/core/result.ts';
import { unwrap } from '../../src/core/result.ts';
import { knownModels, modelCard, modelPrice } from '../../src/models/prices.ts';
import { type Environment, providers } from '../../src/models/provider-list.ts';
import {
  createProvider,
  createProviders,
  type ProviderOptions,
  providersWithKey,
} from '../../src/models/providers.ts';
import { answers, startFaultServer } from './fault-server.ts';
import { ask } from './scripted-model.ts';

const clock = createRealClock();
const everyKey: Environment = Object.fromEntries(
  providers.map(({ name, apiKeyEnv }) => [apiKeyEnv ?? '', `${name}-key-0000`]),
);

function errorOf(result: Result<unknown, InputError>): InputError {
  if (result.ok) throw new Error('expected an error');
  return result.error;
}

/** What a call to a provider asks the network for. */
async function sentBy(
  name: string,
  options: Partial<ProviderOptions> & { env: Environment },
): Promise<{ url: string; authorization: string | null }> {
  let sent: { url: string; authorization: string | null } | undefined;
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    sent = { url: String(input), authorization: new Headers(init?.headers).get('authorization') };
    return new Response('{}', { status: 500 });
  };
  const model = unwrap(createProvider(name, { clock, fetch, ...options }));
  await model.complete(ask('x', { model: `${name}/m` }));
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

describe('createProvider', () => {
  it.each(providers.map((provider) => [provider.name, provider] as const))(
    '%s is reached at its address with its key',
    async (name, { baseUrl, apiKeyEnv }) => {
      expect(await sentBy(name, { env: everyKey })).toEqual({
        url: `${baseUrl}/chat/completions`,
        authorization: apiKeyEnv === null ? 'Bearer no-key' : `Bearer ${name}-key-0000`,
      });
    },
  );

  it('goes by the key that a call names, out of several in one variable', async () => {
    const seen: (string | null)[] = [];
    const fetch = async (_input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      seen.push(new Headers(init?.headers).get('authorization'));
      const detail = `no access for first-key-0000 or second-key-000`;
      return new Response(JSON.stringify({ error: { message: detail } }), { status: 401 });
    };
    const env = { GROQ_API_KEY: ' first-key-0000, second-key-000,first-key-0000,' };
    const model = unwrap(createProvider('groq', { clock, fetch, env }));
    expect(model.keys?.('groq/m')).toBe(2);
    for (const key of [undefined, 0, 1]) {
      const outcome = await model.complete(ask('x', { model: 'groq/m' }), key === undefined ? {} : { key });
      expect(JSON.stringify(outcome)).not.toMatch(/-key-0/);
    }
    expect(seen).toEqual(['Bearer first-key-0000', 'Bearer first-key-0000', 'Bearer second-key-000']);
  });

  it.each([
    ['two lines', 'gsk-abcdefgh\nX-Other: 1', 13],
    ['another script', 'gsk-abcdefgh,gsk-\u6f22bcdefgh', 5],
    ['a control character', 'gsk-\u0001bcdefgh', 5],
  ])('a key of %s is refused before it is sent, and not shown', (_what, key, at) => {
    const { exitCode, message } = errorOf(createProvider('groq', { env: { GROQ_API_KEY: key }, clock }));
    expect(exitCode).toBe(2);
    expect(message).toMatch(new RegExp(`^GROQ_API_KEY: expected a key .* as character ${at} of a key$`));
    expect(message).not.toMatch(/gsk|bcdefgh|Other/);
  });

  it.each(
    providers.filter(({ keyRequired }) => keyRequired).map(({ name, apiKeyEnv }) => [name, apiKeyEnv ?? '']),
  )('%s without its key names %s', (name, variable) => {
    for (const env of [{}, { [variable]: ' ' }]) {
      const error = errorOf(createProvider(name, { env, clock }));
      expect(error.exitCode).toBe(2);
      expect(error.message).toContain(variable);
    }
  });

  it('an unknown name is an error with a suggestion', () => {
    expect(errorOf(createProvider('cerebra', { env: {}, clock })).message).toContain(
      'did you mean "cerebras"?',
    );
  });

  it.each<[string, Partial<ProviderOptions> & { env: Environment }, string]>([
    ['on this machine gets no real key', { baseUrl: 'http://127.0.0.1:9/v1', env: everyKey }, 'no-key'],
    [
      'on this machine gets the key it is said to',
      { baseUrl: 'http://localhost:9/v1', apiKeyEnv: 'K', env: { K: 'given' } },
      'given',
    ],
    [
      'elsewhere gets the usual key',
      { baseUrl: 'https://models.example/v1', env: everyKey },
      'openai-key-0000',
    ],
    ['elsewhere gets none where there is none', { baseUrl: 'https://models.example/v1', env: {} }, 'no-key'],
  ])('a base URL %s', async (_name, options, key) => {
    expect(await sentBy('openai', options)).toEqual({
      url: `${options.baseUrl}/chat/completions`,
      authorization: `Bearer ${key}`,
    });
  });

  it.each([
    [401, {}, 'no-key'],
    [403, {}, 'no-key'],
    [401, { apiKeyEnv: 'K', env: { K: 'given' } }, 'unauthorized'],
    [403, { apiKeyEnv: 'K', env: { K: 'given' } }, 'forbidden'],
  ])('a refusal with %i tells whether a key was sent: %j', async (status, options, code) => {
    const fetch = async () => new Response('{"error":{"message":"no"}}', { status });
    const model = unwrap(
      createProvider('openai', { env: {}, clock, baseUrl: 'http://127.0.0.1:9/v1', fetch, ...options }),
    );
    expect(await model.complete(ask('x', { model: 'openai/m' }))).toMatchObject({ failure: { code } });
    expect(model.keys?.('openai/m')).toBe(1);
  });

  it('a key variable that is named and missing is an error, base URL or not', () => {
    for (const baseUrl of [undefined, 'http://127.0.0.1:9/v1']) {
      const options = {
        env: everyKey,
        clock,
        apiKeyEnv: 'MY_KEY',
        ...(baseUrl === undefined ? {} : { baseUrl }),
      };
      expect(errorOf(createProvider('openai', options)).message).toContain('MY_KEY');
    }
  });

  it.each(['localhost:8000', 'ftp://host/v1', '', 'http://user:secretpw@host/v1'])(
    'refuses the base URL %j and shows no secret in it',
    (baseUrl) => {
      const { message } = errorOf(createProvider('openai', { env: everyKey, clock, baseUrl }));
      expect(message).toContain('--base-url');
      expect(message).not.toContain('secretpw');
    },
  );

  it('a base URL leaves other providers where they are, and prices nothing', async () => {
    const server = await startFaultServer(answers.ok());
    try {
      const options = { env: everyKey, clock, baseUrl: server.baseUrl };
      expect(unwrap(createProvider('groq', options)).revision('groq/m')).toBe(
        'https://api.groq.com/openai/v1',
      );
      const model = unwrap(createProvider('openai', options));
      expect(await model.complete(ask('x', { model: 'openai/gpt-4o' }))).toMatchObject({
        response: { usd: null },
      });
    } finally {
      await server.close();
    }
  });
});

describe('createProviders', () => {
  it('makes each provider once and leaves those out that are no endpoint', () => {
    const models = ['groq/a', 'groq/b', 'sim/c', 'recorded/d', 'ollama/qwen2.5:7b'];
    expect([...unwrap(createProviders({ models, env: everyKey, clock })).keys()]).toEqual(['groq', 'ollama']);
  });

  it('fails on the first that cannot be made', () => {
    expect(errorOf(createProviders({ models: ['ollama/a', 'nope/b'], env: {}, clock })).message).toContain(
      '"nope"',
    );
  });
});

it('providers with a key are found in the listed order, empty keys aside', () => {
  const names = (env: Environment): string[] => providersWithKey(env).map(({ name }) => name);
  expect(names({})).toEqual([]);
  expect(names({ VLLM_API_KEY: 'x' })).toEqual([]);
  expect(names({ OPENAI_API_KEY: 'x', GROQ_API_KEY: 'y', CEREBRAS_API_KEY: '' })).toEqual(['groq', 'openai']);
});

it('unknown is null, never free', () => {
  expect(modelCard('openai/no-such-model')).toMatchObject({ price: null, contextTokens: null, speed: null });
  expect(modelPrice('toString')).toBeNull();
  const names = providers.flatMap(({ name }) => knownModels(name));
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) {
    const price = modelPrice(name);
    if (price !== null) expect(Math.min(price.inputPerMillion, price.outputPerMillion)).toBeGreaterThan(0);
  }
});
