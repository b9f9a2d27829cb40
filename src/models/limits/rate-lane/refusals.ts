/** What is known of refusals (429). */
interface RefusalsState {
  /** Smoothed share of calls that were refused, over about 50. */
  share: number;
  /** Smoothed time that a refusal takes, in ms. */
  serviceMs: number;
  /** Number of the newest refused call, and length of the run of refused calls that it ends. */
  newest: { sent: number; run: number } | null;
}

const smoothing = 1 / 50;
/** A refusal that took longer than this says nothing of how long refusals take. */
const longestServiceMs = 2000;

/** How often a server refuses, how fast, and how many calls one after the other. */
export class RefusalRate {
  readonly state: RefusalsState = { share: 0, serviceMs: 300, newest: null };

  accepted(): void {
    this.state.share *= 1 - smoothing;
  }

  /** @returns how many calls, sent one after the other, have been refused with this one. */
  refused(sent: number, serviceMs: number): number {
    const { state } = this;
    state.share += (1 - state.share) * smoothing;
    state.serviceMs += (Math.min(longestServiceMs, serviceMs) - state.serviceMs) / 4;
    const run = state.newest !== null && sent - state.newest.sent === 1 ? state.newest.run + 1 : 1;
    if (state.newest === null || sent > state.newest.sent) state.newest = { sent, run };
    return run;
  }

  /** After so many ms without being refused a call is taken to be accepted. */
  get presumedAcceptedMs(): number {
    return 100 + 2 * this.state.serviceMs;
  }
}
