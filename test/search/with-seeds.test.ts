import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.ts';
import { type ConfigId, configId, type MoaConfig } from '../../src/domain/moa-config.ts';
import { randomConfig } from '../../src/search/random-config.ts';
import { createStrategy } from '../../src/search/strategies.ts';
import type { Proposal } from '../../src/search/strategy.ts';
import { withSeeds } from '../../src/search/with-seeds.ts';
import { reportOf } from './drive.ts';
import { makeSpace, models, wideSpace } from './spaces.ts';
import { createLandscape } from './synthetic.ts';

const space = wideSpace();
const seeds = ['one', 'two', 'three'].map((seed) => randomConfig(space, createRng(seed)) as MoaConfig);

function begin(configs: readonly MoaConfig[]) {
  const known = new Set<ConfigId>();
  const context = {
    space,
    objectives: ['score', 'tokens'] as const,
    isKnown: (id: ConfigId) => known.has(id),
  };
  return { known, strategy: withSeeds(createStrategy('evolution', context), configs, context) };
}

describe('withSeeds', () => {
  it('proposes what fits the space first, once, in the given order, and then begins as ever', () => {
    const foreign = randomConfig(makeSpace({}, ['sim/elsewhere']), createRng('far')) as MoaConfig;
    const unsound: MoaConfig = { version: 1, name: 'unsound', stages: [{ kind: 'vote' }] };
    const { strategy, known } = begin([
      foreign,
      seeds[0],
      unsound,
      seeds[1],
      seeds[0],
      seeds[2],
    ] as MoaConfig[]);
    const proposals = Array.from({ length: 3 + models.length }, (_, number) => {
      const proposal = strategy.ask(createRng(`ask/${number}`)) as Proposal;
      known.add(configId(proposal.config));
      return proposal;
    });
    expect(proposals.slice(0, 3).map(({ config }) => config)).toEqual(seeds);
    expect(proposals.slice(0, 3).every(({ origin }) => origin.operator === 'warm-start')).toBe(true);
    expect(proposals.slice(3).every(({ origin }) => origin.operator === 'baseline')).toBe(true);
    expect(strategy.name).toBe('evolution');
  });

  it('says of each on how many cells it begins, where that is given', () => {
    const known = new Set<ConfigId>();
    const isKnown = (id: ConfigId) => known.has(id);
    const context = { space, objectives: ['score', 'tokens'] as const, isKnown };
    const [first, second] = seeds as [MoaConfig, MoaConfig];
    const inner = createStrategy('evolution', context);
    const strategy = withSeeds(inner, [first, second], context, [], { [configId(first)]: 24 });
    const asked = ['one', 'two', 'three'].map((name) => strategy.ask(createRng(name)) as Proposal);
    expect(asked.map(({ cells }) => cells)).toEqual([24, undefined, undefined]);
  });

  it('goes on where it was when asks are replayed, and learns from what the seeds do', () => {
    const { strategy, known } = begin(seeds);
    const landscape = createLandscape('seeds');
    for (const config of seeds.slice(0, 2)) {
      const id = configId(config);
      const proposal = { config, id, origin: { operator: 'warm-start', parents: [] } };
      known.add(id);
      strategy.asked(proposal);
      strategy.tell(reportOf(proposal, landscape, 3));
    }
    expect((strategy.ask(createRng('next')) as Proposal).config).toEqual(seeds[2]);
  });
});
