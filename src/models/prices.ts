import { defined } from '../core/defined.ts';
import type { ModelCard, ModelPrice } from './chat-model.ts';

/**
 * List prices in US dollars per million tokens and context windows; a small table of well-known models,
 * not a catalogue. `null` is what we do not know, never what is free. Prices change: a price file
 * (price-file.ts) overrides these. Speeds are left to probing: published tokens per second come without
 * a time to first token.
 */
interface Entry {
  readonly contextTokens: number | null;
  readonly price: readonly [input: number, output: number, cachedInput?: number] | null;
  readonly description?: string;
}

/** When the table was last gone through, and against what. */
export const priceTableSource = {
  checked: '2026-11-22',
  /** Nothing was read off the providers' own pages; check a bill, or give a price file, where it matters. */
  firstHand: false,
  sources: [
    "OpenAI (GPT-4o and GPT-4.1 families): third-party price tables that agree, among them LiteLLM's model_prices_and_context_window.json and summaries of OpenAI's price page of March to November 2026; cached input likewise",
    'Groq: third-party quotations of its price list, July 2026',
    'Together: third-party quotations of its price list, 2026',
    'Cerebras: third-party quotations of its model overview, October 2026 (no price taken)',
  ],
} as const;

const table: Readonly<Record<string, Entry>> = {
  'openai/gpt-4o': { contextTokens: 128_000, price: [2.5, 10, 1.25] },
  'openai/gpt-4o-mini': { contextTokens: 128_000, price: [0.15, 0.6, 0.075] },
  'openai/gpt-4.1': { contextTokens: 1_047_576, price: [2, 8, 0.5] },
  'openai/gpt-4.1-mini': { contextTokens: 1_047_576, price: [0.4, 1.6, 0.1] },
  'openai/gpt-4.1-nano': { contextTokens: 1_047_576, price: [0.1, 0.4, 0.025] },
  'groq/llama-3.3-70b-versatile': { contextTokens: 131_072, price: [0.59, 0.79] },
  'groq/llama-3.1-8b-instant': { contextTokens: 131_072, price: [0.05, 0.08] },
  'groq/openai/gpt-oss-120b': { contextTokens: 131_072, price: [0.15, 0.6] },
  'groq/openai/gpt-oss-20b': { contextTokens: 131_072, price: [0.075, 0.3] },
  'together/meta-llama/Llama-3.3-70B-Instruct-Turbo': { contextTokens: 131_072, price: [0.88, 0.88] },
  'together/openai/gpt-oss-120b': { contextTokens: 131_072, price: null },
  'together/openai/gpt-oss-20b': { contextTokens: 131_072, price: null },
  'cerebras/gpt-oss-120b': {
    contextTokens: null,
    price: null,
    description: 'about 3,000 tokens/s as published; context 65k to 131k tokens by tier',
  },
};

/** What is known of a hosted model; every model has a card, that of an unknown one is empty. */
export function modelCard(name: string): ModelCard {
  const entry = table[name];
  return {
    name,
    contextTokens: entry?.contextTokens ?? null,
    price: modelPrice(name),
    speed: null,
    simulated: false,
    ...defined({ description: entry?.description }),
  };
}

/** List price of a hosted model, `null` where unknown. */
export function modelPrice(name: string): ModelPrice | null {
  const price = table[name]?.price ?? null;
  if (price === null) return null;
  const [inputPerMillion, outputPerMillion, cached] = price;
  return {
    inputPerMillion,
    outputPerMillion,
    ...defined({ cachedInputPerMillion: cached }),
  };
}

/** Models of a provider that the table knows, e.g. to tune with when none are named. */
export function knownModels(provider: string): readonly string[] {
  return Object.keys(table).filter((name) => name.startsWith(`${provider}/`));
}
