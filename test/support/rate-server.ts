/** A server's rate limits, on no clock but the times it is told: what it takes and what it refuses. */

export interface ServerLimits {
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
}

export const serverKinds = ['bucket', 'full-bucket', 'sliding', 'fixed'] as const;
/**
 * `bucket`: refills steadily and holds six seconds' worth; `full-bucket`: holds a minute's; `sliding`: no more
 * than the limit in any minute; `fixed`: in each minute of the server's clock.
 */
export type ServerKind = (typeof serverKinds)[number];

export class RateServer {
  limits: ServerLimits;
  readonly #kind: ServerKind;
  #level: { requests: number; tokens: number } | undefined;
  #at = 0;
  #log: { readonly at: number; readonly tokens: number }[] = [];

  constructor(kind: ServerKind, limits: ServerLimits) {
    this.#kind = kind;
    this.limits = limits;
  }

  /** Whether a request of so many tokens that comes at this time is taken. */
  take(tokens: number, now: number): boolean {
    return this.#kind === 'bucket' || this.#kind === 'full-bucket'
      ? this.#takeFromBucket(tokens, now)
      : this.#takeFromWindow(tokens, now);
  }

  #takeFromBucket(tokens: number, now: number): boolean {
    const { requestsPerMinute, tokensPerMinute } = this.limits;
    const held = this.#kind === 'bucket' ? 6 / 60 : 1;
    const passed = (now - this.#at) / 60_000;
    const full = { requests: Math.max(1, held * requestsPerMinute), tokens: held * tokensPerMinute };
    const level = this.#level ?? full;
    this.#at = now;
    this.#level = {
      requests: Math.min(full.requests, level.requests + passed * requestsPerMinute),
      tokens: Math.min(full.tokens, level.tokens + passed * tokensPerMinute),
    };
    if (this.#level.requests < 1 - 1e-9 || this.#level.tokens < tokens) return false;
    this.#level.requests -= 1;
    this.#level.tokens -= tokens;
    return true;
  }

  #takeFromWindow(tokens: number, now: number): boolean {
    // The server's minutes do not begin with ours.
    const since =
      this.#kind === 'sliding' ? now - 60_000 : Math.floor((now + 17_000) / 60_000) * 60_000 - 17_000;
    this.#log = this.#log.filter(({ at }) => at > since);
    const used = this.#log.reduce((sum, call) => sum + call.tokens, 0);
    const { requestsPerMinute, tokensPerMinute } = this.limits;
    if (this.#log.length + 1 > requestsPerMinute || used + tokens > tokensPerMinute) return false;
    this.#log.push({ at: now, tokens });
    return true;
  }
}
