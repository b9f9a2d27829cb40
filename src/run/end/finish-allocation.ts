import { elementAt } from '../../core/element-at.ts';
import type { Rng } from '../../core/rng.ts';
import { baseline, cameBy, isBaseline } from '../../domain/headliners.ts';
import { frontCertainty } from '../../search/scheduling/front-certainty.ts';
import type { Trial } from '../../search/trial.ts';
import type { TrialBook } from '../../search/trial-book.ts';
import { plannedCalls } from '../calls/planned-calls.ts';
import { acceptableTrials } from './acceptable-trials.ts';

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
 * takes. Where members meet the bounds, it is one of them. `undefined` when all is decided.
 */
export function mostUndecided(book: TrialBook, equalCells: number, rng: Rng): Trial | undefined {
  const front = book.front();
  const { objectives, bounds } = book.aims;
  const wanted = new Set(acceptableTrials(front, bounds));
  const [best] = wanted;
  if (best !== undefined && best.tuningBegun < bestLimit * equalCells && overlapsBestSingle(best, book))
    return best;
  const certainty = frontCertainty(front, objectives, rng, { draws });
  let most: { readonly trial: Trial; readonly gain: number } | undefined;
  front.forEach((trial, at) => {
    const chance = elementAt(certainty, at);
    if (!wanted.has(trial)) return;
    if (chance < decided || chance > 1 - decided) return;
    const gain = (chance * (1 - chance)) / (trial.tuningBegun * plannedCalls(trial.config));
    if (most === undefined || gain > most.gain) most = { trial, gain };
  });
  return most?.trial;
}

function overlapsBestSingle(best: Trial, book: TrialBook): boolean {
  const single = book.baselines().find((trial) => trial !== best && cameBy(baseline, trial.origin.operator));
  if (single === undefined || isBaseline(best.origin)) return false;
  const { low } = best.estimates.score;
  const { high } = single.estimates.score;
  return low !== null && high !== null && low < high;
}
