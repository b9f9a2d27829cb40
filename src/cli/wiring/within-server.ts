import { RedirectedError } from '../../models/openai/redirected-error.ts';

const mostRedirects = 5;

/**
 * A request that follows redirects as calls do: as it is, and to no host that the user did not name. Resolves to the
 * redirect itself where that is not followed.
 */
export async function withinServer(
  url: string,
  fetch: typeof globalThis.fetch,
  init: RequestInit,
  left = mostRedirects,
): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  const { to } = new RedirectedError(response, url);
  if (to === undefined || left === 0) return response;
  await response.body?.cancel();
  return withinServer(to, fetch, init, left - 1);
}
