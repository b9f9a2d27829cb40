import { elementAt } from '../../core/element-at.ts';
import { fidelityLevels, firstCells } from '../../search/scheduling/levels.ts';
import type { ScheduleOptions } from '../../search/scheduling/types.ts';
import type { Job, WorkPhase } from './play.ts';

/** Calls of a holdout cell of those that the result is about, as a share of those of everybody on the holdout: 0.21 in the main job. */
const headlineShare = 0.2;

/** Cells of one config in each phase. */
export function cellsOf({ settings, task }: Job): Record<WorkPhase, number> {
  const { repeats, finishRepeats, holdoutRepeats, headlineRepeats = holdoutRepeats, schedule } = settings;
  const all = Math.max(1, repeats * task.tuning.length);
  const most = task.tuning.length * Math.max(repeats, finishRepeats);
  const { search, last, finalists } =
    schedule === undefined ? { search: all, last: all, finalists: all } : grown(all, settings, schedule);
  return {
    search,
    finish: Math.max(0, Math.min(most, 2 * last) - finalists),
    holdout: (holdoutRepeats + headlineShare * (headlineRepeats - holdoutRepeats)) * task.holdout.length,
  };
}

/** Trials that a search without a ceiling on them is taken to have, for how far its fidelity grows. */
const assumedEvaluations = 200;

/** Cells that a strategy asks for beyond each trial's first: 3 to 16% in runs of 200 evaluations. */
const extendedShare = 0.12;

/** Share of the trials that go on to the level's cells where new ones begin on fewer: 4 to 39% in four worlds of 600 trials. */
const promotedShare = 0.2;

/**
 * Cells of the search by trial, on average, those of the level that it ends at, and those that finalists have by then;
 * races save nothing.
 */
function grown(
  all: number,
  { budget }: Job['settings'],
  schedule: ScheduleOptions,
): { readonly search: number; readonly last: number; readonly finalists: number } {
  const { startingCells, growAfter, reevaluationShare, advised } = schedule;
  const levels = fidelityLevels(all, startingCells);
  const trials = Math.max(1, budget.maxEvaluations ?? assumedEvaluations);
  const sizeAt = (trial: number): number =>
    elementAt(levels, Math.min(levels.length - 1, Math.floor(trial / growAfter)));
  let cells = 0;
  for (let trial = 0; trial < trials; trial++) cells += firstCells(sizeAt(trial), schedule);
  const begun = cells / trials;
  const last = sizeAt(trials - 1);
  const promoted = last > firstCells(last, schedule);
  const further = reevaluationShare + (advised === true ? extendedShare : 0);
  return {
    search: (begun + (promoted ? promotedShare * (last - begun) : 0)) * (1 + further),
    last,
    // Where the strategy says who goes on, most finalists have the cells they began with, as long as none goes on for a level's sake.
    finalists: advised === true && !promoted ? begun : last,
  };
}
