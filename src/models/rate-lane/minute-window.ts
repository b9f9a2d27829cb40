/** Length of the window in bins of one second. */
const bins = 60;

/** What a minute's window holds, as plain data. */
export interface MinuteWindowState {
  /** Second that the newest bin stands for. */
  second: number;
  readonly requests: number[];
  readonly tokens: number[];
}

export function emptyWindow(): MinuteWindowState {
  const zeros = (): number[] => Array.from({ length: bins }, () => 0);
  return { second: 0, requests: zeros(), tokens: zeros() };
}

/** Counts requests and tokens by the second in which their calls were sent, over the last minute. */
export class MinuteWindow {
  readonly state: MinuteWindowState;

  constructor(state: MinuteWindowState = emptyWindow()) {
    this.state = state;
  }

  /** @param at when the call was sent, in ms; older than a minute counts nowhere any more. */
  add(at: number, requests: number, tokens: number, now = at): void {
    this.#advance(now);
    const { state } = this;
    const second = Math.floor(at / 1000);
    if (second <= state.second - bins || second > state.second) return;
    const bin = second % bins;
    state.requests[bin] = (state.requests[bin] ?? 0) + requests;
    state.tokens[bin] = (state.tokens[bin] ?? 0) + tokens;
  }

  /** Sums over the last `seconds` seconds, the present one included. */
  sum(what: 'requests' | 'tokens', now: number, seconds = bins): number {
    this.#advance(now);
    const { state } = this;
    let total = 0;
    for (let back = 0; back < Math.min(seconds, bins, state.second + 1); back++) {
      total += state[what][(state.second - back) % bins] ?? 0;
    }
    return total;
  }

  #advance(now: number): void {
    const { state } = this;
    const second = Math.floor(now / 1000);
    for (let passed = Math.max(state.second + 1, second - bins + 1); passed <= second; passed++) {
      state.requests[passed % bins] = 0;
      state.tokens[passed % bins] = 0;
    }
    state.second = Math.max(state.second, second);
  }
}
