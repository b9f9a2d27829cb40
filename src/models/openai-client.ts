import { type Post, postByFetch, postByHttp, type Reply } from './http-post.ts';
import { errorOf } from './openai-errors.ts';
import { RedirectedError } from './redirected-error.ts';

export interface OpenAIClientOptions {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** @defaultValue Node's http module */
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** The body of a chat completion, in the server's dialect. */
export type ChatBody = Readonly<Record<string, unknown>>;

/** Sends chat completions and hands back responses as they come, unread. */
export class OpenAIClient {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #post: Post;

  constructor({ baseUrl, apiKey, fetch }: OpenAIClientOptions) {
    this.#baseUrl = baseUrl;
    this.#headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'mixtune',
      authorization: `Bearer ${apiKey}`,
    };
    this.#post = fetch === undefined ? postByHttp : postByFetch(fetch);
  }

  /**
   * @param path below the base URL, or a whole URL
   * @throws ServerError when the server refuses it, RedirectedError when it sends it elsewhere, and what the
   *   system says when there is no server.
   */
  async send(body: ChatBody, signal: AbortSignal, path = '/chat/completions'): Promise<Reply> {
    const url = /^https?:/.test(path) ? path : `${this.#baseUrl}${path}`;
    const reply = await this.#post(url, { headers: this.#headers, body: JSON.stringify(body), signal });
    if (reply.status >= 300 && reply.status < 400) throw new RedirectedError(reply, url);
    if (reply.status < 200 || reply.status > 299) throw await errorOf(reply);
    return reply;
  }
}
