import type OpenAI from 'openai';
import { errorOf } from './openai-errors.ts';
import { RedirectedError } from './redirected-error.ts';

export interface OpenAIClientOptions {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Longest a call may take by the caller's own watch, in ms; the client's timer must not come first. */
  readonly totalMs: number;
  readonly fetch: typeof globalThis.fetch;
}

/** The body of a chat completion; dialects may leave out or rename what the package's own type demands. */
export type ChatBody = Readonly<Record<string, unknown>>;

/** Sends chat completions by the `openai` package and hands back responses as they come. */
export class OpenAIClient {
  readonly #openai: typeof import('openai');
  readonly #client: OpenAI;

  /** Reads the package first, which takes a tenth of a second that `--help` need not wait. */
  static async open(options: OpenAIClientOptions): Promise<OpenAIClient> {
    return new OpenAIClient(await import('openai'), options);
  }

  private constructor(openai: typeof import('openai'), options: OpenAIClientOptions) {
    const { baseUrl, apiKey, totalMs, fetch } = options;
    this.#openai = openai;
    this.#client = new openai.OpenAI({
      baseURL: baseUrl,
      apiKey,
      // Else the package would send what OPENAI_ORG_ID and OPENAI_PROJECT_ID hold to whatever server this is.
      organization: null,
      project: null,
      // Retries are the caller's, who pays for them.
      maxRetries: 0,
      timeout: Math.min(2 ** 31 - 1, Math.ceil(totalMs) + 60_000),
      fetch: async (url, init) => {
        const response = await fetch(url, sentOnce(init));
        if (response.status >= 300 && response.status < 400) {
          await response.body?.cancel();
          throw new RedirectedError(response, String(url));
        }
        // Here, since the package would read an error's body without a bound.
        if (!response.ok) throw await errorOf(response);
        return response;
      },
      logLevel: 'off',
    });
  }

  /**
   * @param path below the base URL, or a whole URL
   * @throws ServerError when the server refuses it, RedirectedError when it sends it elsewhere, and what fetch
   *   throws when there is no server.
   */
  async send(body: ChatBody, signal: AbortSignal, path = '/chat/completions'): Promise<Response> {
    try {
      // Not parsed by the package either: a body that does not end would fill the memory.
      return await this.#client.post(path, { body, signal, stream: body.stream === true }).asResponse();
    } catch (error) {
      throw error instanceof this.#openai.APIConnectionError ? (error.cause ?? error) : error;
    }
  }
}

/**
 * The platform's fetch sends a request again by itself when it is answered with 421, unless its body is a stream;
 * what nobody has admitted must not leave. Redirects are not followed.
 */
function sentOnce(init: RequestInit | undefined): RequestInit {
  if (typeof init?.body !== 'string') return { ...init, redirect: 'manual' };
  const body = new Blob([init.body]);
  const headers = new Headers(init.headers);
  headers.set('content-length', String(body.size));
  // By a name of its own: a browser's types, with which the page's tests are checked, do not know it.
  const sending = { duplex: 'half' } as const;
  return { ...init, body: body.stream(), headers, redirect: 'manual', ...sending };
}
