import { elementAt } from '../../core/element-at.ts';
import { fidelityLevels, firstCells } from '../../search/scheduling/levels.ts';
import type { ScheduleOptions } from '../../search/scheduling/types.ts';
import type { Job, WorkPhase } from './play.ts';

type SizedJob = Pick<Job, 'settings' | 'task'>;

interface JobCells extends Record<WorkPhase, number> {
  /** Those of a finalist in the end, of which `finish` are new to it; who comes only then needs all. */
  readonly equal: number;
  /** Further holdout cells of those that the result is about. */
  readonly headline: number;
}

/**
 * Cells of one config in each phase, on average.
 * @param evaluations configs that are searched; default the ceiling on them, else {@link assumedEvaluations}
 */
export function cellsOf(
  { settings, task }: SizedJob,
  evaluations = settings.budget.maxEvaluations ?? assumedEvaluations,
): JobCells {
  const { repeats, finishRepeats, holdoutRepeats, headlineRepeats = holdoutRepeats, schedule } = settings;
  const all = Math.max(1, repeats * task.tuning.length);
  const most = task.tuning.length * Math.max(repeats, finishRepeats);
  const { search, last, finalists } =
    schedule === undefined
      ? { search: all, last: all, finalists: all }
      : grown(all, schedule, Math.max(1, Math.ceil(evaluations)));
  const equal = Math.min(most, 2 * last);
  return {
    search,
    finish: Math.max(0, equal - finalists),
    equal,
    holdout: holdoutRepeats * task.holdout.length,
    headline: (headlineRepeats - holdoutRepeats) * task.holdout.length,
  };
}

/** Trials that a search without a ceiling on them is taken to have where nothing tells. */
const assumedEvaluations = 200;

/** Cells that the first so many trials of a search begin on together. */
export function cellsBegun({ settings, task }: SizedJob, trials: number): number {
  const { repeats, schedule } = settings;
  const all = Math.max(1, repeats * task.tuning.length);
  return schedule === undefined ? all * trials : begunTogether(all, schedule, trials);
}

function begunTogether(all: number, schedule: ScheduleOptions, trials: number): number {
  const levels = fidelityLevels(all, schedule.startingCells);
  return levels.reduce((sum, level, at) => {
    const isLast = at === levels.length - 1;
    const rest = Math.max(0, trials - at * schedule.growAfter);
    return sum + firstCells(level, schedule) * (isLast ? rest : Math.min(schedule.growAfter, rest));
  }, 0);
}

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
  schedule: ScheduleOptions,
  trials: number,
): { readonly search: number; readonly last: number; readonly finalists: number } {
  const { startingCells, growAfter, reevaluationShare, advised } = schedule;
  const levels = fidelityLevels(all, startingCells);
  const sizeAt = (trial: number): number =>
    elementAt(levels, Math.min(levels.length - 1, Math.floor(trial / growAfter)));
  const begun = begunTogether(all, schedule, trials) / trials;
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
