import type { PerQuota } from './quota.ts';

/** What is known while a server refuses everything. */
interface ExhaustionState {
  /** Nothing is sent before. */
  heldUntil: number;
  /** Probes refused one after the other; 0 when the server takes calls. */
  refusedProbes: number;
  /** When the server began to refuse everything, and what it had taken in the minute before. */
  began: ({ at: number } & PerQuota<number>) | null;
}

/** Waits in ms between probes while every call is refused; a window of a minute is over within the first nine. */
const probeWaits = [1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000, 8000, 8000, 16_000, 32_000, 60_000];
/** A shorter wait is that of a bucket, a longer one that of an outage. */
const minuteWindow = { least: 5_000, most: 65_000 };

/**
 * A server that refuses every call has no allowance left. It is asked again with one call at a time; what it had
 * taken in the minute before says what it takes in a minute, if that is how long it took to come back.
 */
export class Exhaustion {
  readonly state: ExhaustionState = { heldUntil: 0, refusedProbes: 0, began: null };

  get isOn(): boolean {
    return this.state.refusedProbes > 0;
  }

  /**
   * A further call was refused: waits.
   * @param waitMs what the server asked for.
   * @param lastMinute what it had taken in the minute before.
   */
  hold(waitMs: number | undefined, lastMinute: PerQuota<number>, now: number): void {
    const { state } = this;
    state.began ??= { at: now, ...lastMinute };
    const wait = waitMs ?? probeWaits[Math.min(state.refusedProbes, probeWaits.length - 1)] ?? 0;
    state.refusedProbes++;
    state.heldUntil = Math.max(state.heldUntil, Math.ceil(now + wait));
  }

  /** A probe is under way: nothing else is sent until it can be taken to be accepted. */
  awaitProbe(presumedAcceptedMs: number, now: number): void {
    this.state.heldUntil = Math.ceil(now + presumedAcceptedMs);
  }

  /** The server takes calls again. @returns what it had taken in its last minute, where that tells its limit. */
  end(now: number): PerQuota<number> | null {
    const { state } = this;
    const { began } = state;
    state.refusedProbes = 0;
    state.began = null;
    if (began === null) return null;
    const refusedFor = now - began.at;
    return refusedFor < minuteWindow.least || refusedFor > minuteWindow.most ? null : began;
  }
}
