import { unwrap } from '../../../core/result.ts';
import type { TuneDependencies, TuneSettings } from '../../../run/types.ts';
import { refuseUnknownRule } from '../../../search/racing/index.ts';
import { createStrategy, parseStrategyName } from '../../../search/strategies.ts';
import { withSeeds } from '../../../search/with-seeds.ts';

/** The strategy that a run's settings name, started warm where they hold configs to start from. */
export function strategyOf(
  settings: Pick<TuneSettings, 'strategy' | 'seeds' | 'own' | 'paidCells'>,
): TuneDependencies['createStrategy'] {
  return (context) => {
    const strategy = createStrategy(settings.strategy, context);
    return withSeeds(strategy, settings.seeds ?? [], context, settings.own, settings.paidCells);
  };
}

/**
 * A run of an earlier version may have been started with a strategy or a racing rule that is gone: it can be
 * looked at, and not gone on with.
 * @throws InputError
 */
export function refuseGoneSearch(manifest: string, { strategy, schedule }: TuneSettings): void {
  unwrap(parseStrategyName(strategy, manifest, 'settings.strategy'));
  if (schedule !== undefined) refuseUnknownRule(schedule.racing, manifest, 'settings.schedule.racing');
}
