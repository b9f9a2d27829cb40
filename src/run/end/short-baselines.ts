import { pairedDifference } from '../../core/paired-difference.ts';
import { areFew, asGoodAsAll } from '../../domain/headliners.ts';
import type { ShortBaseline } from '../../domain/run-result.ts';
import type { Trial } from '../../search/trial.ts';
import type { TrialBook } from '../../search/trial-book.ts';
import type { RunState } from '../run-state.ts';

/**
 * Baselines that were to get as many tuning cells as all finalists, and have fewer than the best, on the holdout too:
 * a rate limit or slow answers leave a model fewer before the time is over. Best first.
 */
export function shortBaselines(
  { finalists }: Pick<RunState, 'finalists'>,
  book: TrialBook,
  best: Trial | undefined,
): ShortBaseline[] {
  if (finalists === null || best === undefined) return [];
  const than = book.measured(best);
  const found = book.baselines().flatMap((trial): ShortBaseline[] => {
    const of = book.measured(trial);
    if (trial === best || of.hasEqualCells || !finalists.trials.has(trial.trial)) return [];
    if (of.tuning.length >= asGoodAsAll * than.tuning.length) return [];
    const isCompared = of.holdout.length > 0 && !areFew(of.holdout.length, than.holdout.length);
    const difference = isCompared ? undefined : pairedDifference(of.tuning, than.tuning);
    if (difference === undefined) return [];
    const { mean, low, high, questions } = difference;
    return [{ id: trial.id, of: finalists.cells, mean, low, high, questions }];
  });
  return found.sort((a, b) => b.mean - a.mean);
}
