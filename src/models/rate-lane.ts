import type { RateLimitInfo } from './chat-model.ts';
import { emptyWindow, RateWindow, type RateWindowState } from './rate-window.ts';

/** What a key may do at most, as its owner says. Unlimited, or yet to be learned, where absent. */
export interface LaneLimits {
  readonly requestsPerMinute?: number;
  /** Input and output together. */
  readonly tokensPerMinute?: number;
  /** Calls in flight at once. */
  readonly concurrency?: number;
}

type Kind = 'requests' | 'tokens';
const kinds = ['requests', 'tokens'] as const;
type PerKind<Value> = { requests: Value; tokens: Value };

/** Share of a known limit that is asked for: the rest absorbs the jitter between our clock and the server's. */
const margin = 0.985;
/** Share of a minute's limit that may be asked for at once. */
const burst = 0.01;
/** Requests per minute that are taken to have been in use at least where the limit is looked for from above. */
const leastPace = 60;
/** So many refusals of calls sent one after the other are no accident: nothing more is sent for a while. */
const runOfRefusals = 3;
/** Waits in ms between probes while every call is refused; a window of a minute is over within the first nine. */
const probeWaits = [1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000, 8000, 16_000, 32_000, 60_000];
/**
 * Additive increase: after each such part of a minute's calls the pace is raised by this share of it. Counted in
 * minutes' worth of calls, since a server that looks at the last minute answers a raise only after a minute.
 */
const growthPart = 1 / 6;
const growthLeastCalls = 10;
const growth = 0.003;
/** The same while the limit is being looked for from below. */
const seekingEvery = 20;
const seekingGrowth = 0.02;
const seekingShare = 0.97;
/** Multiplicative decrease after a run of refusals, and after a further run soon after. */
const cuts = { run: 0.95, further: 0.8 };
const soonMs = 15_000;
/** One refusal cuts the pace by such a part of the smoothed share of refusals, within these bounds. */
const singleCut = { least: 0.015, most: 0.04, part: 0.15 };
/** For so long one cut answers for all single refusals, unless more than this share of calls is refused. */
const answeredMs = 3_000;
const answeredShare = 0.1;
/** After so many minutes' worth of calls without a cut the steps double, and again each further minute's. */
const growthSettled = 2.5;
/** Calls in flight that an unknown server is first asked to take; one more for each that it took. */
const carefulStart = 4;
const carefulEnd = 512;
/** Share of refusals from which a server without known limits is taken to have one. */
const telling = 0.02;
/**
 * Refusals may have nothing to do with our pace (an overloaded server): on their account it is not cut below
 * this share of the best minute so far, which is forgotten by half in each half-hour.
 */
const floor = 0.4;
const peakHalfLife = 1_800_000;

/** Everything a lane knows, as plain data that survives a snapshot. Times in ms of the run's clock. */
export interface LaneState {
  readonly debt: PerKind<number>;
  debtAt: number;
  readonly announced: PerKind<number | null>;
  readonly learned: PerKind<number | null>;
  readonly window: RateWindowState;
  startedAt: number | null;
  running: number;
  /** Smoothed tokens of a call. */
  cost: number;
  /** Calls sent. */
  sent: number;
  /** Calls that may be in flight at once while nothing is known; `null` once that is over. */
  careful: number | null;
  heldUntil: number;
  /** Probes refused one after the other; 0 when the server takes calls. */
  strikes: number;
  /** When the server began to refuse everything, and what it had taken in the minute before. */
  exhausted: ({ at: number } & PerKind<number>) | null;
  /** Number of the newest refused call, and length of the run of refused calls that it ends. */
  refused: { sent: number; run: number } | null;
  /** Smoothed share of refusals, and time that a refusal takes. */
  refusals: number;
  refusalMs: number;
  /** Accepted calls since the pace was last cut, and since it was last raised. */
  sinceCut: number;
  sinceRaise: number;
  cutAt: number;
  cutSent: number;
  /** When calls were last refused one after the other. */
  ranAt: number;
  /** The best minute so far. */
  readonly peak: { at: number } & PerKind<number>;
  /** A pace that is safe to go back to quickly after a cut that may have been too deep. */
  seeking: number | null;
  /** What the minute before the last refusal held, and by how much that varies from refusal to refusal. */
  mark: ({ at: number } & PerKind<number>) | null;
  readonly spread: PerKind<number>;
}

function freshState(careful: boolean): LaneState {
  return {
    debt: { requests: 0, tokens: 0 },
    debtAt: 0,
    announced: { requests: null, tokens: null },
    learned: { requests: null, tokens: null },
    window: emptyWindow(),
    startedAt: null,
    running: 0,
    cost: 0,
    sent: 0,
    careful: careful ? carefulStart : null,
    heldUntil: 0,
    strikes: 0,
    exhausted: null,
    refused: null,
    refusals: 0,
    refusalMs: 300,
    sinceCut: 0,
    sinceRaise: 0,
    cutAt: -1e12,
    cutSent: 0,
    ranAt: -1e12,
    peak: { at: 0, requests: 0, tokens: 0 },
    seeking: null,
    mark: null,
    spread: { requests: 0, tokens: 0 },
  };
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
 * One key of a provider: how fast it may be used. Requests and tokens drain from leaky buckets at the pace
 * that was given, announced by headers, or learned from refusals: additive increase, multiplicative
 * decrease (Chiu and Jain, 1989), and where a server refused everything for a while, what it had taken in the
 * minute before says what it takes in a minute.
 *
 * A pure function of what it is told: it has no clock and no randomness, so that a run that goes on after an
 * interruption finds it as it was.
 */
export class RateLane {
  readonly state: LaneState;
  readonly #given: LaneLimits;
  readonly #window: RateWindow;

  /** @param careful begin with few calls, since nothing is known of the server. */
  constructor(given: LaneLimits, careful: boolean, saved?: LaneState) {
    this.#given = given;
    const known = given.requestsPerMinute !== undefined || given.tokensPerMinute !== undefined;
    this.state = saved ?? freshState(careful && !known);
    this.#window = new RateWindow(this.state.window);
  }

  /** When a call of so many tokens may be sent; `Infinity` while only the end of another can tell. */
  earliest(tokens: number, now: number): number {
    const { state } = this;
    if (state.running >= Math.min(this.#given.concurrency ?? Infinity, state.careful ?? Infinity))
      return Infinity;
    let at = Math.max(now, state.heldUntil);
    for (const kind of kinds) {
      const pace = this.pace(kind);
      if (pace === null) continue;
      const cost = kind === 'requests' ? 1 : tokens;
      const over = this.#debt(kind, pace, now) + cost - Math.max(burst * pace, cost);
      if (over > 0) at = Math.max(at, now + (over / pace) * 60_000);
    }
    return at;
  }

  /** What is asked for per minute at present; `null` where nothing limits it. */
  pace(kind: Kind): number | null {
    const ceiling = this.#ceiling(kind);
    const learned = this.state.learned[kind];
    if (ceiling === null) return learned;
    // Calls whose cost shows only when they end leave room for each other's surprises.
    const lump = kind === 'tokens' ? Math.min(0.03, (1.5 * this.state.cost) / ceiling) : 0;
    return Math.min(ceiling * (margin - lump), learned ?? Infinity);
  }

  started(tokens: number, now: number): SentCall {
    const { state } = this;
    state.startedAt ??= now;
    for (const kind of kinds) {
      const pace = this.pace(kind);
      state.debt[kind] =
        (pace === null ? 0 : this.#debt(kind, pace, now)) + (kind === 'requests' ? 1 : tokens);
    }
    state.debtAt = now;
    state.running++;
    state.sent++;
    if (state.strikes > 0) this.#probed(now);
    this.#window.add(now, 1, tokens);
    return { sent: state.sent, at: now, tokens };
  }

  /** The server took the call. @param tokens what it really cost. */
  accepted(call: SentCall, tokens: number, now: number): void {
    const { state } = this;
    this.#correct(call, 0, tokens, now);
    state.running--;
    state.refusals *= 1 - 1 / 50;
    state.cost += (tokens - state.cost) / 50;
    if (state.careful !== null && ++state.careful > carefulEnd) state.careful = null;
    state.sinceCut++;
    state.sinceRaise++;
    const part = Math.max(growthLeastCalls, growthPart * this.#callsPerMinute());
    if (state.sinceRaise >= (state.seeking !== null ? seekingEvery : part)) this.#raise(now);
  }

  /** The call ended otherwise: nothing is known of its cost but what is told. */
  ended(call: SentCall, tokens: number, now: number): void {
    this.#correct(call, 0, tokens, now);
    this.state.running--;
  }

  /** The server refused the call for its rate (429). */
  refused(
    call: SentCall,
    told: { readonly info?: RateLimitInfo; readonly waitMs?: number; readonly serviceMs: number },
    now: number,
  ): void {
    const { state } = this;
    this.#correct(call, -1, 0, now);
    state.running--;
    state.refusals += (1 - state.refusals) / 50;
    state.refusalMs += (Math.min(2000, told.serviceMs) - state.refusalMs) / 4;
    const follows = state.refused !== null && call.sent - state.refused.sent === 1;
    const run = follows ? (state.refused as { run: number }).run + 1 : 1;
    if (state.refused === null || call.sent > state.refused.sent) state.refused = { sent: call.sent, run };
    if (run >= runOfRefusals || state.strikes > 0) this.#hold(call, told.waitMs, now);
    this.#learn(call, run, told.info?.exhausted, now);
    this.announced(told.info, now);
  }

  /** Whether an announcement says anything new, so that it is worth keeping. */
  isNews(info: RateLimitInfo): boolean {
    return kinds.some((kind) => {
      const quota = info[kind];
      if (quota === undefined) return false;
      return (quota.perMinute ?? null) !== this.state.announced[kind] || this.#nearlyUsed(kind, quota.left);
    });
  }

  announced(info: RateLimitInfo | undefined, now: number): void {
    if (info === undefined) return;
    for (const kind of kinds) {
      const quota = info[kind];
      if (quota?.perMinute !== undefined) {
        this.state.announced[kind] = quota.perMinute;
        this.state.careful = null;
      }
      // Others use the key too: better to slow down than to be refused.
      if (this.#nearlyUsed(kind, quota?.left) && now - this.state.cutAt > 10_000) this.#cut(kind, 0.95, now);
    }
  }

  #nearlyUsed(kind: Kind, left: number | undefined): boolean {
    return left !== undefined && left < 0.01 && this.pace(kind) !== null;
  }

  #ceiling(kind: Kind): number | null {
    const given = kind === 'requests' ? this.#given.requestsPerMinute : this.#given.tokensPerMinute;
    return given ?? this.state.announced[kind];
  }

  #debt(kind: Kind, pace: number, now: number): number {
    const { debt, debtAt } = this.state;
    return Math.max(0, debt[kind] - (pace * Math.max(0, now - debtAt)) / 60_000);
  }

  #correct(call: SentCall, requests: number, tokens: number, now: number): void {
    const pace = this.pace('tokens');
    const { state } = this;
    for (const kind of kinds) {
      const known = this.pace(kind);
      state.debt[kind] = known === null ? 0 : this.#debt(kind, known, now);
    }
    state.debtAt = now;
    if (pace !== null) state.debt.tokens = Math.max(0, state.debt.tokens + tokens - call.tokens);
    this.#window.add(call.at, requests, tokens - call.tokens, now);
  }

  /** Everything is refused: wait, then try with one call at a time. */
  #hold(call: SentCall, waitMs: number | undefined, now: number): void {
    const { state } = this;
    // Calls that were sent before the wait say nothing new.
    if (state.strikes > 0 && call.at < state.heldUntil - this.#presumed() && call.at < state.cutAt) return;
    state.exhausted ??= {
      at: now,
      requests: this.#window.sum('requests', now),
      tokens: this.#window.sum('tokens', now),
    };
    const wait = waitMs ?? probeWaits[Math.min(state.strikes, probeWaits.length - 1)] ?? 0;
    state.strikes++;
    state.heldUntil = Math.max(state.heldUntil, Math.ceil(now + wait));
  }

  /** After so long without being refused a call is taken to be accepted. */
  #presumed(): number {
    return 100 + 2 * this.state.refusalMs;
  }

  /** A call was sent although the last ones were refused: either a probe, or the one before was taken. */
  #probed(now: number): void {
    const { state } = this;
    const { exhausted } = state;
    if (exhausted === null || state.refused === null) return;
    if (state.refused.sent < state.sent - 1) {
      this.#recovered(exhausted, now);
      return;
    }
    state.heldUntil = Math.ceil(now + this.#presumed());
  }

  /** The server takes calls again after having refused all: what it took in that minute is its limit. */
  #recovered(exhausted: { at: number } & PerKind<number>, now: number): void {
    const { state } = this;
    state.strikes = 0;
    state.exhausted = null;
    const dark = now - exhausted.at;
    // A shorter wait is that of a bucket, a longer one that of an outage.
    if (dark < 5_000 || dark > 65_000) return;
    const kind = this.#kind(undefined, now);
    const first = state.learned[kind] === null || state.careful !== null;
    const pace = this.pace(kind) ?? Infinity;
    const measured = first ? exhausted[kind] : Math.max(this.#window.sum(kind, now), 0.5 * exhausted[kind]);
    this.#settle(kind, Math.min(pace, margin * measured));
  }

  #learn(call: SentCall, run: number, told: Kind | undefined, now: number): void {
    const { state } = this;
    // Sent before the last cut, it says nothing of the pace since.
    if (call.sent <= state.cutSent) return;
    this.#compare(now);
    const kind = this.#kind(told, now);
    if (run >= runOfRefusals) {
      const further = now - state.ranAt < soonMs;
      state.ranAt = now;
      if (state.strikes > 1) return;
      state.seeking = seekingShare * Math.min(this.pace(kind) ?? Infinity, this.#recentPace(kind, now));
      this.#cut(kind, further ? cuts.further : cuts.run, now);
      return;
    }
    // Refusals now and then, of a server that has shown no limit, may be anything.
    if (this.pace(kind) === null && (state.refusals < telling || this.#window.sum('requests', now) < 20))
      return;
    if (this.pace(kind) !== null && state.refusals < answeredShare && now - state.cutAt < answeredMs) return;
    state.seeking = null;
    const { least, most, part } = singleCut;
    this.#cut(kind, 1 - Math.max(least, Math.min(most, part * state.refusals)), now);
  }

  /** Which of the two is the limit: the one that was the same whenever a call was refused. */
  #kind(told: Kind | undefined, now: number): Kind {
    if (told !== undefined) return told;
    const [requests, tokens] = [this.#ceiling('requests'), this.#ceiling('tokens')];
    if (requests !== null && tokens === null) return 'requests';
    if (requests === null && tokens !== null) return 'tokens';
    if (requests !== null && tokens !== null) {
      const share = this.#window.sum('requests', now) / requests;
      return this.#window.sum('tokens', now) / tokens > share ? 'tokens' : 'requests';
    }
    const { spread } = this.state;
    return spread.tokens < 0.7 * spread.requests ? 'tokens' : 'requests';
  }

  #compare(now: number): void {
    const { state } = this;
    const { mark, spread } = state;
    // Minutes that overlap are alike anyway.
    if (mark !== null && now - mark.at < 60_000) return;
    const next = {
      at: now,
      requests: this.#window.sum('requests', now),
      tokens: this.#window.sum('tokens', now),
    };
    if (now - (state.startedAt ?? now) < 60_000 || next.requests === 0 || next.tokens === 0) return;
    state.mark = next;
    if (mark === null) return;
    for (const kind of kinds) {
      spread[kind] += (Math.abs(Math.log(next[kind] / mark[kind])) - spread[kind]) / 3;
    }
  }

  #cut(kind: Kind, factor: number, now: number): void {
    const { state } = this;
    const pace = this.pace(kind) ?? this.#recentPace(kind, now) * 1.1;
    this.#notePeak(now);
    this.#settle(kind, Math.max(pace * factor, Math.min(pace, floor * state.peak[kind])));
    state.cutAt = now;
    state.cutSent = state.sent;
    state.sinceCut = 0;
    state.sinceRaise = 0;
  }

  /** Calls or tokens per minute at which the lane was really used of late. */
  #recentPace(kind: Kind, now: number): number {
    const age = Math.max(1, Math.min(60, (now - (this.state.startedAt ?? now)) / 1000));
    const minute = (this.#window.sum(kind, now) / age) * 60;
    const least = leastPace * (kind === 'requests' ? 1 : this.state.cost);
    return Math.max(minute, this.#window.sum(kind, now, 10) * 6, least);
  }

  /** Sets the learned pace of one kind; the other's is forgotten, since only one can be the tighter. */
  #settle(kind: Kind, pace: number): void {
    const { learned } = this.state;
    const other = kind === 'requests' ? 'tokens' : 'requests';
    learned[kind] = Math.max(kind === 'requests' ? 1 : 100, pace);
    if (learned[other] !== null) {
      learned[other] = null;
      this.state.debt[other] = 0;
    }
    this.state.careful = null;
  }

  #notePeak(now: number): void {
    const { peak, startedAt } = this.state;
    // At first a server may let more through than it will do for long.
    if (now - (startedAt ?? now) < 150_000) return;
    const kept = 2 ** ((peak.at - now) / peakHalfLife);
    for (const kind of kinds) peak[kind] = Math.max(peak[kind] * kept, this.#window.sum(kind, now));
    peak.at = now;
  }

  /** Calls of a minute at the learned pace. */
  #callsPerMinute(): number {
    const { learned, cost } = this.state;
    return learned.requests ?? (learned.tokens ?? 0) / Math.max(1, cost);
  }

  #raise(now: number): void {
    const { state } = this;
    state.sinceRaise = 0;
    this.#notePeak(now);
    const doublings = Math.max(
      0,
      Math.floor(state.sinceCut / Math.max(1, this.#callsPerMinute()) - growthSettled),
    );
    const { seeking } = state;
    const step = seeking !== null ? seekingGrowth : Math.min(0.5, growth * 2 ** doublings);
    for (const kind of kinds) {
      const learned = state.learned[kind];
      if (learned === null) continue;
      const ceiling = this.#ceiling(kind);
      const raised = Math.min(learned * (1 + step), Math.max(learned, seeking ?? Infinity));
      if (seeking !== null && raised >= seeking) state.seeking = null;
      // Back at a known ceiling there is nothing learned to keep.
      state.learned[kind] = ceiling !== null && raised >= ceiling * margin ? null : raised;
    }
  }
}
