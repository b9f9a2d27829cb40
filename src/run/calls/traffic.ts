import { defined } from '../../core/defined.ts';
import { remembered } from '../../core/remembered.ts';
import type { CallFailure, RateLimitInfo } from '../../models/chat-model.ts';
import {
  Breaker,
  type BreakerPolicy,
  type BreakerState,
  defaultBreakerPolicy,
} from '../../models/limits/breaker.ts';
import { ModelLane, type SentByModel } from '../../models/limits/rate-lane/model-lane.ts';
import { type LaneLimits, RateLane } from '../../models/limits/rate-lane/rate-lane.ts';
import { isRateLimited } from '../../models/limits/retry-policy.ts';
import { providerOf } from '../../models/router.ts';
import type { Reservation, RunEvent, RunEventOf } from '../journal/events.ts';

/**
 * Limits of each key, by the provider's name for all of its models together, by a model's for it alone; under `*` what
 * is not said of a provider by name.
 */
export type ProviderLimits = Readonly<Record<string, LaneLimits>>;

export interface TrafficOptions {
  readonly limits?: ProviderLimits;
  /** Keys that a model's provider may go by. Default 1. */
  readonly keys?: (model: string) => number;
  /** Runs that go by one of those keys at present, this one included. Default 1. */
  readonly sharers?: (model: string, key: number) => number;
  readonly breaker?: Partial<BreakerPolicy>;
}

/** Where a call may go, and when. */
export interface Route {
  /** Milliseconds of the run; `Infinity` when only the end of another call can tell. */
  readonly at: number;
  /** Which of the provider's keys, from 0. */
  readonly account: number;
}

/** Until calls have been seen: tokens in and out as shares of their worst cases. */
const assumedShares = { in: 0.3, out: 0.5 };
/** Calls over which those shares are smoothed. */
const smoothing = 30;

interface OpenCall {
  readonly model: string;
  readonly lane: ModelLane;
  readonly sent: SentByModel;
  /** What it was taken to cost. */
  readonly tokens: number;
  readonly reserved: Reservation;
}

interface Shares {
  in: number;
  out: number;
  calls: number;
}

/**
 * How fast each model may be asked by each key, and which models are down, as the run's events tell it: a
 * fold over them like the run's state, so that a run that goes on after an interruption knows what it had
 * learned. Changes only by {@link take}.
 */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #breakerPolicy: BreakerPolicy;
  readonly #lanes = new Map<string, ModelLane>();
  /** Of keys for which limits were given, by provider and key. */
  readonly #keyLanes = new Map<string, RateLane>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #shares = new Map<string, Shares>();
  readonly #open = new Map<number, OpenCall>();
  /** Told of models that stop answering and come back. Not called for what is only replayed. */
  onNotice: ((text: string) => void) | undefined;

  constructor(options: TrafficOptions = {}) {
    this.#options = options;
    this.#breakerPolicy = { ...defaultBreakerPolicy, ...options.breaker };
  }

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'call-dispatched':
        this.#dispatched(event);
        return;
      case 'call-answered':
        this.#answered(event);
        return;
      case 'call-failed':
        this.#failed(event);
        return;
      case 'call-lost':
        this.#lost(event.call, event.at);
        return;
      case 'search-restarted':
        // What was down is mended by now, or fails again.
        this.#breakers.clear();
    }
  }

  /** When a call of this worst case may start, and by which key. */
  route(model: string, reserved: Reservation, now: number): Route {
    const breaker = this.#breakers.get(model);
    const up = breaker === undefined ? now : breaker.earliest(now);
    const keys = this.#options.keys?.(model) ?? 1;
    const tokens = this.#estimate(model, reserved);
    let best: Route & { readonly running: number } = { at: Number.POSITIVE_INFINITY, account: 0, running: 0 };
    for (let account = 0; account < keys; account++) {
      const lane = this.#lane(model, account);
      const exact = Math.max(up, lane.earliest(tokens, now));
      const { running } = lane;
      // Whole milliseconds keep simulated times exact sums, which resuming relies on.
      const route = { at: exact <= now ? now : Math.ceil(exact), account, running };
      if (account === 0 || route.at < best.at || (route.at === best.at && running < best.running))
        best = route;
    }
    return best;
  }

  /** Whether a model is taken to be down at present. */
  isDown(model: string): boolean {
    return this.#breakers.get(model)?.isOpen === true;
  }

  /** Whether a model's limit lets fewer calls through than so many slots could send, calls taking so many ms. */
  isPaced(model: string, ms: number, slots: number): boolean {
    const accounts = Array.from({ length: this.#options.keys?.(model) ?? 1 }, (_, account) => account);
    const pace = accounts.reduce((sum, account) => sum + this.#lane(model, account).requestsPerMinute, 0);
    return ms > 0 && pace * ms < 60_000 * slots;
  }

  /** Why a model's calls are no longer waited for, if that is so: the last failure. */
  givenUp(model: string, now: number): CallFailure | undefined {
    const breaker = this.#breakers.get(model);
    if (breaker === undefined) return undefined;
    const { dead, probe, last } = breaker.state;
    if (last === null) return undefined;
    const isDead = dead && probe === null && breaker.earliest(now) > now;
    // Or its server asks for a longer wait.
    const isGivenUp = isDead || this.#heldUntil(model) - now > breaker.patienceMs;
    return isGivenUp ? last : undefined;
  }

  /** What a server says of its limits, where that is worth keeping. */
  newsOf(call: number, rateLimit: RateLimitInfo | undefined): { readonly rateLimit?: RateLimitInfo } {
    const open = this.#open.get(call);
    if (open === undefined || rateLimit === undefined) return {};
    return open.lane.isNews(rateLimit) ? { rateLimit } : {};
  }

  /** Until when no key of a model's takes any call. */
  #heldUntil(model: string): number {
    const accounts = Array.from({ length: this.#options.keys?.(model) ?? 1 }, (_, account) => account);
    return Math.min(...accounts.map((account) => this.#lane(model, account).heldUntil));
  }

  #dispatched({ at, call, model, reserved, account = 0 }: RunEventOf<'call-dispatched'>): void {
    const lane = this.#lane(model, account);
    const tokens = this.#estimate(model, reserved);
    this.#open.set(call, { model, lane, sent: lane.started(tokens, at), tokens, reserved });
    this.#breakers.get(model)?.started(call);
  }

  #answered({ at, call, usage, rateLimit }: RunEventOf<'call-answered'>): void {
    const open = this.#close(call);
    if (open === undefined) return;
    const { model, lane, sent, reserved } = open;
    lane.accepted(sent, usage.inputTokens + usage.outputTokens, at);
    lane.announced(rateLimit, at);
    this.#learnShares(model, reserved, usage);
    this.#alive(model);
  }

  #failed({ at, call, failure }: RunEventOf<'call-failed'>): void {
    const open = this.#close(call);
    if (open === undefined) return;
    const { model, lane, sent } = open;
    const { usage, retryAfterMs, rateLimit, serviceMs } = failure;
    if (isRateLimited(failure)) {
      const told = {
        serviceMs,
        ...defined({ info: rateLimit, waitMs: retryAfterMs }),
      };
      lane.refused(sent, told, at);
    } else lane.ended(sent, usage === undefined ? 0 : usage.inputTokens + usage.outputTokens, at);
    if (failure.cause !== 'infrastructure') {
      this.#alive(model);
      return;
    }
    const breaker = this.#breakers.get(model) ?? new Breaker(this.#breakerPolicy);
    this.#breakers.set(model, breaker);
    if (breaker.failed(call, failure, at)) this.#tellOutage(model, breaker.state, failure, at);
  }

  #lost(call: number, at: number): void {
    const open = this.#close(call);
    if (open === undefined) return;
    open.lane.ended(open.sent, open.tokens, at);
    this.#breakers.get(open.model)?.ended(call);
  }

  #close(call: number): OpenCall | undefined {
    const open = this.#open.get(call);
    this.#open.delete(call);
    return open;
  }

  #alive(model: string): void {
    const breaker = remembered(this.#breakers, model, () => new Breaker(this.#breakerPolicy));
    const told = breaker.state.opens > 1;
    breaker.alive();
    if (told) this.onNotice?.(`${model} answers again`);
  }

  /** The first time is no news: a probe follows in a moment. */
  #tellOutage(
    model: string,
    { answered, failingSince, openUntil, opens, dead }: BreakerState,
    failure: CallFailure,
    at: number,
  ): void {
    if (opens < 2 || (opens > 8 && opens % 10 !== 0)) return;
    const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`;
    const since = answered ? `has not answered for ${seconds(at - (failingSince ?? at))}` : 'does not answer';
    const next = dead
      ? 'its calls are given up for now'
      : `trying again in ${seconds((openUntil ?? at) - at)}`;
    this.onNotice?.(`${model} ${since} (${failure.code}: ${failure.message}); ${next}`);
  }

  #lane(model: string, account: number): ModelLane {
    return remembered(this.#lanes, `${model}#${account}`, () => {
      const limits = this.#options.limits ?? {};
      const provider = providerOf(model);
      const ofKey = { ...limits['*'], ...limits[provider] };
      const share = (): number => 1 / (this.#options.sharers?.(model, account) ?? 1);
      const key =
        Object.keys(ofKey).length === 0
          ? undefined
          : remembered(this.#keyLanes, `${provider}#${account}`, () => new RateLane(ofKey, share));
      return new ModelLane(new RateLane({ ...ofKey, ...limits[model] }, share), key);
    });
  }

  #estimate(model: string, { tokensIn, tokensOut }: Reservation): number {
    const shares = this.#shares.get(model) ?? assumedShares;
    return shares.in * tokensIn + shares.out * tokensOut;
  }

  #learnShares(
    model: string,
    reserved: Reservation,
    usage: { inputTokens: number; outputTokens: number },
  ): void {
    const shares = this.#shares.get(model) ?? { ...assumedShares, calls: 0 };
    this.#shares.set(model, shares);
    shares.calls++;
    const weight = Math.max(1 / smoothing, 1 / (1 + shares.calls));
    shares.in += weight * (usage.inputTokens / Math.max(1, reserved.tokensIn) - shares.in);
    shares.out += weight * (usage.outputTokens / Math.max(1, reserved.tokensOut) - shares.out);
  }
}
