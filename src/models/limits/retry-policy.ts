import type { CallFailure } from '../chat-model.ts';

/** When a failed call is tried again, and for how long. Times in ms. */
export interface RetryPolicy {
  /** Longest wait before the second try; doubles with each further one. */
  readonly baseMs: number;
  /** Limit of that doubling. */
  readonly capMs: number;
  /** A server that asks for a longer wait than this is not waited for. */
  readonly maxRetryAfterMs: number;
  /** Time from the first failure after which a call is given up. */
  readonly patienceMs: number;
  /** Tries of one call that may fail while its model answers others: more is the call's own doing. */
  readonly tries: number;
  /** The same for tries that took too long, each of which cost minutes. */
  readonly slowTries: number;
  /** The same for samples that the server could not use: a model that goes on so does nothing else. */
  readonly badSamples: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  baseMs: 500,
  capMs: 30_000,
  maxRetryAfterMs: 6 * 3_600_000,
  patienceMs: 6 * 3_600_000,
  tries: 20,
  slowTries: 8,
  badSamples: 4,
};

/** The code of a request that was refused for a parameter that can be left out, or redirected. */
export const furtherRequest = 'asked-otherwise';

export interface FailedTry {
  /** When it failed, in ms. */
  readonly at: number;
  readonly failure: CallFailure;
  /** The model was not answering anybody: this says nothing of the call. */
  readonly outage?: boolean;
}

/**
 * Milliseconds to wait after the last of a call's failed tries, or `undefined` when it is given up. Full
 * jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015) on top of what the server asked for,
 * or all calls refused together would come back together.
 *
 * Only what says of itself that it may pass is tried again (`retryable`): 408, 409, 429, 5xx, broken
 * connections and streams, time-outs.
 * @param draw uniform in [0, 1).
 */
export function waitBeforeNextTry(
  policy: RetryPolicy,
  failed: readonly FailedTry[],
  draw: number,
): number | undefined {
  const first = failed[0];
  const last = failed.at(-1);
  if (first === undefined || last === undefined || !last.failure.retryable) return undefined;
  if (isFurtherRequest(last.failure)) return 0;
  const own = failed.filter(
    ({ failure, outage }) => outage !== true && !isRateLimited(failure) && !isFurtherRequest(failure),
  );
  const count = (is: (failure: CallFailure) => boolean): number =>
    own.filter(({ failure }) => is(failure)).length;
  if (own.length >= policy.tries || count(isSlow) >= policy.slowTries) return undefined;
  if (count(({ code }) => code === 'bad-sample') >= policy.badSamples) return undefined;
  const asked = last.failure.retryAfterMs ?? 0;
  if (asked > policy.maxRetryAfterMs) return undefined;
  const wait = asked + draw * Math.min(policy.capMs, policy.baseMs * 2 ** (failed.length - 1));
  return last.at + wait - first.at > policy.patienceMs ? undefined : wait;
}

export function isRateLimited(failure: CallFailure): boolean {
  return failure.code === 'rate-limited';
}

/** Whether the server told with it how to ask: the next request does so, and is part of the same try. */
function isFurtherRequest({ code }: CallFailure): boolean {
  return code === furtherRequest;
}

function isSlow({ code }: CallFailure): boolean {
  return code === 'timeout' || code === 'first-token-timeout';
}
