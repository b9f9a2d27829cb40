import { Scheduler } from './scheduler.ts';
import type { Decision, ScheduleOptions } from './types.ts';

/** For a strategy that says itself who gets further cells: `auto` (see auto.ts). */
export const advisedSchedule: ScheduleOptions = {
  advised: true,
  startingCells: 8,
  mostAtFirst: 32,
  growAfter: 80,
  racing: 'none',
  firstLook: 8,
  reevaluationShare: 0,
  reevaluationLimit: 4,
};

/**
 * Early trials get the cells of their level. Once that is more than trials begin on at most, members of the front go on
 * to it before anything new is tried: where each new trial would take so many, few could be tried, and where nobody did,
 * what is good would not be told from what was lucky. Other further cells are the strategy's to ask for.
 */
export class AdvisedScheduler extends Scheduler {
  /** After each block the strategy is told first: it may not believe in the trial any more. */
  protected override further(): undefined {
    return undefined;
  }

  protected override beyond(): Decision | undefined {
    const promotion = this.levelSize > this.firstSize ? this.promotion() : undefined;
    if (promotion !== undefined) return promotion;
    const { state, front } = this.subject;
    const due = state.concludedAtLevel >= this.options.growAfter;
    if (!due || this.isLastLevel || front().length === 0) return undefined;
    return { kind: 'grow', level: state.level + 1 };
  }
}
