import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/core/rng.ts';
import { configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import { singleConfig } from '../../../src/search/start-configs.ts';
import type { TrialReport } from '../../../src/search/strategy.ts';
import { partsOf } from '../../../src/search/surrogate/config-features.ts';
import { SparseFeatures } from '../../../src/search/surrogate/sparse-features.ts';
import { reportOf } from '../drive.ts';
import { allPrompts, makeSpace, models } from '../spaces.ts';
import { believing } from './believing.ts';

const space = makeSpace({
  agents: { min: 1, max: 3 },
  stages: { kinds: ['fuse'], max: 1 },
  prompts: allPrompts,
});

/** Enough of each for the trials to be many. */
const temperatures = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

const fused = (proposer: string, fuser: string, prompt = 0, temperature = 0.7): MoaConfig => ({
  version: 1,
  name: 'fused',
  stages: [
    {
      kind: 'propose',
      agents: [{ name: 'proposer', model: proposer, prompt: allPrompts.proposer[prompt] as string }],
    },
    {
      kind: 'fuse',
      agent: { name: 'fuser', model: fuser, prompt: allPrompts.fuser[prompt] as string, temperature },
    },
  ],
});

/** As a config measures on 48 questions that is right with some chance. */
function measured(config: MoaConfig, chance: number): TrialReport {
  const right = createRng(configId(config));
  const measure = () => ({ score: right.next() < chance ? 1 : 0, tokens: 100, latency: 1, usd: null });
  const truth = () => ({ score: chance, tokens: 100, latency: 1 });
  return reportOf({ config, origin: { operator: 'test', parents: [] } }, { measure, truth }, 48);
}

/** What is believed of configs that nobody measured. */
function foretelling(reports: readonly TrialReport[]): (config: MoaConfig) => number {
  const { log, beliefs } = believing(space, reports);
  return (config) => beliefs.predict(log.encoder.encode(config, false)).mean;
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('SparseFeatures', () => {
  it('lets beliefs learn which fuser suits which proposer, where neither is good or bad alone', () => {
    const suits = (proposer: number, fuser: number): boolean => (proposer + fuser) % 2 === 0;
    const pairs = models.flatMap((_, proposer) => models.map((__, fuser) => [proposer, fuser] as const));
    const told = pairs.filter(([proposer, fuser]) => proposer !== fuser);
    const foretold = foretelling([
      ...models.map((model) => measured(singleConfig(space, model), 0.5)),
      ...told.flatMap(([proposer, fuser]) =>
        temperatures
          .slice(0, 3)
          .map((temperature) =>
            measured(
              fused(models[proposer] as string, models[fuser] as string, 0, temperature),
              suits(proposer, fuser) ? 0.8 : 0.3,
            ),
          ),
      ),
    ]);
    const believed = (wanted: boolean): number =>
      average(
        told
          .filter(([proposer, fuser]) => suits(proposer, fuser) === wanted)
          .map(([proposer, fuser]) =>
            foretold(fused(models[proposer] as string, models[fuser] as string, 1)),
          ),
      );
    expect(believed(true) - believed(false)).toBeGreaterThan(0.3);
  });

  it('never names a column twice', () => {
    const { columns } = new SparseFeatures().encode(partsOf(fused('sim/a', 'sim/a')));
    expect(new Set(columns).size).toBe(columns.length);
  });
});
