import type { Task } from '../domain/task.ts';
import { splitTask } from './split-task.ts';

/**
 * The task with at most `most` tuning instances, so that a trial costs less: seeded by the task's split and
 * stratified by label like the split itself. The holdout stays whole.
 */
export function limitTuning<Limited extends Task>(task: Limited, most: number): Limited {
  if (task.tuning.length <= most) return task;
  // The share that is kept is drawn as a split draws its holdout, by instances' ids.
  const kept = splitTask(task.tuning, { holdout: most / task.tuning.length, seed: task.split.seed });
  return { ...task, tuning: kept.holdout.slice(0, most) };
}
