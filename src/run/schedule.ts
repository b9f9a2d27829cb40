import { createRng } from '../core/rng.ts';
import type { Cell } from '../domain/cell.ts';
import type { ObjectiveName } from '../domain/objective.ts';
import type { Task } from '../domain/task.ts';
import { autoSchedule, scheduleOf } from '../search/index.ts';
import { createRacingRule, defaultRacingRule } from '../search/racing/index.ts';
import { defaultSchedule, type ScheduleOptions, TrialScheduler } from '../search/scheduling/scheduler.ts';
import type { RunState } from './run-state.ts';
import { cellsOf, type TrialBook } from './trial-book.ts';
import type { TrialState } from './trial-state.ts';
import type { ScheduleSettings, TuneSettings } from './types.ts';

/** How a run's fidelity grows where nobody says otherwise. */
export const defaultScheduleSettings: ScheduleSettings = {
  startingCells: defaultSchedule.startingCells,
  growAfter: defaultSchedule.growAfter,
  racing: defaultRacingRule,
  firstLook: defaultSchedule.firstLook,
  reevaluationShare: defaultSchedule.reevaluationShare,
  reevaluationLimit: defaultSchedule.reevaluationLimit,
};

/** The same for a strategy: `auto` decides itself who gets further cells. */
export function scheduleSettingsFor(strategy: string): ScheduleSettings {
  return strategy === 'auto'
    ? { ...defaultScheduleSettings, ...autoSchedule, racing: 'none' }
    : defaultScheduleSettings;
}

/** Every trial gets all cells at once. */
const fixedFidelity: ScheduleOptions = {
  startingCells: Number.POSITIVE_INFINITY,
  growAfter: Number.POSITIVE_INFINITY,
  racing: undefined,
  firstLook: Number.POSITIVE_INFINITY,
  reevaluationShare: 0,
  reevaluationLimit: 1,
};

/**
 * A task's tuning cells in the order in which fidelity grows: each repeat goes through all instances in one
 * shuffled order. It depends on the task alone, so that runs share the answers of their first cells.
 */
export function tuningCells(task: Task, repeats: number): readonly Cell[] {
  const instances = createRng(`cells/${task.hash}`).shuffle(task.tuning);
  return cellsOf('tuning', instances, repeats);
}

/** The schedule of a run and the cells that its final front gets. */
export function createSchedule(
  task: Task,
  settings: TuneSettings,
  state: RunState,
  book: TrialBook,
): {
  readonly scheduler: TrialScheduler<TrialState>;
  readonly finishCells: readonly Cell[];
  /** So many cells a strategy may ask for. */
  readonly cells: number;
} {
  const { repeats, finishRepeats, objectives, schedule, strategy } = settings;
  const options =
    schedule === undefined
      ? fixedFidelity
      : { ...optionsOf(schedule, objectives), ...(strategy === 'halving' ? scheduleOf(strategy) : {}) };
  const most = Math.max(finishRepeats, Math.ceil(repeats * options.reevaluationLimit));
  const cells = tuningCells(task, most);
  const finishCells = cells.slice(0, task.tuning.length * Math.max(repeats, finishRepeats));
  const searchCells = task.tuning.length * repeats;
  const scheduler = new TrialScheduler(
    { cells, searchCells, objectives, state, front: () => book.front() },
    options,
  );
  return { scheduler, finishCells, cells: options.advised === true ? cells.length : searchCells };
}

function optionsOf(
  { racing, ...rest }: ScheduleSettings,
  objectives: readonly ObjectiveName[],
): ScheduleOptions {
  return { ...rest, racing: racing === 'none' ? undefined : createRacingRule(racing, { objectives }) };
}
