import type { Rng } from '../../core/rng.ts';
import { type Agent, type AgentRole, samplesOf } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { seatsOfStages } from '../../domain/stages/stages.ts';
import { promptsFor, replaceAgent } from '../library.ts';
import type { SearchSpace } from '../space.ts';
import { mutation, pickOther } from './operator.ts';

type AgentChange = (
  agent: Agent,
  role: AgentRole,
  space: SearchSpace,
  rng: Rng,
) => Partial<Agent> | undefined;

/** Changes one agent, drawn among those of the given roles. */
function changeOne(change: AgentChange, only?: AgentRole) {
  return (config: MoaConfig, space: SearchSpace, rng: Rng): MoaConfig | undefined => {
    const agents = seatsOfStages(config.stages).map(({ agent, role }, index) => ({ agent, role, index }));
    const open = agents.filter(({ role }) => only === undefined || role === only);
    if (open.length === 0) return undefined;
    const { agent, role, index } = rng.pick(open);
    const changed = change(agent, role, space, rng);
    return changed === undefined ? undefined : replaceAgent(config, index, () => ({ ...agent, ...changed }));
  };
}

export const changeModel = mutation(
  'change-model',
  3,
  changeOne((agent, _role, space, rng) => {
    const model = pickOther(space.models, agent.model, rng);
    return model === undefined ? undefined : { model };
  }),
);

/** Mostly to a neighbouring temperature of the space, sometimes to any. */
export const changeTemperature = mutation(
  'change-temperature',
  2,
  changeOne((agent, _role, space, rng) => {
    const temperature = nearby(space.temperatures, agent.temperature, rng);
    return temperature === undefined ? undefined : { temperature };
  }),
);

export const changeTopP = mutation(
  'change-top-p',
  0.5,
  changeOne((agent, _role, space, rng) => {
    const topP = nearby(space.topP ?? [], agent.topP, rng);
    return topP === undefined ? undefined : { topP };
  }),
);

export const changeSamples = mutation(
  'change-samples',
  1,
  changeOne((agent, _role, space, rng) => {
    const samples = stepWithin(samplesOf(agent), space.samples, rng);
    return samples === undefined ? undefined : { samples };
  }, 'proposer'),
);

/** Another prompt of the agent's role from the space's library. */
export const swapPrompt = mutation(
  'swap-prompt',
  3,
  changeOne((agent, role, space, rng) => {
    const prompt = pickOther(promptsFor(space, role), agent.prompt, rng);
    return prompt === undefined ? undefined : { prompt };
  }),
);

function nearby(values: readonly number[], current: number | undefined, rng: Rng): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = current === undefined ? -1 : sorted.indexOf(current);
  if (at < 0 || rng.next() < 0.3) return pickOther(sorted, current ?? Number.NaN, rng);
  const neighbours = [sorted[at - 1], sorted[at + 1]].filter((value) => value !== undefined);
  return neighbours.length === 0 ? undefined : rng.pick(neighbours);
}

/** One up or down, or anything else of the range now and then; `undefined` when it holds one value. */
export function stepWithin(
  current: number,
  range: { readonly min: number; readonly max: number },
  rng: Rng,
): number | undefined {
  const all = Array.from({ length: range.max - range.min + 1 }, (_, index) => range.min + index);
  return nearby(all, current, rng);
}
