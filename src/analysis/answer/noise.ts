import { bisect } from '../../core/bisect.ts';
import { elementAt } from '../../core/element-at.ts';
import { mean } from '../../core/statistics.ts';
import type { PastCell } from './history.ts';

type Cell = Pick<PastCell, 'instance' | 'score'>;

/** A trial's measured score: a mean over cells, freed of how hard its questions happened to be. */
export interface AdjustedScore {
  /** Mean of score less question effect; may leave 0..1 a little. */
  readonly mean: number;
  /** Variance of `mean` as an estimate of the config's true score on the tuning questions. */
  readonly variance: number;
  readonly cells: number;
}

export interface Measured {
  readonly trials: readonly AdjustedScore[];
  /** Cells beyond those that trial means and question effects use up: what the noise is known from. */
  readonly degreesOfFreedom: number;
  /** Variance of one cell around its config's true score, where the score is `score`. */
  readonly cellVariance: (score: number) => number;
}

const sweeps = 12;
/** A trial's own variance counts against the pooled one as if that were so many further cells. */
const pooledWeight = 8;
const neighbours = 12;

/**
 * Two-way fit of cells by config and question (least squares by backfitting): score = config + question +
 * noise. Each config's noise is shrunk towards the mean noise of all, since a handful of equal scores
 * does not prove that there is none.
 */
export function measureTrials(trials: readonly { readonly tuning: readonly Cell[] }[]): Measured {
  const effects = questionEffects(trials.map(({ tuning }) => tuning));
  const adjusted = trials.map(({ tuning }) =>
    tuning.map(({ instance, score }) => score - (effects.get(instance) ?? 0)),
  );
  const means = adjusted.map(meanOf);
  const squares = adjusted.map((scores, index) =>
    scores.reduce((sum, score) => sum + (score - elementAt(means, index)) ** 2, 0),
  );
  const cells = adjusted.reduce((sum, scores) => sum + scores.length, 0);
  const degreesOfFreedom = Math.max(0, cells - trials.length - (effects.size - 1));
  const pooled =
    degreesOfFreedom === 0 ? 0 : squares.reduce((sum, square) => sum + square, 0) / degreesOfFreedom;
  const variances = adjusted.map(
    (scores, index) =>
      (pooledWeight * pooled + elementAt(squares, index)) / (pooledWeight + scores.length - 1),
  );
  return {
    trials: means.map((mean, index) => {
      const count = elementAt(adjusted, index).length;
      return { mean, variance: elementAt(variances, index) / count, cells: count };
    }),
    degreesOfFreedom,
    cellVariance: smoothByScore(means, variances),
  };
}

/** How much easier each question is than the mean question. */
function questionEffects(trials: readonly (readonly Cell[])[]): Map<string, number> {
  const effects = new Map<string, number>();
  for (const cells of trials) for (const { instance } of cells) effects.set(instance, 0);
  if (effects.size < 2) return effects;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const sums = new Map<string, { sum: number; count: number }>();
    for (const cells of trials) {
      const level = meanOf(cells.map(({ instance, score }) => score - (effects.get(instance) ?? 0)));
      for (const { instance, score } of cells) {
        const entry = sums.get(instance) ?? { sum: 0, count: 0 };
        entry.sum += score - level;
        entry.count++;
        sums.set(instance, entry);
      }
    }
    for (const [instance, { sum, count }] of sums) effects.set(instance, sum / count);
    const centre = meanOf([...effects.values()]);
    for (const [instance, effect] of effects) effects.set(instance, effect - centre);
  }
  return effects;
}

/** The mean noise of the trials that scored most alike: near 0 and 1 there is less of it. */
function smoothByScore(means: readonly number[], variances: readonly number[]): (score: number) => number {
  const order = means.map((mean, index) => ({ mean, variance: elementAt(variances, index) }));
  order.sort((a, b) => a.mean - b.mean);
  const width = Math.min(neighbours, order.length);
  const windows = Array.from({ length: order.length - width + 1 }, (_, start) => {
    const part = order.slice(start, start + width);
    return {
      mean: meanOf(part.map(({ mean }) => mean)),
      variance: meanOf(part.map(({ variance }) => variance)),
    };
  });
  return (score) => {
    const window = bisect(windows.length - 1, (index) => elementAt(windows, index).mean >= score);
    return windows[window]?.variance ?? 0;
  };
}

const meanOf = (values: readonly number[]): number => mean(values) ?? 0;
