import type { CallFailure } from '../chat-model.ts';
import { isRateLimited } from './retry-policy.ts';

/** When a model counts as down. Times in ms. */
export interface BreakerPolicy {
  /** So many failures, with no answer between them, and the model is left alone for a while. */
  readonly failures: number;
  /** How long before the first probe; doubles with each that fails. */
  readonly baseMs: number;
  readonly capMs: number;
  /** A model that has answered before is waited for this long. */
  readonly patienceMs: number;
  /** A model that has never answered: more likely a wrong address than an outage. */
  readonly startPatienceMs: number;
}

export const defaultBreakerPolicy: BreakerPolicy = {
  failures: 8,
  baseMs: 2_000,
  capMs: 60_000,
  patienceMs: 6 * 3_600_000,
  startPatienceMs: 180_000,
};

/** What is known of a model's health, as plain data. */
export interface BreakerState {
  /** Whether it ever answered. */
  answered: boolean;
  failures: number;
  failingSince: number | null;
  /** No call is sent before; `null` while the model is taken to be up. */
  openUntil: number | null;
  /** Times that calls were held back, one after the other. */
  opens: number;
  /** The call that finds out whether the model is back. */
  probe: number | null;
  /** Given up: its calls fail at once, but for a probe now and then. */
  dead: boolean;
  last: CallFailure | null;
}

/** Of a model that nothing is held against. */
const noTrouble = {
  failures: 0,
  failingSince: null,
  openUntil: null,
  opens: 0,
  probe: null,
  dead: false,
  last: null,
} as const satisfies Omit<BreakerState, 'answered'>;

/**
 * A circuit breaker (Nygard, Release It!, 2007) for one model: closed, open while the model answers nobody,
 * half-open while one call finds out. Refusals for the rate alone never open it, since the limiter waits for
 * those. Like the limiter's lanes it is a function of what it is told.
 */
export class Breaker {
  readonly state: BreakerState = { answered: false, ...noTrouble };
  readonly #policy: BreakerPolicy;

  constructor(policy: BreakerPolicy = defaultBreakerPolicy) {
    this.#policy = policy;
  }

  /** True while the model is taken to be down. */
  get isOpen(): boolean {
    return this.state.openUntil !== null;
  }

  /** When a call may be sent; `Infinity` while a probe is under way. */
  earliest(now: number): number {
    const { openUntil, probe } = this.state;
    if (openUntil === null) return now;
    return probe === null ? Math.max(now, openUntil) : Number.POSITIVE_INFINITY;
  }

  /** For how long the model is waited for. */
  get patienceMs(): number {
    const { patienceMs, startPatienceMs } = this.#policy;
    return this.state.answered ? patienceMs : startPatienceMs;
  }

  started(call: number): void {
    if (this.isOpen) this.state.probe = call;
  }

  /** The model is there: it answered, or said why it would not. */
  alive(): void {
    const { state } = this;
    if (state.failures === 0 && state.failingSince === null && state.answered && state.openUntil === null)
      return;
    Object.assign(state, { answered: true, ...noTrouble });
  }

  /** @returns true when the model is (still) held back for it. */
  failed(call: number, failure: CallFailure, now: number): boolean {
    const { state } = this;
    const { failures } = this.#policy;
    state.failingSince ??= now;
    state.last = failure;
    const wasProbe = state.probe === call;
    if (wasProbe) state.probe = null;
    if (!isRateLimited(failure)) state.failures++;
    const due = state.openUntil === null ? state.failures >= failures : wasProbe;
    if (now - state.failingSince > this.patienceMs) state.dead = true;
    if (!due && !(state.dead && state.openUntil === null)) return false;
    state.opens++;
    state.openUntil = Math.ceil(now + this.#wait());
    return true;
  }

  /** The call came to nothing that says anything of the model. */
  ended(call: number): void {
    if (this.state.probe === call) this.state.probe = null;
  }

  #wait(): number {
    return Math.min(this.#policy.capMs, this.#policy.baseMs * 2 ** (this.state.opens - 1));
  }
}
