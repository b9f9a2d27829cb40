import type { Rng } from '../core/rng.ts';
import { RandomStrategy } from './random-strategy.ts';
import type { ScheduleOptions } from './scheduling/scheduler.ts';
import type { Proposal, Strategy, StrategyContext } from './strategy.ts';

/**
 * Successive halving (Karnin, Koren & Somekh 2013; asynchronous as in Li et al. 2020): random configs, of which
 * the better half goes on at every doubling of cells. The halving itself is the schedule's, see
 * {@link halvingSchedule}; a plain alternative to compare with.
 */
export class HalvingStrategy implements Strategy {
  readonly name = 'halving';
  readonly #random: RandomStrategy;

  constructor(context: StrategyContext) {
    this.#random = new RandomStrategy(context);
  }

  ask(rng: Rng): Proposal | 'exhausted' {
    return this.#random.ask(rng);
  }

  asked(proposal: Proposal): void {
    this.#random.asked(proposal);
  }

  tell(): void {}
}

/** One level with all cells, and half of the trials dropped at 8, 16, 32, … of them. */
export const halvingSchedule: Partial<ScheduleOptions> = {
  startingCells: Number.POSITIVE_INFINITY,
  growAfter: Number.POSITIVE_INFINITY,
  racing: undefined,
  firstLook: 8,
  keep: 0.5,
  reevaluationShare: 0,
};
