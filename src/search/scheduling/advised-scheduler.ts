import { Scheduler } from './scheduler.ts';
import type { Decision, ScheduleOptions } from './types.ts';

/** For a strategy that says itself who gets further cells: `auto` (see auto.ts). */
export const advisedSchedule: ScheduleOptions = {
  advised: true,
  startingCells: 8,
  growAfter: 80,
  racing: 'none',
  firstLook: 8,
  reevaluationShare: 0,
  reevaluationLimit: 4,
};

/** Every trial gets the cells of its level, which are more for later trials, and no further ones unless the strategy asks. */
export class AdvisedScheduler extends Scheduler {
  protected override further(): undefined {
    return undefined;
  }

  protected override beyond(): Decision | undefined {
    const { state, front } = this.subject;
    const due = state.concludedAtLevel >= this.options.growAfter;
    if (!due || this.isLastLevel || front().length === 0) return undefined;
    return { kind: 'grow', level: state.level + 1 };
  }
}
