import { createRng } from '../../../src/core/rng.ts';
import { type ConfigId, configId, type MoaConfig } from '../../../src/domain/moa-config.ts';
import { directionsOf, nonDominated } from '../../../src/pareto/index.ts';
import { enumerateConfigs } from '../../../src/search/enumerate.ts';
import { spaceSize } from '../../../src/search/space-size.ts';
import { createStrategy } from '../../../src/search/strategies.ts';
import { isExtension } from '../../../src/search/strategy.ts';
import type { Truth, World } from './worlds/world.ts';

/** Spaces up to this size are tried in full. */
const exhaustiveSize = 3000n;
const proposals = 2000;
const kept = 150;

/**
 * True values of the best configs that can be found without noise or budget: all of a small space, otherwise
 * what long evolutions find that are told (nearly) true values. Searches may still find better ones: the best known
 * front is the union of this with all they recommended.
 *
 * @param estimate a cheaper and noisier truth; the truth itself where it is cheap
 */
export function referenceConfigs(
  world: World,
  estimate: (config: MoaConfig, id: ConfigId) => Truth,
  restarts = 2,
): Record<ConfigId, Truth> {
  const found: Record<ConfigId, Truth> = {};
  if (spaceSize(world.space) <= exhaustiveSize) {
    for (const config of enumerateConfigs(world.space)) {
      const id = configId(config);
      found[id] = world.truth(config, id);
    }
    return found;
  }
  for (let restart = 0; restart < restarts; restart++) {
    for (const { id, config } of evolve(world, estimate, restart)) found[id] = world.truth(config, id);
  }
  return found;
}

interface Tried {
  readonly id: ConfigId;
  readonly config: MoaConfig;
  readonly vector: readonly number[];
}

function evolve(
  world: World,
  estimate: (config: MoaConfig, id: ConfigId) => Truth,
  restart: number,
): readonly Tried[] {
  const { space, objectives } = world;
  const tried = new Map<ConfigId, Tried>();
  const strategy = createStrategy('evolution', { space, objectives, isKnown: (id) => tried.has(id) });
  for (let number = 0; number < proposals; number++) {
    const proposal = strategy.ask(createRng(`reference/${restart}/${number}`));
    if (typeof proposal === 'string' || isExtension(proposal)) break;
    const { config, origin } = proposal;
    const id = configId(config);
    const truth = estimate(config, id);
    const exact = (value: number) => ({ mean: value, low: value, high: value });
    const estimates = {
      score: exact(truth.score),
      latency: exact(truth.latency),
      tokens: exact(truth.tokens),
      usd: truth.usd === undefined ? { mean: null, low: null, high: null } : exact(truth.usd),
    };
    tried.set(id, { id, config, vector: objectives.map((name) => truth[name] as number) });
    strategy.tell({ id, config, origin, status: 'finished', estimates, cells: [] });
  }
  return bestLayers([...tried.values()], objectives.length === 0 ? [] : directionsOf(objectives));
}

/** The front, what is on the front without it, and so on: the estimates' noise hides some true members. */
function bestLayers(tried: readonly Tried[], directions: ReturnType<typeof directionsOf>): Tried[] {
  let rest = [...tried];
  const best: Tried[] = [];
  while (best.length < kept && rest.length > 0) {
    const layer = new Set(nonDominated(rest, ({ vector }) => vector, directions));
    best.push(...layer);
    rest = rest.filter((item) => !layer.has(item));
  }
  return best;
}
