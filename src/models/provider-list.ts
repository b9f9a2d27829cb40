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
export const otherProviders = ['sim', 'local', 'recorded'] as const;

/** Every name a model may begin with. */
export const providerNames: readonly string[] = [...providers.map(({ name }) => name), ...otherProviders];

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a variable holds, `undefined` where that is nothing. */
export function keyIn(env: Environment, variable: string | null): string | undefined {
  const key = variable === null ? undefined : env[variable]?.trim();
  return key === '' ? undefined : key;
}

/** A variable may hold several keys parted by commas: calls go by all of them, within the limits of each. */
export function keysIn(value: string): string[] {
  return [...new Set(value.split(',').map((key) => key.trim()))].filter((key) => key !== '');
}
