import { AdvisedScheduler } from './advised-scheduler.ts';
import { LevelledScheduler } from './levelled-scheduler.ts';
import type { Scheduler } from './scheduler.ts';
import type { ScheduleOptions, ScheduleSubject } from './types.ts';

/** The scheduler that the options are for. */
export function createScheduler(subject: ScheduleSubject, options: ScheduleOptions): Scheduler {
  return options.advised === true
    ? new AdvisedScheduler(subject, options)
    : new LevelledScheduler(subject, options);
}
