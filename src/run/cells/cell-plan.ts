import { createRng } from '../../core/rng.ts';
import type { Cell } from '../../domain/cell.ts';
import type { Task } from '../../domain/task.ts';
import { fixedFidelity } from '../../search/scheduling/levelled-scheduler.ts';
import type { ScheduleOptions } from '../../search/scheduling/types.ts';
import type { TuneSettings } from '../types.ts';

/** The cells of a split, repeat by repeat, so that early cells cover all instances. */
export function cellsOf(split: Cell['split'], instances: readonly { id: string }[], repeats: number): Cell[] {
  return Array.from({ length: repeats }, (_, repeat) =>
    instances.map((instance) => ({ split, instance: instance.id, repeat })),
  ).flat();
}

/**
 * A task's tuning cells in the order in which fidelity grows: each repeat goes through all instances in one
 * shuffled order. It depends on the task alone, so that runs share the answers of their first cells.
 */
function tuningCells(task: Task, repeats: number): readonly Cell[] {
  const instances = createRng(`cells/${task.hash}`).shuffle(task.tuning);
  return cellsOf('tuning', instances, repeats);
}

/** The cells of a run and how its fidelity grows over them. */
export function cellPlan(
  task: Task,
  { repeats, finishRepeats, schedule = fixedFidelity }: TuneSettings,
): {
  readonly schedule: ScheduleOptions;
  readonly cells: readonly Cell[];
  readonly searchCells: number;
  /** Tuning cells that every member of the final front gets, of all that could be asked. */
  readonly finishCells: readonly Cell[];
} {
  const most = Math.max(finishRepeats, Math.ceil(repeats * schedule.reevaluationLimit));
  const cells = tuningCells(task, most);
  const instances = task.tuning.length;
  return {
    schedule,
    cells,
    searchCells: instances * repeats,
    finishCells: cells.slice(0, instances * Math.max(repeats, finishRepeats)),
  };
}
