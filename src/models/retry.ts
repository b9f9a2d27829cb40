import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { Rng } from '../core/rng.ts';
import { abortedOutcome } from './abort.ts';
import { callKey } from './call-key.ts';
import type { CallFailure, CallOptions, ChatModel, ChatOutcome, ChatRequest } from './chat-model.ts';
import { defaultRetryPolicy, type FailedTry, type RetryPolicy, waitBeforeNextTry } from './retry-policy.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Jitter is drawn from streams derived from it by call, so it is the same in every order of calls. */
  readonly rng: Rng;
  /** Tries in all, the first included; a whole number >= 1. @defaultValue as many as the policy has patience for */
  readonly attempts?: number;
  /** Where it differs from {@link callersPolicy}. */
  readonly policy?: Partial<RetryPolicy>;
  readonly onRetry?: (event: RetryEvent) => void;
}

export interface RetryEvent {
  readonly request: ChatRequest;
  readonly failure: CallFailure;
  /** 1-based number of the try that failed. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** For calls that somebody waits for: minutes of patience, not hours. */
const callersPolicy: RetryPolicy = {
  ...defaultRetryPolicy,
  maxRetryAfterMs: 600_000,
  patienceMs: 600_000,
  slowTries: 2,
};

/**
 * Tries again after failures that may pass (see retry-policy.ts). The outcome is the last try's own:
 * neither failed tries nor waits count in its service time.
 *
 * A try that breaks off half-way has already streamed pieces. `onRestart` voids them; a caller that
 * has none gets the rest if the new answer continues the old pieces, else the new answer whole.
 */
export function withRetry(model: ChatModel, options: RetryOptions): ChatModel {
  const { attempts = Number.POSITIVE_INFINITY } = options;
  const policy = { ...callersPolicy, ...options.policy };
  if (!(attempts >= 1) || (Number.isFinite(attempts) && !Number.isInteger(attempts))) {
    throw new RangeError(`withRetry: expected a whole number >= 1 of attempts, found ${attempts}`);
  }
  return {
    revision: (name) => model.revision(name),
    async complete(request, callOptions = {}) {
      const pieces = new Pieces(callOptions);
      const failed: FailedTry[] = [];
      let jitter: Rng | undefined;
      for (let attempt = 1; ; attempt++) {
        const outcome = await model.complete(request, pieces.optionsOfTry(attempt));
        if (outcome.kind === 'answered') pieces.complete(outcome.response.text);
        if (outcome.kind === 'answered' || !outcome.failure.retryable || attempt >= attempts) return outcome;
        jitter ??= options.rng.derive('retry', callKey(request, model));
        failed.push({ at: options.clock.now(), failure: outcome.failure });
        const delayMs = waitBeforeNextTry(policy, failed, jitter.next());
        if (delayMs === undefined) return outcome;
        options.onRetry?.({ request, failure: outcome.failure, attempt, delayMs });
        if (!(await sleptThrough(options.clock, delayMs, callOptions.signal))) return aborted(outcome);
        pieces.restart();
      }
    },
  };
}

async function sleptThrough(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (reason) {
    if (signal?.aborted) return false;
    throw reason;
  }
}

/** What the last try cost stays on record when the caller gives up before the next. */
function aborted(outcome: Extract<ChatOutcome, { kind: 'failed' }>): ChatOutcome {
  const { usage, usd } = outcome.failure;
  const given = abortedOutcome(outcome.failure.serviceMs);
  if (given.kind === 'answered') return given;
  return {
    kind: 'failed',
    failure: {
      ...given.failure,
      ...defined({ usage, usd }),
    },
  };
}

/** A later try starts from the beginning, whatever the first had behind it. */
function laterTry({ elapsedMs: _elapsedMs, ...options }: CallOptions, attempt: number): CallOptions {
  return { ...options, attempt: (options.attempt ?? 0) + attempt - 1 };
}

/** Passes pieces of the first try on as they come and mends the stream after a broken one. */
class Pieces {
  readonly #options: CallOptions;
  #delivered = '';
  #live = true;

  constructor(options: CallOptions) {
    this.#options = options;
  }

  /** @param attempt 1-based; the port counts from 0, on top of the caller's own count. */
  optionsOfTry(attempt: number): CallOptions {
    const { onDelta } = this.#options;
    const options = attempt === 1 ? this.#options : laterTry(this.#options, attempt);
    if (onDelta === undefined) return options;
    return {
      ...options,
      onDelta: (text) => {
        if (!this.#live) return;
        this.#delivered += text;
        onDelta(text);
      },
    };
  }

  restart(): void {
    if (this.#delivered === '') return;
    if (this.#options.onRestart === undefined) {
      this.#live = false;
      return;
    }
    this.#options.onRestart();
    this.#delivered = '';
  }

  complete(text: string): void {
    if (this.#live || this.#options.onDelta === undefined) return;
    const rest = text.startsWith(this.#delivered) ? text.slice(this.#delivered.length) : text;
    if (rest !== '') this.#options.onDelta(rest);
  }
}
