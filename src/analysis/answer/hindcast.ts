import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { mean } from '../../core/statistics.ts';
import { baseline, cameBy } from '../../domain/headliners.ts';
import { bestAmong, gainsOf, type Inference, infer, shortestInterval } from './forecast.ts';
import type { PastTrial } from './history.ts';

/** What would have been foretold at half of the run, and what then happened. */
export interface Hindcast {
  /** Evaluations that the forecast would have been made after, and for. */
  readonly after: number;
  readonly evaluations: number;
  readonly gain: number;
  /** 80% interval. */
  readonly low: number;
  readonly high: number;
  /** Gain in true score of the best, as the whole run now has it. */
  readonly happened: number;
  /** Two-sided p-value of what happened under what was foretold. */
  readonly p: number;
}

/** Proposals of the search's own that a trend takes: after the single models and the prepared first configs. */
export const leastProposals = 20;

/** Forecasts the second half of a run from its first; `null` where the first half is too short for that. */
export function hindcastOf({ trials, measured, draws, habits, best }: Inference, rng: Rng): Hindcast | null {
  const after = Math.floor(trials.length / 2);
  const before = trials.slice(0, after);
  if (before.filter(isProposal).length < leastProposals) return null;
  const then = bestAmong(before, measured);
  if (then < 0) return null;
  const early = infer({ trials: before, best: null }, habits.finishCells, rng.derive('early'));
  const evaluations = trials.length - after;
  const gains = gainsOf(early, [evaluations], rng.derive('early'))[0] ?? [];
  const happened = draws.map((draw) => elementAt(draw, best) - elementAt(draw, then));
  // Draws of the two are independent, so any pairing of them compares the two distributions.
  const above = gains.map((gain, index) => Math.sign(gain - elementAt(happened, index % happened.length)));
  const share = mean(above.map((sign) => (sign + 1) / 2)) ?? 0.5;
  return {
    after,
    evaluations,
    gain: mean(gains) ?? 0,
    ...shortestInterval(gains, 0.8),
    happened: mean(happened) ?? 0,
    p: 2 * Math.min(share, 1 - share),
  };
}

/** Whether the search itself thought of the config: not a single model, nor a prepared first config. */
export function isProposal({ operator }: PastTrial): boolean {
  return !cameBy(baseline, operator) && operator !== 'start';
}
