/** Calls that ended while the pace was about so high, and how many of them were refused. */
interface Counted {
  calls: number;
  refused: number;
}

/** A pace that is being cut on account of refusals. */
interface Comparison {
  readonly from: number;
  /** While the pace was near that, and while it was clearly below. */
  readonly high: Counted;
  readonly low: Counted;
}

interface BackgroundState {
  /** Share of calls that is refused whatever the pace, and a standard error more; `null` where nothing tells so. */
  share: number | null;
  /** Smoothed share of calls that were refused, over about 300. */
  recent: number;
  comparison: Comparison | null;
}

const smoothing = 1 / 300;
/** From this share of the pace on that was cut it is clearly lower: a limit would refuse far less. */
const lowPace = 0.7;
/** A server that refuses more than this may have a limit that is lower still. */
const mostShare = 0.1;
/** Calls at the low pace, and refusals among them, from which they tell something. */
const telling = { calls: 100, refused: 5 };
/** Where at least this part of the share is left at the low pace, the pace is not what it hangs on. */
const sameShare = 0.6;
/** Above so many times the known share, and so much, refusals are about the pace again. */
const tolerated = { factor: 1.5, more: 0.01 };

/** `pace`: it is too high. `other`: the refusal says nothing of it. `back`: nor did those for which it was cut. */
export type RefusalCause =
  | { readonly kind: 'pace' | 'other' }
  | { readonly kind: 'back'; readonly to: number };

/**
 * Tells refusals that a pace brings about from those that come at any pace, of a server that is short of room for
 * all its clients: when the pace has been cut by a third and calls are refused as often as before, cutting does not
 * help, and an overnight run would crawl for nothing.
 */
export class BackgroundRefusals {
  readonly state: BackgroundState = { share: null, recent: 0, comparison: null };

  /** A call was taken or refused. @param pace calls per minute that are asked for; `null` where nothing limits them */
  ended(isRefused: boolean, pace: number | null): void {
    const { state } = this;
    state.recent += ((isRefused ? 1 : 0) - state.recent) * smoothing;
    if (state.comparison === null || pace === null) return;
    const counted = pace <= lowPace * state.comparison.from ? state.comparison.low : state.comparison.high;
    counted.calls++;
    if (isRefused) counted.refused++;
  }

  /** A single call was refused. @param pace calls per minute that are asked for */
  causeOf(pace: number): RefusalCause {
    const { state } = this;
    if (state.share !== null && state.recent <= tolerated.factor * state.share + tolerated.more) {
      state.comparison = null;
      return { kind: 'other' };
    }
    if (state.comparison === null || pace >= state.comparison.from) {
      state.comparison = { from: pace, high: { calls: 0, refused: 0 }, low: { calls: 0, refused: 0 } };
    }
    const { from, high, low } = state.comparison;
    if (pace > lowPace * from) return { kind: 'pace' };
    const share = shareOf(low);
    if (low.calls < telling.calls || low.refused < telling.refused)
      return { kind: share > mostShare ? 'pace' : 'other' };
    state.comparison = null;
    // A pace that fell at once, after a run of refusals, leaves nothing to compare with.
    const isSame = high.calls >= telling.calls && share >= sameShare * shareOf(high);
    if (share > mostShare || !isSame) return { kind: 'pace' };
    state.share = share + Math.sqrt(low.refused) / low.calls;
    state.recent = share;
    return { kind: 'back', to: from };
  }
}

const shareOf = ({ calls, refused }: Counted): number => refused / Math.max(1, calls);
