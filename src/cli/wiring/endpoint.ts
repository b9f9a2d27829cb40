import { z } from 'zod';
import { InputError, messageOf } from '../../core/errors.ts';

/** How long an endpoint may take to say what it serves, in ms. */
const patienceMs = 5000;

const modelListSchema = z.object({
  data: z.array(z.object({ id: z.string(), owned_by: z.string().optional() })),
});

export interface ServedModel {
  readonly id: string;
  /** True for the models of `mixtune sim`. */
  readonly simulated: boolean;
}

/**
 * The models that an OpenAI-compatible endpoint lists; `null` when it answers but keeps no such list.
 * @throws InputError when nothing answers there.
 */
export async function readEndpoint(baseUrl: string, key: string | undefined): Promise<ServedModel[] | null> {
  let response: Response;
  try {
    response = await fetch(`${baseUrl}/models`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    throw new InputError('--base-url', {
      path: '',
      expected: `an endpoint that answers at ${baseUrl}`,
      found: reasonOf(error),
    });
  }
  if (!response.ok) return null;
  const parsed = modelListSchema.safeParse(await response.json().catch(() => null));
  if (!parsed.success) return null;
  return parsed.data.data.map(({ id, owned_by }) => ({
    id,
    simulated: owned_by === 'simulated',
  }));
}

/** fetch says only "fetch failed"; what failed is its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // A refused connection has a code, and over several addresses no message.
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return messageOf(cause);
}
