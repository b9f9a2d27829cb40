import type { TuneDependencies, TuneSettings } from '../../run/index.ts';
import { createStrategy, withSeeds } from '../../search/index.ts';

/** The strategy that a run's settings name, started warm where they hold configs to start from. */
export function strategyOf(
  settings: Pick<TuneSettings, 'strategy' | 'seeds'>,
): TuneDependencies['createStrategy'] {
  return (context) => {
    const strategy = createStrategy(settings.strategy, context);
    return settings.seeds === undefined ? strategy : withSeeds(strategy, settings.seeds, context);
  };
}
