import type { Rng } from '../core/rng.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import { crossover, mutationsFor } from './operators/index.ts';
import type { SearchSpace } from './space.ts';

/** After each mutation, the chance of another one, up to three. */
const anotherMutation = 0.4;
const mostMutations = 3;

export interface ChangedConfig {
  readonly config: MoaConfig;
  /** What was done to it, in order; empty where nothing could be. */
  readonly operators: readonly string[];
}

/** One to three mutations in a row, each drawn by its weight. */
export function mutateConfig(parent: MoaConfig, space: SearchSpace, rng: Rng): ChangedConfig {
  const operators: string[] = [];
  const mutations = mutationsFor(space);
  let config = parent;
  for (let count = 0; count < mostMutations; count++) {
    if (count > 0 && rng.next() >= anotherMutation) break;
    const operator = mutations[rng.weighted(mutations.map(({ weight }) => weight))];
    const child = operator?.apply([config], space, rng);
    if (operator === undefined || child === undefined) continue;
    config = child;
    operators.push(operator.name);
  }
  return { config, operators };
}

/** A child of two, sometimes mutated as well; nothing is done where the two cannot be crossed. */
export function crossConfigs(
  first: MoaConfig,
  second: MoaConfig,
  space: SearchSpace,
  rng: Rng,
): ChangedConfig {
  const crossed = crossover.apply([first, second], space, rng);
  if (crossed === undefined) return { config: first, operators: [] };
  if (rng.next() >= anotherMutation) return { config: crossed, operators: [crossover.name] };
  const { config, operators } = mutateConfig(crossed, space, rng);
  return { config, operators: [crossover.name, ...operators] };
}
