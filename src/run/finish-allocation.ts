import type { Rng } from '../core/rng.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import { frontCertainty } from '../search/scheduling/front-certainty.ts';
import { plannedCalls } from './planned-calls.ts';
import type { TrialBook } from './trial-book.ts';
import type { TrialState } from './trial-state.ts';

/** Share of the final front's equal cells that further cells may add where the front is undecided. */
export const extraShare = 0.25;
/** Membership surer than this either way is decided. */
const decided = 0.05;
const draws = 100;
/** The best point gets no more than so many times the equal cells to clear the best single model. */
const bestLimit = 2;

/**
 * The front member whose further cells would settle most per call: first the best by score while its
 * interval still overlaps the best single model's, since that is the claim people act on; then the one
 * whose membership is most open, in the spirit of optimal computing budget allocation for Pareto sets
 * (Lee, Chew, Teng and Goldsman, "Finding the non-dominated Pareto set for multi-objective simulation
 * models", IIE Transactions 42, 2010): variance of the verdict over cells already spent and calls a cell
 * takes. `undefined` when all is decided.
 */
export function mostUndecided(
  book: TrialBook,
  objectives: readonly ObjectiveName[],
  equalCells: number,
  rng: Rng,
): TrialState | undefined {
  const front = book.front();
  const [best] = front;
  if (best !== undefined && best.begunCount < bestLimit * equalCells && overlapsBestSingle(best, book))
    return best;
  const certainty = frontCertainty(front, objectives, rng, draws);
  let most: { readonly trial: TrialState; readonly gain: number } | undefined;
  front.forEach((trial, at) => {
    const chance = certainty[at] as number;
    if (chance < decided || chance > 1 - decided) return;
    const gain = (chance * (1 - chance)) / (trial.begunCount * plannedCalls(trial.config));
    if (most === undefined || gain > most.gain) most = { trial, gain };
  });
  return most?.trial;
}

function overlapsBestSingle(best: TrialState, book: TrialBook): boolean {
  const single = book.baselines().find((trial) => trial !== best);
  if (single === undefined || best.origin.operator === 'baseline') return false;
  const { low } = book.estimates(best).score;
  const { high } = book.estimates(single).score;
  return low !== null && high !== null && low < high;
}
