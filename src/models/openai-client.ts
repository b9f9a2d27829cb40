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

/** The body of a chat completion, as the server's dialect has it. */
export type ChatBody = Readonly<Record<string, unknown>>;

/**
 * Sends chat completions and hands back responses as they come, unread. Not by OpenAI's own package: retries, time
 * limits, errors and the reading of answers are the caller's, who pays for calls and knows the server's dialect, so that
 * nothing of the package was left in use but its headers, and its work for each call.
 */
export class OpenAIClient {
  readonly #baseUrl: string;
  readonly #post: Post;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ baseUrl, apiKey, fetch }: OpenAIClientOptions) {
    this.#baseUrl = baseUrl;
    this.#post = fetch === undefined ? postByHttp : postByFetch(fetch);
    this.#headers = {
      accept: 'application/json',
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      // Some gateways turn away who does not say who it is.
      'user-agent': 'mixtune',
    };
  }

  /**
   * @param to where, other than to the base URL's chat completions
   * @throws ServerError when the server refuses it, RedirectedError when it sends it elsewhere, and what the
   *   system says when there is no server.
   */
  async send(body: ChatBody, signal: AbortSignal, to = `${this.#baseUrl}/chat/completions`): Promise<Reply> {
    const reply = await this.#post(to, { headers: this.#headers, body: JSON.stringify(body), signal });
    if (reply.status >= 300 && reply.status < 400) throw new RedirectedError(reply, to);
    if (reply.status < 200 || reply.status > 299) throw await errorOf(reply);
    return reply;
  }
}
