import type { RateLimitInfo } from '../../chat-model.ts';
import { BackgroundRefusals } from './background-refusals.ts';
import { BestMinute } from './best-minute.ts';
import { Exhaustion } from './exhaustion.ts';
import { LeakyBucket } from './leaky-bucket.ts';
import { LearnedPace } from './learned-pace.ts';
import { MinuteWindow } from './minute-window.ts';
import { type PerQuota, type Quota, quotas } from './quota.ts';
import { RefusalRate } from './refusals.ts';
import { TighterQuota } from './tighter-quota.ts';

/** What a key may do at most, as its owner says. Unlimited, or yet to be learned, where absent. */
export interface LaneLimits {
  readonly requestsPerMinute?: number;
  /** Input and output together. */
  readonly tokensPerMinute?: number;
  /** Calls in flight at once. */
  readonly concurrency?: number;
}

/** Share of a known limit that is asked for: the rest absorbs the jitter between our clock and the server's. */
const margin = 0.985;
/** Share of a minute's limit that may be asked for at once. */
const burst = 0.01;
/** Requests per minute that are taken to have been in use at least where the limit is looked for from above. */
const leastPace = 60;
/**
 * So many refusals of calls sent one after the other are no accident: nothing more is sent for a while. The second is
 * for a server that refuses some calls at any pace.
 */
const runOfRefusals = { usual: 3, beside: 5 };
/** Calls in flight that a server is asked to take after it has refused the first ones; one more for each that it took. */
const slowStart = { from: 4, to: 512 };
/** Share of refusals, and calls in a minute, from which a server without known limits is taken to have one. */
const telling = { share: 0.02, calls: 20 };
/**
 * Refusals may have nothing to do with our pace (an overloaded server): on their account it is not cut below
 * this share of the best minute so far.
 */
const floor = 0.4;
/** At first a server may let more through than it will do for long. */
const settledAfterMs = 150_000;
/** Where less than this share of an announced limit is left, others use the key too: slow down, once in a while. */
const nearlyUsed = { share: 0.01, cut: 0.95, everyMs: 10_000 };

/** What a refusal (429) tells. */
export interface RateRefusal {
  readonly info?: RateLimitInfo;
  /** Until when the server says to wait. */
  readonly waitMs?: number;
  readonly serviceMs: number;
}

/** A call under way, as the lane must be told when it ends. */
export interface SentCall {
  /** Number within the lane, from 1. */
  readonly sent: number;
  readonly at: number;
  /** Tokens it was taken to cost. */
  readonly tokens: number;
}

/**
 * One key of a provider, or one model by it: how fast it may be used. Requests and tokens drain from leaky buckets at the pace that
 * was given, announced by headers, or learned from refusals.
 *
 * A pure function of what it is told: it has no clock and no randomness, so that a run that goes on after an
 * interruption finds it as it was.
 */
export class RateLane {
  readonly #given: LaneLimits;
  readonly #share: () => number;
  readonly #buckets: PerQuota<LeakyBucket> = { requests: new LeakyBucket(), tokens: new LeakyBucket() };
  readonly #window = new MinuteWindow();
  readonly #refusals = new RefusalRate();
  readonly #background = new BackgroundRefusals();
  readonly #exhaustion = new Exhaustion();
  readonly #learned = new LearnedPace();
  readonly #tighter = new TighterQuota();
  readonly #best = new BestMinute();
  /** Limits per minute that the server announced. */
  readonly #announced: PerQuota<number | null> = { requests: null, tokens: null };
  #startedAt: number | null = null;
  #running = 0;
  #sent = 0;
  /** Smoothed tokens of a call. */
  #callTokens = 0;
  /** Calls that may be in flight at once after the first refusals, until a pace is learned; `null` before and after. */
  #slowStart: number | null = null;

  /** @param share of the key's limits that is this lane's at present, 0..1: others use the key, too. */
  constructor(given: LaneLimits, share: () => number = () => 1) {
    this.#given = given;
    this.#share = share;
  }

  /** Calls in flight. */
  get running(): number {
    return this.#running;
  }

  /** Until when nothing is sent, since the server refused every call; in the past where it takes them. */
  get heldUntil(): number {
    return this.#exhaustion.state.heldUntil;
  }

  /** When a call of so many tokens may be sent; `Infinity` while only the end of another can tell. */
  earliest(tokens: number, now: number): number {
    const atOnce = Math.max(1, Math.floor((this.#given.concurrency ?? Infinity) * this.#share()));
    if (this.#running >= Math.min(atOnce, this.#slowStart ?? Infinity)) return Infinity;
    let at = Math.max(now, this.#exhaustion.state.heldUntil);
    for (const quota of quotas) {
      const pace = this.pace(quota);
      if (pace === null) continue;
      const cost = quota === 'requests' ? 1 : tokens;
      const over = this.#buckets[quota].level(pace, now) + cost - Math.max(burst * pace, cost);
      if (over > 0) at = Math.max(at, now + (over / pace) * 60_000);
    }
    return at;
  }

  /** What is asked for per minute at present; `null` where nothing limits it. */
  pace(quota: Quota): number | null {
    const limit = this.#limit(quota);
    const learned = this.#learned.of(quota);
    if (limit === null) return learned;
    // Calls whose cost shows only when they end leave room for each other's surprises.
    const lump = quota === 'tokens' ? Math.min(0.03, (1.5 * this.#callTokens) / limit) : 0;
    return Math.min(limit * (margin - lump), learned ?? Infinity);
  }

  started(tokens: number, now: number): SentCall {
    this.#startedAt ??= now;
    this.#buckets.requests.pour(1, this.pace('requests'), now);
    this.#buckets.tokens.pour(tokens, this.pace('tokens'), now);
    this.#running++;
    this.#sent++;
    if (this.#exhaustion.isOn) this.#probed(now);
    this.#window.add(now, 1, tokens);
    return { sent: this.#sent, at: now, tokens };
  }

  /** The server took the call. @param tokens what it really cost. */
  accepted(call: SentCall, tokens: number, now: number): void {
    this.#finish(call, 0, tokens, now);
    this.#refusals.accepted();
    this.#background.ended(false, this.#callsPerMinute);
    this.#callTokens += (tokens - this.#callTokens) / 50;
    if (this.#slowStart !== null && ++this.#slowStart > slowStart.to) this.#slowStart = null;
    if (!this.#learned.accepted(this.#callTokens)) return;
    this.#noteBest(now);
    this.#learned.raise(this.#callTokens, (quota, pace) => pace >= (this.#limit(quota) ?? Infinity) * margin);
  }

  /** The call ended otherwise: nothing is known of its cost but what is told. */
  ended(call: SentCall, tokens: number, now: number): void {
    this.#finish(call, 0, tokens, now);
  }

  /** The server refused the call for its rate (429). */
  refused(call: SentCall, told: RateRefusal, now: number): void {
    this.#finish(call, -1, 0, now);
    const run = this.#refusals.refused(call.sent, told.serviceMs);
    this.#background.ended(true, this.#callsPerMinute);
    if (run >= this.#tellingRun || this.#exhaustion.isOn) this.#hold(call, told.waitMs, now);
    this.#learn(call, run, told.info?.exhausted, now);
    this.announced(told.info, now);
  }

  /** Whether an announcement says anything new, so that it is worth keeping. */
  isNews(info: RateLimitInfo): boolean {
    return quotas.some((quota) => {
      const told = info[quota];
      if (told === undefined) return false;
      return (told.perMinute ?? null) !== this.#announced[quota] || this.#nearlyUsed(quota, told.left);
    });
  }

  announced(info: RateLimitInfo | undefined, now: number): void {
    if (info === undefined) return;
    for (const quota of quotas) {
      const told = info[quota];
      if (told?.perMinute !== undefined) {
        this.#announced[quota] = told.perMinute;
        this.#slowStart = null;
      }
      const answered = now - this.#learned.state.cutAt <= nearlyUsed.everyMs;
      if (this.#nearlyUsed(quota, told?.left) && !answered) this.#cut(quota, nearlyUsed.cut, now);
    }
  }

  #nearlyUsed(quota: Quota, left: number | undefined): boolean {
    return left !== undefined && left < nearlyUsed.share && this.pace(quota) !== null;
  }

  /** Our share of the limit that was given or announced. */
  #limit(quota: Quota): number | null {
    const given = quota === 'requests' ? this.#given.requestsPerMinute : this.#given.tokensPerMinute;
    const limit = given ?? this.#announced[quota];
    return limit === null ? null : limit * this.#share();
  }

  #lastMinute(now: number): PerQuota<number> {
    return { requests: this.#window.sum('requests', now), tokens: this.#window.sum('tokens', now) };
  }

  /** Puts right what was booked for a call when it was sent. */
  #finish(call: SentCall, requests: number, tokens: number, now: number): void {
    const surplus = tokens - call.tokens;
    this.#buckets.requests.pour(0, this.pace('requests'), now);
    const pace = this.pace('tokens');
    this.#buckets.tokens.pour(pace === null ? 0 : surplus, pace, now);
    this.#window.add(call.at, requests, surplus, now);
    this.#running--;
  }

  /** Everything is refused: wait, then try with one call at a time. */
  #hold(call: SentCall, waitMs: number | undefined, now: number): void {
    const { heldUntil } = this.#exhaustion.state;
    const old =
      call.at < heldUntil - this.#refusals.presumedAcceptedMs && call.at < this.#learned.state.cutAt;
    // Calls that were sent before the wait say nothing new.
    if (this.#exhaustion.isOn && old) return;
    this.#exhaustion.hold(waitMs, this.#lastMinute(now), now);
  }

  /** A call was sent although the last ones were refused: either a probe, or the one before was taken. */
  #probed(now: number): void {
    const { newest } = this.#refusals.state;
    if (newest === null) return;
    if (newest.sent < this.#sent - 1) this.#recovered(now);
    else this.#exhaustion.awaitProbe(this.#refusals.presumedAcceptedMs, now);
  }

  /** The server takes calls again after having refused all: what it took in the minute before is its limit. */
  #recovered(now: number): void {
    const before = this.#exhaustion.end(now);
    if (before === null) return;
    const quota = this.#tighterQuota(undefined, now);
    const first = this.#learned.of(quota) === null || this.#slowStart !== null;
    // A first burst was counted before all that was refused of it had come back.
    const burst = this.#slowStart === slowStart.from ? this.#window.sum(quota, now) : 0;
    if (burst > 0) {
      this.#settle(quota, margin * Math.min(before[quota], burst));
      return;
    }
    const measured = first ? before[quota] : Math.max(this.#window.sum(quota, now), 0.5 * before[quota]);
    this.#settle(quota, Math.min(this.pace(quota) ?? Infinity, margin * measured));
  }

  #learn(call: SentCall, run: number, told: Quota | undefined, now: number): void {
    // Sent before the last cut, it says nothing of the pace since.
    if (call.sent <= this.#learned.state.cutSent) return;
    if (now - (this.#startedAt ?? now) >= 60_000) this.#tighter.refused(this.#lastMinute(now), now);
    const quota = this.#tighterQuota(told, now);
    if (this.#isUnknown && now - (this.#startedAt ?? now) < 60_000) {
      if (run < this.#tellingRun) return;
      // All at once was too much, which tells no pace: begin anew with few, and add.
      this.#slowStart = slowStart.from;
      this.#learned.wasCut(this.#sent, now);
      return;
    }
    if (run >= this.#tellingRun) {
      const factor = this.#learned.runCut(now);
      if (this.#exhaustion.state.refusedProbes > 1) return;
      this.#learned.seek(Math.min(this.pace(quota) ?? Infinity, this.#recentPace(quota, now)));
      this.#cut(quota, factor, now);
      return;
    }
    const { share } = this.#refusals.state;
    const unlimited = this.pace(quota) === null;
    // Refusals now and then, of a server that has shown no limit, may be anything.
    if (unlimited && (share < telling.share || this.#window.sum('requests', now) < telling.calls)) return;
    if (!unlimited && this.#learned.hasAnswered(share, now)) return;
    const cause = this.#background.causeOf(this.#paceToCut(quota, now) / this.#unit(quota));
    if (cause.kind === 'back') this.#learned.seek(cause.to * this.#unit(quota));
    if (cause.kind === 'pace') this.#cut(quota, this.#learned.singleCut(share), now);
  }

  /** Refusals in a row that are no accident. */
  get #tellingRun(): number {
    return this.#background.state.share === null ? runOfRefusals.usual : runOfRefusals.beside;
  }

  /** Nobody has said or found out any limit, and nothing was refused so far. */
  get #isUnknown(): boolean {
    if (this.#slowStart !== null || this.#learned.state.cutSent > 0) return false;
    return quotas.every((quota) => this.pace(quota) === null);
  }

  #tighterQuota(told: Quota | undefined, now: number): Quota {
    const limits = { requests: this.#limit('requests'), tokens: this.#limit('tokens') };
    return told ?? this.#tighter.now(limits, this.#lastMinute(now));
  }

  #paceToCut(quota: Quota, now: number): number {
    return this.pace(quota) ?? this.#recentPace(quota, now) * 1.1;
  }

  #cut(quota: Quota, factor: number, now: number): void {
    const pace = this.#paceToCut(quota, now);
    this.#noteBest(now);
    this.#settle(quota, Math.max(pace * factor, Math.min(pace, floor * this.#best.state[quota])));
    this.#learned.wasCut(this.#sent, now);
  }

  /** Calls or tokens per minute at which the lane was really used of late. */
  #recentPace(quota: Quota, now: number): number {
    const age = Math.max(1, Math.min(60, (now - (this.#startedAt ?? now)) / 1000));
    const minute = (this.#window.sum(quota, now) / age) * 60;
    const least = leastPace * this.#unit(quota);
    return Math.max(minute, this.#window.sum(quota, now, 10) * 6, least);
  }

  /** Sets the learned pace of one quota; the other's is forgotten, since only one can be the tighter. */
  #settle(quota: Quota, pace: number): void {
    const { perMinute } = this.#learned.state;
    const other = quota === 'requests' ? 'tokens' : 'requests';
    perMinute[quota] = Math.max(quota === 'requests' ? 1 : 100, pace);
    if (perMinute[other] !== null) {
      perMinute[other] = null;
      this.#buckets[other].empty();
    }
    this.#slowStart = null;
  }

  /** Calls per minute that are asked for; `null` where nothing limits them. */
  get #callsPerMinute(): number | null {
    const quota = this.#learned.of('tokens') === null ? 'requests' : 'tokens';
    const pace = this.pace(quota);
    return pace === null ? null : pace / this.#unit(quota);
  }

  /** What one call takes of a quota. */
  #unit(quota: Quota): number {
    return quota === 'requests' ? 1 : Math.max(1, this.#callTokens);
  }

  #noteBest(now: number): void {
    if (now - (this.#startedAt ?? now) >= settledAfterMs) this.#best.note(this.#lastMinute(now), now);
  }
}
