import { expect, it } from 'vitest';
import { elementAt } from '../../src/core/element-at.ts';
import { configId, modelsOf } from '../../src/domain/moa-config.ts';
import { singleConfig } from '../../src/search/start-configs.ts';
import { thorough } from '../support/thorough.ts';
import { drawMixingWorld, tuneMixingWorld } from './mixing-world.ts';

it.skipIf(!thorough)(
  'keeps each model as a baseline that results are compared with, whoever brings it along',
  async () => {
    const world = drawMixingWorld(5, { tuning: 16, holdout: 12 });
    const singles = world.space.models.map((model) => singleConfig(world.space, model));
    const { file, state } = await tuneMixingWorld(world, {
      budget: { maxEvaluations: 16 },
      seeds: singles.slice(1).map((config) => ({ ...config, name: 'of an earlier run' })),
      own: [{ ...elementAt(singles, 0), name: 'mine' }],
    });
    const baselines = state.trials.filter(({ origin }) => /\bbaseline\b/.test(origin.operator));
    expect(baselines.map(({ config }) => modelsOf(config).join())).toEqual(world.space.models);
    const [first, ...labels] = file.baselines.map(({ label }) => label);
    expect(first).toBe(`your own system mine, single ${world.space.models[0]}`);
    expect(labels.every((label) => /^single sim\/\w+$/.test(label))).toBe(true);
    const line = (wanted: string) => file.headline?.lines.find(({ kind }) => kind === wanted);
    expect(line('own')?.id).toBe(configId(elementAt(singles, 0)));
    const strongest = line('single')?.id;
    expect(baselines.map(({ id }) => id)).toContain(strongest);
    expect(line('mixture')?.over.find(({ kind }) => kind === 'single')?.id).toBe(strongest);
  },
);
