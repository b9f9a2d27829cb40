import { createRng } from '../../../../src/core/rng.ts';
import { estimatesOf, meansOf } from '../../../../src/domain/estimates.ts';
import { type ConfigId, configId, type MoaConfig } from '../../../../src/domain/moa-config.ts';
import type { Measurement } from '../../../../src/domain/objective.ts';
import { directionsOf, ParetoFront, vectorOf } from '../../../../src/pareto/index.ts';
import { RandomStrategy } from '../../../../src/search/random-strategy.ts';
import { isExtension, type Strategy, type StrategyContext } from '../../../../src/search/strategy.ts';
import type { Search } from '../methods.ts';
import type { World, WorldRun } from '../worlds/world.ts';

/** Trials in a row that cost nothing, after which a search of a small space goes in circles. */
const freeTrials = 500;

/**
 * How a general optimizer is used out of the box: each trial is measured on `count` tuning cells drawn at random
 * (all where there are fewer), told once, and the front is that of the claimed values.
 */
export function plainSearch(
  world: World,
  run: WorldRun,
  seed: number,
  count: number,
  strategyOf: (context: StrategyContext) => Strategy,
): Search {
  const { space, objectives } = world;
  const configs = new Map<ConfigId, MoaConfig>();
  const front = new ParetoFront(directionsOf(objectives));
  const context: StrategyContext = { space, objectives, isKnown: (id) => configs.has(id) };
  const given = strategyOf(context);
  // The tool's own random search begins with the singles; a plain one does not.
  const strategy = given.name === 'random' ? new RandomStrategy(context) : given;
  const cells = run.cells.slice(0, run.searchCells);
  function* steps(): Generator<number, void> {
    for (let trial = 0, free = 0; free < freeTrials; trial++) {
      const rng = createRng(`plain/${seed}/${trial}`);
      const proposal = strategy.ask(rng.derive('ask'));
      if (typeof proposal === 'string' || isExtension(proposal)) return;
      const { config, origin } = proposal;
      const id = configId(config);
      configs.set(id, config);
      const drawn = rng.derive('cells').shuffle(cells).slice(0, count);
      const measurements: Measurement[] = [];
      let paid = 0;
      for (const cell of drawn) {
        const { measurement, paidTokens } = run.measure(config, cell, id);
        measurements.push(measurement);
        paid += paidTokens;
        yield paidTokens;
      }
      free = paid === 0 ? free + 1 : 0;
      const estimates = estimatesOf(measurements);
      front.insert(id, vectorOf(meansOf(estimates), objectives));
      strategy.tell({ id, config, origin, status: 'finished', estimates, cells: [] });
    }
  }
  return {
    steps: steps(),
    front: () => front.members().map(({ id }) => ({ id, config: configs.get(id) as MoaConfig })),
    trials: () => configs.size,
  };
}
