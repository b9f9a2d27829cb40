import { createRng } from '../../../../src/core/rng.ts';
import { estimatesOf, meansOf } from '../../../../src/domain/estimates.ts';
import { type ConfigId, configId, type MoaConfig, type Stage } from '../../../../src/domain/moa-config.ts';
import { directionsOf, ParetoFront, vectorOf } from '../../../../src/pareto/index.ts';
import { buildAgent, promptsFor } from '../../../../src/search/library.ts';
import { finishConfig, named } from '../../../../src/search/normal-form.ts';
import { singleConfig } from '../../../../src/search/start-configs.ts';
import type { Search } from '../methods.ts';
import type { World, WorldRun } from '../worlds/world.ts';

type End = 'vote' | 'rank' | 'fuse';

/**
 * What people do without a search: measure every model alone, then sample the best one more often.
 * @param ends how its samples are made one answer, as far as the space has them
 */
export function bestOfN(world: World, run: WorldRun, ends: readonly End[]): Search {
  const { space, objectives } = world;
  const front = new ParetoFront(directionsOf(objectives));
  const configs = new Map<ConfigId, MoaConfig>();
  const scores = new Map<MoaConfig, number>();
  function* measure(config: MoaConfig): Generator<number, void> {
    const id = configId(config);
    configs.set(id, config);
    const measurements = [];
    for (const cell of run.cells.slice(0, run.searchCells)) {
      const { measurement, paidTokens } = run.measure(config, cell, id);
      yield paidTokens;
      measurements.push(measurement);
    }
    const means = meansOf(estimatesOf(measurements));
    scores.set(config, means.score ?? 0);
    front.insert(id, vectorOf(means, objectives));
  }
  function* steps(): Generator<number, void> {
    for (const model of space.models) yield* measure(singleConfig(space, model));
    const [best] = [...scores].sort(([, a], [, b]) => b - a).map(([config]) => config);
    if (best === undefined) return;
    for (const config of sampled(world, best, ends)) yield* measure(config);
  }
  return {
    steps: steps(),
    front: () => front.members().map(({ id }) => ({ id, config: configs.get(id) as MoaConfig })),
    trials: () => configs.size,
  };
}

function* sampled({ space }: World, single: MoaConfig, kinds: readonly End[]): Generator<MoaConfig, void> {
  const [first] = single.stages;
  const agent = first?.kind === 'propose' ? first.agents[0] : undefined;
  if (agent === undefined) return;
  const judge = (role: 'ranker' | 'fuser') =>
    buildAgent(space, {
      model: agent.model,
      prompt: promptsFor(space, role)[0] ?? '',
      temperature: agent.temperature,
      ...(agent.topP === undefined ? {} : { topP: agent.topP }),
    });
  const endOf = (kind: End): Stage => {
    if (kind === 'vote') return { kind };
    return kind === 'rank' ? { kind, agent: judge('ranker'), keep: 1 } : { kind, agent: judge('fuser') };
  };
  for (let samples = 2; samples <= space.samples.max; samples++) {
    const propose: Stage = { kind: 'propose', agents: [buildAgent(space, { ...agent, samples })] };
    for (const kind of kinds.filter((each) => space.stages.kinds.includes(each))) {
      const end = endOf(kind);
      const config = finishConfig(named([propose, end]), space, createRng('best-of-n'));
      if (config !== undefined && config.stages.length === 2) yield config;
    }
  }
}
