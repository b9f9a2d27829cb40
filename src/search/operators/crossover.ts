import type { Rng } from '../../core/rng.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { mapAgents, seatsOfStages } from '../../domain/stages/stages.ts';
import type { SearchSpace } from '../space.ts';
import { finishChild, type Operator } from './operator.ts';
import { proposersOf, withProposers } from './proposers.ts';

/** The first parent with some of the second's proposers, its later stages, or its prompts. */
export const crossover: Operator = {
  name: 'crossover',
  parents: 2,
  weight: 1,
  apply([first, second], space, rng) {
    if (second === undefined) return undefined;
    const cross = rng.pick([crossAgents, crossStages, crossPrompts]);
    return finishChild(first, cross(first, second, space, rng), space, rng);
  },
};

type Cross = (first: MoaConfig, second: MoaConfig, space: SearchSpace, rng: Rng) => MoaConfig | undefined;

/** Each proposer of either parent with even chance, at least one and at most as many as may be. */
const crossAgents: Cross = (first, second, space, rng) => {
  const pool = rng.shuffle([...proposersOf(first), ...proposersOf(second)]);
  const target = Math.min(
    space.agents.max,
    Math.max(space.agents.min, Math.round(pool.length / 2 + rng.next() - 0.5)),
  );
  return withProposers(first, pool.slice(0, target));
};

const crossStages: Cross = (first, second) => ({
  ...first,
  stages: [...first.stages.slice(0, 1), ...second.stages.slice(1)],
});

/** Each agent may take over the prompt of an agent of its role in the other parent. */
const crossPrompts: Cross = (first, second, _space, rng) => {
  const donors = seatsOfStages(second.stages);
  const stages = mapAgents(first.stages, (agent, role) => {
    const same = donors.filter((donor) => donor.role === role);
    if (same.length === 0 || rng.next() >= 0.5) return agent;
    const { prompt, references } = rng.pick(same).agent;
    return { ...agent, prompt, references };
  });
  return { ...first, stages };
};
