import { bisect } from '../../core/bisect.ts';
import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { mean } from '../../core/statistics.ts';
import { type Habits, playOn } from './continuation.ts';
import type { PastTrial, RunHistory } from './history.ts';
import { drawTruths, trueSpread } from './lineage.ts';
import { type Measured, measureTrials } from './noise.ts';

/** Everything that `answer` infers about a run's true scores. */
export interface Inference {
  readonly trials: readonly PastTrial[];
  readonly measured: Measured;
  /** Posterior draws of the true scores, in the order of `trials`. */
  readonly draws: readonly Float64Array[];
  readonly habits: Habits;
  /** Position of the run's best. */
  readonly best: number;
}

const posteriorDraws = 400;
/** Above so many trials fewer draws do: each is dear, and the data say nearly all. */
const manyTrials = 5_000;

/** Fits the model of lineage.ts to a run. @param finishCells cells up to which the run measures its best. */
export function infer(
  { trials, best }: Pick<RunHistory, 'trials' | 'best'>,
  finishCells: number,
  rng: Rng,
): Inference {
  const measured = measureTrials(trials);
  const found = trials.findIndex(({ id }) => id === best);
  const position = new Map(trials.map(({ trial }, index) => [trial, index]));
  const parents = trials.map(({ parents: [first] }, index) => {
    const found = first === undefined ? -1 : (position.get(first) ?? -1);
    return found < index ? found : -1;
  });
  return {
    trials,
    measured,
    draws: drawTruths(measured.trials, {
      parents,
      rng: rng.derive('lineage'),
      draws: trials.length > manyTrials ? posteriorDraws / 4 : posteriorDraws,
    }),
    habits: {
      ...habitsOf(measured, parents, finishCells),
      affordable: trials.map((each) => each.affordable),
    },
    best: found < 0 ? bestAmong(trials, measured) : found,
  };
}

/** Gains in true score of the recommended config after further evaluations, one list of draws a horizon. */
export function gainsOf(inference: Inference, horizons: readonly number[], rng: Rng): number[][] {
  const played = inference.draws.map((draw, index) =>
    playOn(draw, inference.measured, inference.habits, horizons, rng.derive('play', index)),
  );
  return horizons.map((_, at) => played.map((gains) => elementAt(gains, at)));
}

/** Position of the one that measures best of those that may be the best; -1 where none may. */
export function bestAmong(trials: readonly PastTrial[], { trials: scores }: Measured): number {
  let best = -1;
  trials.forEach(({ affordable }, index) => {
    if (affordable && elementAt(scores, index).mean > (scores[best]?.mean ?? Number.NEGATIVE_INFINITY))
      best = index;
  });
  return best;
}

function habitsOf(
  measured: Measured,
  parents: readonly number[],
  finishCells: number,
): Omit<Habits, 'affordable'> {
  const means = measured.trials.map(({ mean }) => mean);
  const recentFrom = Math.floor(parents.length / 2);
  const earlier: number[] = [];
  const parentPlaces = parents.map((parent, child) => {
    const place = parent < 0 ? -1 : countAbove(earlier, elementAt(means, parent));
    earlier.splice(countAbove(earlier, elementAt(means, child)), 0, elementAt(means, child));
    return place;
  });
  const cells = measured.trials.slice(recentFrom).map((trial) => trial.cells);
  cells.sort((a, b) => a - b);
  const searchCells = cells[Math.floor(cells.length / 2)] ?? 1;
  return {
    parents,
    parentPlaces,
    recentFrom,
    spread: trueSpread(measured.trials),
    searchCells,
    finishCells: Math.max(searchCells, finishCells),
  };
}

/** How many of the descending values are larger. */
function countAbove(descending: readonly number[], value: number): number {
  return bisect(descending.length, (index) => elementAt(descending, index) <= value);
}

/** The shortest interval that holds `level` of the draws, and their mean. */
export function shortestInterval(draws: readonly number[], level: number): { low: number; high: number } {
  const sorted = [...draws].sort((a, b) => a - b);
  const centre = mean(draws) ?? 0;
  const held = Math.max(1, Math.ceil(level * sorted.length));
  let best = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  for (let start = 0; start + held <= sorted.length; start++) {
    // Of draws that are nearly all equal a few far ones move the mean out of where most are.
    const low = Math.min(centre, elementAt(sorted, start));
    const high = Math.max(centre, elementAt(sorted, start + held - 1));
    if (high - low < best.high - best.low) best = { low, high };
  }
  return best;
}
