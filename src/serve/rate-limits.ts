import { remembered } from '../core/remembered.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ApiError } from '../models/api-error.ts';
import { LeakyBucket } from '../models/limits/rate-lane/leaky-bucket.ts';
import type { KeyEntry } from './keys.ts';

interface Buckets {
  readonly requests: LeakyBucket;
  readonly tokens: LeakyBucket;
}

/** Requests and tokens in a minute, key by key. */
export class KeyRateLimits {
  readonly #buckets = new Map<string, Buckets>();
  readonly #now: () => number;

  /** @param now in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Takes a request in, or says when to come again.
   * @param tokens that it is expected to take; `settle` corrects that.
   */
  enter(key: KeyEntry, tokens: number): Result<{ settle(actual: number): void }, ApiError> {
    const now = this.#now();
    const { requests, tokens: bucket } = this.#of(key.name);
    const { rpm, tpm } = key;
    // What is larger than the whole minute goes when nothing else has.
    const expected = tpm === undefined ? 0 : Math.min(tokens, tpm);
    const wait = Math.max(waitFor(requests, 1, rpm, now), waitFor(bucket, expected, tpm, now));
    if (wait > 0) {
      const [what, most] = waitFor(requests, 1, rpm, now) > 0 ? ['requests', rpm] : ['tokens', tpm];
      return err({
        status: 429,
        code: 'rate_limit_exceeded',
        message: `The key "${key.name}" is at its limit of ${what} a minute (${most}); ask again in ${Math.ceil(wait)} s`,
        retryAfter: wait,
      });
    }
    requests.pour(1, rpm ?? null, now);
    bucket.pour(expected, tpm ?? null, now);
    return ok({
      settle: (actual) => {
        if (tpm !== undefined) bucket.pour(actual - expected, tpm, this.#now());
      },
    });
  }

  #of(name: string): Buckets {
    return remembered(this.#buckets, name, () => ({
      requests: new LeakyBucket(),
      tokens: new LeakyBucket(),
    }));
  }
}

/** Seconds until so much more fits. */
function waitFor(bucket: LeakyBucket, amount: number, perMinute: number | undefined, now: number): number {
  if (perMinute === undefined) return 0;
  const over = bucket.level(perMinute, now) + amount - perMinute;
  return over <= 1e-9 ? 0 : (over * 60) / perMinute;
}
