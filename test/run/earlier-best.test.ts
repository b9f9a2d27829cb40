import { expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import type { Trial } from '../../src/search/trial.ts';
import { thorough } from '../support/thorough.ts';
import { drawMixingWorld, tuneMixingWorld } from './mixing-world.ts';

it.skipIf(!thorough)(
  'measures the first configs that it goes on from on equal cells, whatever few cells said of them',
  async () => {
    const world = drawMixingWorld(3, { tuning: 24, holdout: 10 });
    const drawn = Array.from({ length: 40 }, (_, at) => randomConfig(world.space, createRng(`given/${at}`)));
    const seeds = [...new Map(drawn.map((config) => [configId(config as MoaConfig), config])).values()].slice(
      0,
      7,
    );
    const { state } = await tuneMixingWorld(world, {
      seeds: seeds as MoaConfig[],
      budget: { maxEvaluations: 12 },
    });
    const given = state.trials.filter(({ origin }) => origin.operator === 'warm-start');
    expect(given).toHaveLength(seeds.length);
    const { trials, cells } = state.finalists ?? { trials: new Set<number>(), cells: 0 };
    const isEqual = ({ trial, tuningBegun }: Trial): boolean => trials.has(trial) && tuningBegun >= cells;
    expect(cells).toBeGreaterThan(8);
    expect(given.slice(0, 4).every(isEqual)).toBe(true);
    expect(given.slice(4).every(isEqual)).toBe(false);
  },
);
