import { type PerQuota, type Quota, quotas } from './quota.ts';

/** What refusals have taught. Times in ms of the run's clock. */
interface LearnedPaceState {
  /** Per minute; `null` where nothing is learned. One at a time: only one quota can be the tighter. */
  readonly perMinute: PerQuota<number | null>;
  /** A pace that is safe to go back to quickly after a cut that may have been too deep. */
  seeking: number | null;
  /** Accepted calls since the pace was last cut, and since it was last raised. */
  sinceCut: number;
  sinceRaise: number;
  cutAt: number;
  /** Calls that had been sent when the pace was last cut. */
  cutSent: number;
  /** When calls were last refused one after the other. */
  runAt: number;
}

/**
 * Additive increase: after each such part of a minute's calls the pace is raised by this share of it. Counted in
 * minutes' worth of calls, since a server that looks at the last minute answers a raise only after a minute.
 */
const growthPart = 1 / 6;
const growthLeastCalls = 10;
const growth = 0.003;
/** After so many minutes' worth of calls without a cut the steps double, and again each further minute's. */
const growthSettled = 2.5;
const growthMost = 0.5;
/** The same while the limit is being looked for from below, and where that begins. */
const seekingEvery = 20;
const seekingGrowth = 0.02;
const seekingShare = 0.97;
/** Multiplicative decrease after a run of refusals, and after a further run soon after. */
const runCuts = { first: 0.95, further: 0.8, soonMs: 15_000 };
/** One refusal cuts the pace by such a part of the share of refusals, within these bounds. */
const singleCut = { least: 0.015, most: 0.04, part: 0.15 };
/** For so long one cut answers for all single refusals, unless more than this share of calls is refused. */
const answered = { ms: 3_000, share: 0.1 };
const longAgo = -1e12;

/**
 * The pace that refusals have taught: additive increase, multiplicative decrease (Chiu and Jain, 1989). It says
 * when and by how much; what the pace is cut from and what it may not fall below is the lane's to know.
 */
export class LearnedPace {
  readonly state: LearnedPaceState = {
    perMinute: { requests: null, tokens: null },
    seeking: null,
    sinceCut: 0,
    sinceRaise: 0,
    cutAt: longAgo,
    cutSent: 0,
    runAt: longAgo,
  };

  of(quota: Quota): number | null {
    return this.state.perMinute[quota];
  }

  /** Calls of a minute at the learned pace. @param callTokens tokens of a call. */
  #callsPerMinute(callTokens: number): number {
    const { requests, tokens } = this.state.perMinute;
    return requests ?? (tokens ?? 0) / Math.max(1, callTokens);
  }

  /** A call was accepted. @returns whether it is time to raise the pace. */
  accepted(callTokens: number): boolean {
    const { state } = this;
    state.sinceCut++;
    state.sinceRaise++;
    const part = Math.max(growthLeastCalls, growthPart * this.#callsPerMinute(callTokens));
    return state.sinceRaise >= (state.seeking !== null ? seekingEvery : part);
  }

  /** @param reached whether a pace is that of a known limit: there is nothing learned to keep then. */
  raise(callTokens: number, reached: (quota: Quota, pace: number) => boolean): void {
    const { state } = this;
    state.sinceRaise = 0;
    const minutes = state.sinceCut / Math.max(1, this.#callsPerMinute(callTokens));
    const doublings = Math.max(0, Math.floor(minutes - growthSettled));
    const { seeking } = state;
    const step = seeking !== null ? seekingGrowth : Math.min(growthMost, growth * 2 ** doublings);
    for (const quota of quotas) {
      const pace = state.perMinute[quota];
      if (pace === null) continue;
      const raised = Math.min(pace * (1 + step), Math.max(pace, seeking ?? Infinity));
      if (seeking !== null && raised >= seeking) state.seeking = null;
      state.perMinute[quota] = reached(quota, raised) ? null : raised;
    }
  }

  /** Factor by which a run of refusals cuts the pace. */
  runCut(now: number): number {
    const further = now - this.state.runAt < runCuts.soonMs;
    this.state.runAt = now;
    return further ? runCuts.further : runCuts.first;
  }

  /** After a cut by a run, the pace goes back quickly to a little below this. */
  seek(pace: number): void {
    this.state.seeking = seekingShare * pace;
  }

  /** Whether an earlier cut answers for a single refusal, too. */
  hasAnswered(refusedShare: number, now: number): boolean {
    return refusedShare < answered.share && now - this.state.cutAt < answered.ms;
  }

  /** Factor by which a single refusal cuts the pace. @param refusedShare smoothed share of refused calls. */
  singleCut(refusedShare: number): number {
    this.state.seeking = null;
    return 1 - Math.max(singleCut.least, Math.min(singleCut.most, singleCut.part * refusedShare));
  }

  wasCut(sent: number, now: number): void {
    Object.assign(this.state, { cutAt: now, cutSent: sent, sinceCut: 0, sinceRaise: 0 });
  }
}
