import { kebabCase } from '../../core/kebab-case.ts';
import type { Rng } from '../../core/rng.ts';
import { type Agent, type AgentRole, samplesOf } from '../../domain/agent.ts';
import type { MoaConfig } from '../../domain/moa-config.ts';
import { seatsOfStages } from '../../domain/stages/stages.ts';
import { promptsFor, replaceAgent } from '../library.ts';
import { listedValues, placeOf, type SearchedSetting, searchedSettings } from '../settings.ts';
import type { SearchSpace } from '../space.ts';
import { mutation, type Operator, pickOther } from './operator.ts';

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

/** Mostly to a neighbouring value of the space's, sometimes to any. */
function changeSetting(setting: SearchedSetting, name: string, weight: number): Operator {
  const change = changeOne((agent, _role, space, rng) => {
    const values = listedValues(space, setting);
    const value = nearby(values, values[placeOf(values, agent[setting])], rng);
    return value === undefined ? undefined : { [setting]: value };
  });
  return mutation(name, weight, change);
}

export const changeTemperature = changeSetting('temperature', 'change-temperature', 2);
export const changeTopP = changeSetting('topP', 'change-top-p', 0.5);

/** Other settings, each where the space lists values of it. */
export const changeOtherSettings: readonly Operator[] = searchedSettings
  .filter((setting) => setting !== 'temperature' && setting !== 'topP')
  .map((setting) => {
    const words = kebabCase(String(setting));
    return {
      ...changeSetting(setting, `change-${words}`, 0.5),
      fits: (space) => listedValues(space, setting).length > 1,
    };
  });

export const changeSamples = mutation(
  'change-samples',
  1,
  changeOne((agent, _role, space, rng) => {
    const samples = stepWithin(samplesOf(agent), space.samples, rng);
    return samples === undefined ? undefined : { samples };
  }, 'proposer'),
);

/** Another prompt of the agent's role from the space's library, whose prompts are written for the plain form of references. */
export const swapPrompt = mutation(
  'swap-prompt',
  3,
  changeOne((agent, role, space, rng) => {
    const prompt = pickOther(promptsFor(space, role), agent.prompt, rng);
    return prompt === undefined ? undefined : { prompt, references: undefined };
  }),
);

function nearby<Value extends number | string | object>(
  values: readonly Value[],
  current: Value | undefined,
  rng: Rng,
): Value | undefined {
  const sorted = [...values].sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : 0));
  const at = current === undefined ? -1 : sorted.indexOf(current);
  if (at < 0 || rng.next() < 0.3) return pickOther<Value | undefined>(sorted, current, rng);
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
