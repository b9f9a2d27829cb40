import type { RunState } from '../run-state.ts';
import type { Cost } from './call-costs.ts';
import { type KeepBack, nothingKeptBack } from './ledger.ts';

/** Until calls have been seen, one is taken to cost this. */
const assumedTokensPerCall = 1500;
/** Answers taken to be had at the first try before any is. */
const assumedAnswers = 8;
/** Calls from which their pace is believed. */
const leastCalls = 20;

type Seen = Pick<RunState, 'tokensIn' | 'tokensOut' | 'usd' | 'calls' | 'at' | 'retried' | 'answered'>;

/** Calls that are sent for one that is answered: where servers fail, what is planned takes more of them. */
export function triesPerAnswer({ retried, answered }: Seen): number {
  return 1 + retried / (answered.size + assumedAnswers);
}

/** What so many calls cost, if they are as all were so far on average, whatever their models. */
export function usualCost({ tokensIn, tokensOut, usd, calls: made }: Seen, calls: number): Cost {
  if (made === 0) {
    const half = (calls * assumedTokensPerCall) / 2;
    return { tokensIn: half, tokensOut: half, usd: 0 };
  }
  const share = calls / made;
  return { tokensIn: share * tokensIn, tokensOut: share * tokensOut, usd: share * (usd ?? 0) };
}

/** How long so many calls take at the pace that calls had so far, in seconds; 0 until that is known. */
export function usualSeconds({ calls: made, at }: Seen, calls: number): number {
  return made < leastCalls ? 0 : (calls * at) / 1000 / made;
}

/** Calls and what they cost; of time nothing is said. */
export const workOf = (calls: number, cost: Cost): KeepBack => ({ ...nothingKeptBack, calls, ...cost });

export const sumOf = (...each: readonly KeepBack[]): KeepBack =>
  each.reduce((sum, { calls, tokensIn, tokensOut, usd, seconds }) => ({
    calls: sum.calls + calls,
    tokensIn: sum.tokensIn + tokensIn,
    tokensOut: sum.tokensOut + tokensOut,
    usd: sum.usd + usd,
    seconds: sum.seconds + seconds,
  }));
