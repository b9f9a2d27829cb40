import { pairedDifference } from '../../core/paired-difference.ts';
import { mean, quantile } from '../../core/statistics.ts';
import type { PastCell, PastTrial } from './history.ts';

/** What the run's best is worth beyond another of its configs, in score (0..1). */
export interface Gain {
  /** The config compared with. */
  readonly over: { readonly trial: number; readonly id: string };
  readonly mean: number;
  /** 95%; `null` where nothing is known of the noise. */
  readonly low: number | null;
  readonly high: number | null;
  /** `holdout`: on questions no choice was made on; `tuning`: inferred from the cells the search saw. */
  readonly basis: 'holdout' | 'tuning';
  /** Difference of the two measured means on tuning cells, winner's luck included. */
  readonly measured: number;
  /** What the interval is about, and how it was made. */
  readonly method: string;
}

/** Of intervals that are inferred from tuning cells. */
const level = 0.95;

export interface BestAndOther {
  readonly best: PastTrial;
  readonly other: PastTrial;
  /** Posterior draws of best less other in true score; empty where none could be made. */
  readonly draws: readonly number[];
}

/** Gain of the best over another trial: on the holdout where both were measured there, else on tuning. */
export function gainOver({ best, other, draws }: BestAndOther): Gain {
  const measured = scoreOf(best.tuning) - scoreOf(other.tuning);
  const over = { trial: other.trial, id: other.id };
  if (best.trial === other.trial) {
    return { over, mean: 0, low: 0, high: 0, basis: 'tuning', measured: 0, method: 'the same config' };
  }
  const fresh = pairedDifference(best.holdout, other.holdout);
  if (fresh !== undefined) {
    const { questions, about, ...difference } = fresh;
    const method =
      about === 'questions'
        ? `paired t over ${questions} holdout questions`
        : 'fresh answers to the same few holdout questions (MOVER)';
    return { over, basis: 'holdout', measured, ...difference, method };
  }
  const centre = mean(draws);
  if (centre === null) {
    const method = 'difference of measured means; too few cells to know its noise';
    return { over, mean: measured, low: null, high: null, basis: 'tuning', measured, method };
  }
  return {
    over,
    mean: centre,
    low: Math.min(centre, quantile(draws, (1 - level) / 2) ?? centre),
    high: Math.max(centre, quantile(draws, (1 + level) / 2) ?? centre),
    basis: 'tuning',
    measured,
    method: 'posterior of both true scores',
  };
}

/** Measured mean score. */
export function scoreOf(cells: readonly PastCell[]): number {
  return mean(cells.map(({ score }) => score)) ?? 0;
}
