import type OpenAI from 'openai';
import { type Post, postByFetch, postByHttp, type Reply } from './http-post.ts';
import { errorOf } from './openai-errors.ts';
import { RedirectedError } from './redirected-error.ts';

export interface OpenAIClientOptions {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Longest a call may take by the caller's own watch, in ms; the client's timer must not come first. */
  readonly totalMs: number;
  /** @defaultValue Node's http module */
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** The body of a chat completion; dialects may leave out or rename what the package's own type demands. */
export type ChatBody = Readonly<Record<string, unknown>>;

/** Sends chat completions by the `openai` package and hands back responses as they come, unread. */
export class OpenAIClient {
  readonly #options: OpenAIClientOptions;
  readonly #post: Post;
  #opened: Promise<Opened> | undefined;
  /** The package is shown the head alone: to wrap a body as the platform does takes longer than to read it. */
  readonly #replies = new WeakMap<Response, Reply>();

  constructor(options: OpenAIClientOptions) {
    this.#options = options;
    this.#post = options.fetch === undefined ? postByHttp : postByFetch(options.fetch);
  }

  /**
   * @param path below the base URL, or a whole URL
   * @throws ServerError when the server refuses it, RedirectedError when it sends it elsewhere, and what the
   *   system says when there is no server.
   */
  async send(body: ChatBody, signal: AbortSignal, path = '/chat/completions'): Promise<Reply> {
    // The package is read at the first call: that takes a tenth of a second that `--help` need not wait.
    this.#opened ??= this.#open();
    const { client, isConnectionError } = await this.#opened;
    try {
      // Not parsed by the package: a body that does not end would fill the memory.
      const head = await client.post(path, { body, signal, stream: body.stream === true }).asResponse();
      return this.#replies.get(head) ?? head;
    } catch (error) {
      throw isConnectionError(error) ? (error.cause ?? error) : error;
    }
  }

  async #open(): Promise<Opened> {
    const { OpenAI, APIConnectionError } = await import('openai');
    const { baseUrl, apiKey, totalMs } = this.#options;
    const client = new OpenAI({
      baseURL: baseUrl,
      apiKey,
      // Else the package would send what OPENAI_ORG_ID and OPENAI_PROJECT_ID hold to whatever server this is.
      organization: null,
      project: null,
      // Retries are the caller's, who pays for them.
      maxRetries: 0,
      timeout: Math.min(2 ** 31 - 1, Math.ceil(totalMs) + 60_000),
      fetch: (url, init) => this.#fetched(String(url), init),
      logLevel: 'off',
    });
    return { client, isConnectionError: (error) => error instanceof APIConnectionError };
  }

  async #fetched(url: string, init: RequestInit = {}): Promise<Response> {
    const { headers, body, signal } = init;
    if (typeof body !== 'string' || !signal)
      throw new TypeError('expected a request with a text and a signal');
    const reply = await this.#post(url, { headers: Object.fromEntries(new Headers(headers)), body, signal });
    if (reply.status >= 300 && reply.status < 400) throw new RedirectedError(reply, url);
    // Here, since the package would read an error's body without a bound.
    if (reply.status < 200 || reply.status > 299) throw await errorOf(reply);
    const head = new Response(null, { status: reply.status, statusText: reply.statusText });
    this.#replies.set(head, reply);
    return head;
  }
}

interface Opened {
  readonly client: OpenAI;
  readonly isConnectionError: (error: unknown) => error is InstanceType<typeof OpenAI.APIConnectionError>;
}
