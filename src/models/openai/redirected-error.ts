import type { Reply } from './http-post.ts';

/** A response that sends the request elsewhere. */
export class RedirectedError extends Error {
  /** Where to; `undefined` where the request as it is cannot go there: another host, another method, nowhere. */
  readonly to: string | undefined;

  constructor(response: Pick<Reply, 'status' | 'headers'>, from: string) {
    const location = response.headers.get('location') ?? '';
    const target = URL.canParse(location, from) ? new URL(location, from) : undefined;
    super(
      `${response.status} the server sends calls on to ${target === undefined ? 'nowhere' : `${target.origin}${target.pathname}`}`,
    );
    const keepsMethod = [301, 302, 307, 308].includes(response.status);
    // A key, and the questions, go to no host that the user did not name.
    this.to = keepsMethod && target?.origin === new URL(from).origin ? target.href : undefined;
  }
}
