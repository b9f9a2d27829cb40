import type { ScheduleOptions } from './scheduling/types.ts';
import type { Strategy, StrategyContext } from './strategy.ts';

/** All that is to be known of a strategy outside its own file; the list is in strategies.ts. */
export interface StrategyRecord {
  readonly create: (context: StrategyContext) => Strategy;
  /** How fidelity grows and trials race with it, where nobody says otherwise. */
  readonly schedule: ScheduleOptions;
  /** It proposes what it would whatever came out. */
  readonly learnsNothing?: true;
  /** It searches with bounds as without: they only choose from what it finds. */
  readonly ignoresBounds?: true;
}
