import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import { suggest } from '../core/suggest.ts';
import { AutoStrategy, autoSchedule } from './auto.ts';
import { BanditStrategy } from './bandit/bandit-strategy.ts';
import { EvolutionStrategy } from './evolution.ts';
import { HalvingStrategy, halvingSchedule } from './halving.ts';
import { RandomStrategy } from './random-strategy.ts';
import type { ScheduleOptions } from './scheduling/scheduler.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import { withBaselines } from './with-baselines.ts';

export { autoSchedule } from './auto.ts';
export { contains } from './membership.ts';
export { parseSearchSpace, settleSpace } from './space-file.ts';
export { spaceSize } from './space-size.ts';
export { withBaselines } from './with-baselines.ts';
export { warmStart, withSeeds } from './with-seeds.ts';

const strategies = {
  auto: (context: StrategyContext): Strategy => new AutoStrategy(context),
  bandit: (context: StrategyContext): Strategy => new BanditStrategy(context),
  evolution: (context: StrategyContext): Strategy => new EvolutionStrategy(context),
  halving: (context: StrategyContext): Strategy => new HalvingStrategy(context),
  random: (context: StrategyContext): Strategy => new RandomStrategy(context),
} as const;

export type StrategyName = keyof typeof strategies;
export const strategyNames = Object.keys(strategies) as readonly StrategyName[];

/** Checks a strategy's name. @param source where it was given, for the error: `--strategy`. */
export function parseStrategyName(name: string, source = '--strategy'): Result<StrategyName, InputError> {
  const known = strategyNames.find((candidate) => candidate === name);
  if (known !== undefined) return ok(known);
  const suggestion = suggest(name, strategyNames);
  const expected = `one of ${strategyNames.join(', ')}`;
  return err(
    new InputError(source, {
      path: '',
      found: JSON.stringify(name),
      expected,
      ...(suggestion === undefined ? {} : { suggestion }),
    }),
  );
}

/** What a strategy's schedule must be like; empty for those that do well with any. */
export function scheduleOf(name: string): Partial<ScheduleOptions> {
  if (name === 'auto') return { ...autoSchedule, racing: undefined };
  return name === 'halving' ? halvingSchedule : {};
}

/** A strategy that begins with the baselines. Throws {@link InputError} for an unknown name. */
export function createStrategy(name: string, context: StrategyContext): Strategy {
  const known = parseStrategyName(name);
  if (!known.ok) throw known.error;
  return withBaselines(strategies[known.value](context), context);
}
