import type { RateLimitInfo } from '../../chat-model.ts';
import type { RateLane, RateRefusal, SentCall } from './rate-lane.ts';

/** A call of a model under way, as both of its lanes must be told when it ends. */
export interface SentByModel {
  readonly own: SentCall;
  readonly byKey: SentCall | undefined;
}

/**
 * One model by one key: what its calls found out is its own, since most providers limit each model by itself and refuse
 * one that is full while others are free; what was given for the key holds over all of its models together.
 */
export class ModelLane {
  readonly #own: RateLane;
  readonly #key: RateLane | undefined;

  /** @param key the lane of what was given for the key, which its models share; none where nothing was given. */
  constructor(own: RateLane, key: RateLane | undefined) {
    this.#own = own;
    this.#key = key;
  }

  /** Calls in flight by the key, or of the model where nothing was given for the key. */
  get running(): number {
    return (this.#key ?? this.#own).running;
  }

  /** See {@link RateLane.heldUntil}. */
  get heldUntil(): number {
    return this.#own.heldUntil;
  }

  /** Requests of the model that are asked for per minute at present; `Infinity` where nothing limits them. */
  get requestsPerMinute(): number {
    return this.#own.pace('requests') ?? Number.POSITIVE_INFINITY;
  }

  /** See {@link RateLane.earliest}. */
  earliest(tokens: number, now: number): number {
    return Math.max(this.#own.earliest(tokens, now), this.#key?.earliest(tokens, now) ?? now);
  }

  started(tokens: number, now: number): SentByModel {
    return { own: this.#own.started(tokens, now), byKey: this.#key?.started(tokens, now) };
  }

  /** See {@link RateLane.accepted}. */
  accepted({ own, byKey }: SentByModel, tokens: number, now: number): void {
    this.#own.accepted(own, tokens, now);
    if (byKey !== undefined) this.#key?.ended(byKey, tokens, now);
  }

  /** See {@link RateLane.ended}. */
  ended({ own, byKey }: SentByModel, tokens: number, now: number): void {
    this.#own.ended(own, tokens, now);
    if (byKey !== undefined) this.#key?.ended(byKey, tokens, now);
  }

  /** See {@link RateLane.refused}: it tells of the model alone. */
  refused({ own, byKey }: SentByModel, told: RateRefusal, now: number): void {
    this.#own.refused(own, told, now);
    if (byKey !== undefined) this.#key?.ended(byKey, 0, now);
  }

  /** See {@link RateLane.isNews}. */
  isNews(info: RateLimitInfo): boolean {
    return this.#own.isNews(info);
  }

  /** See {@link RateLane.announced}. */
  announced(info: RateLimitInfo | undefined, now: number): void {
    this.#own.announced(info, now);
  }
}
