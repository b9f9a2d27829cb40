import { z } from 'zod';
import { codeOf, InputError, messageOf } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';
import { connectionAdvice } from '../../../models/connection-advice.ts';
import { readText, responseLimit } from '../../../models/openai/response-body.ts';
import { withinServer } from '../within-server.ts';

/** How long an endpoint may take to say what it serves, in ms. */
const patienceMs = 5000;
/** Longest name of a model that is kept, in characters. */
const longestName = 300;

const modelSchema = z.object({
  id: z.string(),
  owned_by: z.string().nullish(),
  knows: z.array(z.string()).nullish().catch(undefined),
});
/** Most servers put the list under `data`; Together answers with the list itself. */
const modelListSchema = z.union([z.object({ data: z.array(modelSchema) }), z.array(modelSchema)]);

export interface ListedModel {
  readonly id: string;
  /** True for the models of `mixtune sim`. */
  readonly simulated: boolean;
  /** What a simulated model knows by heart: tasks by name and content; absent where the server does not say. */
  readonly knows?: readonly string[];
}

/** What came of asking an endpoint what it serves, which costs no tokens. */
export type EndpointState =
  | { readonly kind: 'listed'; readonly models: readonly ListedModel[] }
  /** It answers, but keeps no list of models. */
  | { readonly kind: 'no-list'; readonly status: number }
  /** It refuses the key. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Asks an endpoint for its models. Nothing that a server does makes it throw.
 * @param keys each goes by itself, the next where one is refused; a server's text is shown without any of them.
 */
export async function lookAtEndpoint(
  baseUrl: string,
  keys: readonly string[],
  fetch: typeof globalThis.fetch,
): Promise<EndpointState> {
  let state = await lookWith(baseUrl, keys[0], keys, fetch);
  for (const key of keys.slice(1)) {
    if (state.kind !== 'refused') break;
    state = await lookWith(baseUrl, key, keys, fetch);
  }
  return state;
}

async function lookWith(
  baseUrl: string,
  key: string | undefined,
  keys: readonly string[],
  fetch: typeof globalThis.fetch,
): Promise<EndpointState> {
  try {
    const response = await withinServer(`${baseUrl}/models`, fetch, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(patienceMs),
    });
    const { status } = response;
    if (status === 401 || status === 403) return { kind: 'refused', status };
    const body: unknown = response.ok ? JSON.parse(await readText(response.body, responseLimit(0))) : null;
    const parsed = modelListSchema.safeParse(body);
    if (!parsed.success) return { kind: 'no-list', status };
    const list = Array.isArray(parsed.data) ? parsed.data : parsed.data.data;
    const models = list.map(({ id, owned_by, knows }) => ({
      // A server's own text: it may hold the key that it was sent.
      id: redact(id.slice(0, longestName), keys),
      simulated: owned_by === 'simulated',
      ...(knows == null ? {} : { knows }),
    }));
    return { kind: 'listed', models };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'no-list', status: 200 };
    return { kind: 'unreachable', reason: redact(reasonOf(error), keys) };
  }
}

/**
 * The models that an OpenAI-compatible endpoint lists; `null` when it answers but keeps no such list.
 * @throws InputError when nothing answers there, or where a key is wanted and there is none.
 */
export async function readEndpoint(
  baseUrl: string,
  keys: readonly string[],
): Promise<readonly ListedModel[] | null> {
  const state = await lookAtEndpoint(baseUrl, keys, globalThis.fetch);
  if (state.kind === 'listed') return state.models;
  // Only the list may be forbidden (403); who is unknown (401) is so to all of the server.
  if (state.kind === 'refused' && state.status === 401 && keys.length === 0) {
    throw new InputError('--api-key-env', {
      expected: `the NAME of the variable that holds the key of ${baseUrl} (to a server on this machine OPENAI_API_KEY, too, goes only by name)`,
      found: 'no key, and 401 without one',
    });
  }
  if (state.kind !== 'unreachable') return null;
  throw new InputError('--base-url', {
    expected: `an endpoint that answers at ${baseUrl}`,
    found: state.reason,
  });
}

/** Codes of fetch that stand for any of several things; their words say which. */
const vagueCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'UND_ERR_INVALID_ARG']);

/** fetch says only "fetch failed"; what failed is its cause. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${patienceMs / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // A refused connection has a code, and over several addresses no message.
  const code = codeOf(cause);
  if (code === undefined) return messageOf(cause);
  return vagueCodes.has(code) ? `${messageOf(cause)} (${code})` : `${code}${connectionAdvice(code)}`;
}
