import { defined } from '../../core/defined.ts';
import { isRecord } from '../../core/records.ts';

/** Tokens as a server told them. */
export interface ToldUsage {
  readonly input: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning?: number;
  readonly cached?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Names that servers give to the same number, OpenAI's first; a dot leads into an object. */
const names = {
  input: [
    'prompt_tokens',
    'input_tokens',
    'promptTokens',
    'inputTokens',
    'promptTokenCount',
    'prompt_eval_count',
    'prompt_n',
    'tokens.input_tokens',
    'billed_units.input_tokens',
  ],
  output: [
    'completion_tokens',
    'output_tokens',
    'completionTokens',
    'outputTokens',
    'candidatesTokenCount',
    'eval_count',
    'predicted_n',
    'tokens.output_tokens',
    'billed_units.output_tokens',
  ],
  total: ['total_tokens', 'totalTokens', 'totalTokenCount'],
  reasoning: [
    'completion_tokens_details.reasoning_tokens',
    'output_tokens_details.reasoning_tokens',
    'reasoning_tokens',
    'thoughtsTokenCount',
  ],
  cached: [
    'prompt_tokens_details.cached_tokens',
    'input_tokens_details.cached_tokens',
    'prompt_cache_hit_tokens',
    'cached_tokens',
    'cache_read_input_tokens',
    'cachedContentTokenCount',
  ],
  /** Anthropic tells what was read from its cache, and written to it, beside the input instead of within it. */
  beside: ['cache_read_input_tokens', 'cache_creation_input_tokens'],
} as const;

/** Usage in a chunk or body, wherever it stands; `undefined` where none is, `impossible` for numbers that are none. */
export function usageIn(chunk: Fields): ToldUsage | 'impossible' | undefined {
  const groq = isRecord(chunk.x_groq) ? chunk.x_groq.usage : undefined;
  const choice: unknown = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined;
  const own = typeof chunk.eval_count === 'number' ? chunk : undefined;
  const told = [
    Array.isArray(chunk.usage) ? chunk.usage[0] : chunk.usage,
    groq,
    isRecord(choice) ? choice.usage : undefined,
    chunk.usageMetadata,
    chunk.meta,
    own,
    chunk.timings,
  ].find(isRecord);
  return told === undefined ? undefined : readUsage(told);
}

function readUsage(told: Fields): ToldUsage | 'impossible' | undefined {
  const numbers = Object.fromEntries(
    Object.entries(names).map(([name, paths]) => [
      name,
      paths.map((path) => countAt(told, path)).find((n) => n !== undefined),
    ]),
  );
  if (Object.values(numbers).includes('impossible')) return 'impossible';
  const {
    input: plain,
    output: completion,
    total,
    reasoning,
    cached,
  } = numbers as Record<string, number | undefined>;
  if (plain === undefined) return undefined;
  const input = plain + names.beside.reduce((sum, path) => sum + Number(countAt(told, path) ?? 0), 0);
  if (completion === undefined && total === undefined) return undefined;
  const visible = completion ?? 0;
  // Some servers count reasoning beside the completion instead of within it; Gemini only in the total.
  const withReasoning = visible + ((reasoning ?? 0) > visible ? (reasoning ?? 0) : 0);
  return {
    input,
    output: Math.max(withReasoning, (total ?? 0) - input),
    ...defined({ reasoning, cached }),
  };
}

/** A count, also one written as a string; `undefined` where there is none. */
function countAt(told: Fields, path: string): number | 'impossible' | undefined {
  let value: unknown = told;
  for (const name of path.split('.')) value = isRecord(value) ? value[name] : undefined;
  const count = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number') return undefined;
  return Number.isSafeInteger(count) && count >= 0 ? count : 'impossible';
}
