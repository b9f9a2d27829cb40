import { mean, meanInterval, quantile, unitRange } from '../../core/statistics.ts';
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

const level = 0.95;
/** From so many questions on, the interval speaks of further questions of the kind. */
const enoughQuestions = 5;

export interface Compared {
  readonly best: PastTrial;
  readonly other: PastTrial;
  /** Posterior draws of best less other in true score; empty where none could be made. */
  readonly draws: readonly number[];
}

/** Gain of the best over another trial: on the holdout where both were measured there, else on tuning. */
export function gainOver({ best, other, draws }: Compared): Gain {
  const measured = scoreOf(best.tuning) - scoreOf(other.tuning);
  const over = { trial: other.trial, id: other.id };
  if (best.trial === other.trial) {
    return { over, mean: 0, low: 0, high: 0, basis: 'tuning', measured: 0, method: 'the same config' };
  }
  if (best.holdout.length > 0 && other.holdout.length > 0) {
    return { over, basis: 'holdout', measured, ...heldOut(best.holdout, other.holdout) };
  }
  const centre = mean(draws);
  if (centre === null) {
    const method = 'difference of measured means; too few cells to know its noise';
    return { over, mean: measured, low: null, high: null, basis: 'tuning', measured, method };
  }
  return {
    over,
    mean: centre,
    low: quantile(draws, (1 - level) / 2),
    high: quantile(draws, (1 + level) / 2),
    basis: 'tuning',
    measured,
    method: "posterior of both true scores, freed of the winner's luck",
  };
}

function heldOut(
  best: readonly PastCell[],
  other: readonly PastCell[],
): Pick<Gain, 'mean' | 'low' | 'high' | 'method'> {
  const byBest = byQuestion(best);
  const byOther = byQuestion(other);
  const differences = [...byBest].flatMap(([question, scores]) => {
    const others = byOther.get(question);
    return others === undefined ? [] : [(mean(scores) ?? 0) - (mean(others) ?? 0)];
  });
  if (differences.length >= enoughQuestions) {
    const { mean: centre, low, high } = meanInterval(differences, level, { low: -1, high: 1 });
    const method = `paired t over ${differences.length} holdout questions`;
    return { mean: centre ?? 0, low, high, method };
  }
  return { ...unpaired(best, other), method: 'fresh answers to the same few holdout questions (MOVER)' };
}

/** Interval of a difference from the two means' intervals (MOVER: Zou & Donner 2008). */
function unpaired(
  best: readonly PastCell[],
  other: readonly PastCell[],
): { mean: number; low: number | null; high: number | null } {
  const a = meanInterval(
    best.map(({ score }) => score),
    level,
    unitRange,
  );
  const b = meanInterval(
    other.map(({ score }) => score),
    level,
    unitRange,
  );
  const centre = (a.mean ?? 0) - (b.mean ?? 0);
  if (a.mean === null || a.low === null || a.high === null) return { mean: centre, low: null, high: null };
  if (b.mean === null || b.low === null || b.high === null) return { mean: centre, low: null, high: null };
  return {
    mean: centre,
    low: Math.max(-1, centre - Math.hypot(a.mean - a.low, b.high - b.mean)),
    high: Math.min(1, centre + Math.hypot(a.high - a.mean, b.mean - b.low)),
  };
}

function byQuestion(cells: readonly PastCell[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { instance, score } of cells) {
    groups.set(instance, [...(groups.get(instance) ?? []), score]);
  }
  return groups;
}

/** Measured mean score. */
export function scoreOf(cells: readonly PastCell[]): number {
  return mean(cells.map(({ score }) => score)) ?? 0;
}
