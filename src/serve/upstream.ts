import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { Rng } from '../core/rng.ts';
import { abortedOutcome, callFailure, failedOutcome } from '../models/abort.ts';
import type { CallFailure, CallOptions, ChatModel, ChatOutcome, ChatRequest } from '../models/chat-model.ts';
import {
  defaultRetryPolicy,
  type FailedTry,
  furtherRequest,
  type RetryPolicy,
  waitBeforeNextTry,
} from '../models/limits/retry-policy.ts';
import { StreamPieces } from '../models/stream-pieces.ts';
import { CallTurns } from '../run/calls/call-turns.ts';
import { worstCase } from '../run/calls/ledger.ts';
import { type ProviderLimits, Traffic } from '../run/calls/traffic.ts';
import type { Reservation, RunEventOf } from '../run/journal/events.ts';
import type { RequestAllowance } from './allowance.ts';
import type { ServedSource } from './catalogue.ts';

export interface UpstreamOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Model calls in flight at once, of all requests together. */
  readonly concurrency: number;
  /** Of the providers' keys; absent: what they announce or turn out to take. */
  readonly limits?: ProviderLimits;
  /** Told of models that stop answering and come back. */
  readonly onNotice?: (text: string) => void;
  /** Told of every call that ended. */
  readonly onCall?: (request: ChatRequest, outcome: ChatOutcome, ms: number) => void;
}

/** Who waits for an answer gives up after seconds, not hours. Times in ms. */
const patience: RetryPolicy = {
  ...defaultRetryPolicy,
  baseMs: 250,
  capMs: 4_000,
  patienceMs: 20_000,
  maxRetryAfterMs: 20_000,
  tries: 4,
  slowTries: 1,
  badSamples: 2,
};
/** A model that has failed so often in a row is left alone for a while, and its agents drop out at once. */
const breaker = { failures: 5, baseMs: 1_000, capMs: 30_000 };

const nothing: Reservation = { tokensIn: 0, tokensOut: 0, usd: 0 };

/** For whom a call is made. */
export interface Caller {
  readonly source: ServedSource;
  readonly allowance: RequestAllowance;
  /** Requests go by age: what is near its end frees room soonest. */
  readonly number: number;
  /** A stream broke off after pieces of it had been passed on. */
  readonly onRestart?: () => void;
}

/**
 * Through which all model calls of a server go: under the limits of each provider's key and out of the way of
 * models that are down (the traffic rules of runs), held against the request's money, tried again while that
 * may help, and ended with the request that asked.
 */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #turns: CallTurns;
  readonly #traffic: Traffic;
  readonly #startedAt: number;
  /** By full name: models of different sources share a lane where they share the provider. */
  readonly #keys = new Map<string, number>();
  #calls = 0;
  readonly #closed = new AbortController();

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#traffic = new Traffic({
      breaker,
      keys: (model) => this.#keys.get(model) ?? 1,
      ...defined({ limits: options.limits }),
    });
    this.#traffic.onNotice = options.onNotice;
    this.#turns = new CallTurns({
      ...{ clock: options.clock, concurrency: options.concurrency, traffic: this.#traffic },
      recorder: { now: () => this.#now() },
      signal: this.#closed.signal,
    });
  }

  /** Whether a call of a model would fail at once, since it is down; one that looks whether it is back does not. */
  isDown(model: string, worst = nothing): boolean {
    const now = this.#now();
    return this.#traffic.isDown(model) && this.#traffic.route(model, worst, now).at > now;
  }

  /** Stops waiting; calls under way are their requests' to end. */
  close(): void {
    this.#closed.abort();
  }

  /** The port through which one request reaches its models. */
  modelFor(caller: Caller): ChatModel {
    const { model } = caller.source;
    return {
      revision: (name) => model.revision(name),
      complete: (request, options = {}) => {
        const { onRestart } = caller;
        const streams = options.onDelta !== undefined && onRestart !== undefined;
        return this.#complete(request, streams ? { ...options, onRestart } : options, caller);
      },
    };
  }

  /** Tries until an answer comes or trying makes no more sense (see retry-policy.ts). */
  async #complete(request: ChatRequest, options: CallOptions, caller: Caller): Promise<ChatOutcome> {
    const { clock, rng } = this.#options;
    const pieces = new StreamPieces(options);
    const failed: FailedTry[] = [];
    for (;;) {
      const given = { ...options, ...pieces.listeners, attempt: failed.length };
      const outcome = await this.#attempt(request, given, caller);
      if (outcome.kind === 'answered') {
        pieces.complete(outcome.response.text);
        return outcome;
      }
      failed.push({ at: this.#now(), failure: outcome.failure });
      const wait = waitBeforeNextTry(patience, failed, rng.next());
      if (wait === undefined) return outcome;
      try {
        await clock.sleep(wait, options.signal);
      } catch {
        return abortedOutcome();
      }
      pieces.restart();
    }
  }

  #now(): number {
    return this.#options.clock.now() - this.#startedAt;
  }

  #attempt(request: ChatRequest, options: CallOptions, caller: Caller): Promise<ChatOutcome> {
    const { model, card } = caller.source;
    this.#keys.set(request.model, model.keys?.(request.model) ?? 1);
    const worst = worstCase(request, card(request.model));
    // Other agents may do without it; whoever waits should not wait for an outage to end.
    if (this.isDown(request.model, worst)) {
      const message = `${request.model} does not answer at present`;
      const down = callFailure('infrastructure', 'model-down', message, { retryable: false });
      return Promise.resolve(failedOutcome(down));
    }
    return this.#turns.limiter.enter(
      { ...options, priority: caller.number },
      { lane: request.model, group: undefined, worst },
      () => this.#dispatch(request, options, caller, worst),
    );
  }

  async #dispatch(
    request: ChatRequest,
    options: CallOptions,
    { allowance, source }: Caller,
    worst: ReturnType<typeof worstCase>,
  ): Promise<ChatOutcome> {
    if (options.signal?.aborted) return abortedOutcome();
    if (!allowance.admit(worst)) return tooDear();
    const { model } = request;
    const { account } = this.#traffic.route(model, worst, this.#now());
    const sent = (): number => {
      const call = this.#calls++;
      this.#traffic.take({
        ...{ kind: 'call-dispatched', at: this.#now(), call, key: '', attempt: options.attempt ?? 0 },
        ...{ model, purpose: 'agent', reserved: worst, account },
      } satisfies RunEventOf<'call-dispatched'>);
      return call;
    };
    let call = sent();
    const ended = (outcome: ChatOutcome | undefined): void => {
      this.#ended(call, outcome);
      allowance.settle(worst, costOf(outcome));
    };
    // A server that wants to be asked otherwise is sent a further request, which costs on its own.
    let refused: ChatOutcome | undefined;
    const onFurtherRequest = (failure: CallFailure): Promise<ChatOutcome | undefined> => {
      ended(failedOutcome({ ...failure, code: furtherRequest }));
      if (allowance.admit(worst)) call = sent();
      else refused = tooDear();
      return Promise.resolve(refused);
    };
    const began = this.#options.clock.now();
    let outcome: ChatOutcome | undefined;
    try {
      outcome = await source.model.complete(request, { ...options, key: account, onFurtherRequest });
      return outcome;
    } finally {
      if (refused === undefined) ended(outcome);
      if (outcome !== undefined) this.#options.onCall?.(request, outcome, this.#options.clock.now() - began);
    }
  }

  #ended(call: number, outcome: ChatOutcome | undefined): void {
    const at = this.#now();
    if (outcome?.kind === 'answered') {
      const { usage, usd, serviceMs } = outcome.response;
      const told = this.#traffic.newsOf(call, outcome.rateLimit);
      this.#traffic.take({ kind: 'call-answered', at, call, usage, usd, serviceMs, ...told });
    } else if (outcome === undefined || outcome.failure.cause === 'aborted') {
      this.#traffic.take({ kind: 'call-lost', at, call });
    } else this.#traffic.take({ kind: 'call-failed', at, call, failure: outcome.failure });
  }
}

/** What a call cost; `null` where it was cut off and nobody knows. */
function costOf(outcome: ChatOutcome | undefined): Parameters<RequestAllowance['settle']>[1] {
  if (outcome?.kind === 'answered') return outcome.response;
  if (outcome === undefined) return null;
  const { usage, usd = null, cause } = outcome.failure;
  if (usage !== undefined) return { usage, usd };
  return cause === 'aborted' ? null : { usd: usd ?? 0 };
}

function tooDear(): ChatOutcome {
  const message = 'what may be spent today leaves no room for this call';
  return failedOutcome(callFailure('infrastructure', 'budget-usd', message, { retryable: false }));
}
