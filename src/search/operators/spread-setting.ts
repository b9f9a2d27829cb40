import type { Agent } from '../../domain/moa-config.ts';
import { mapAgents, seatsOfStages } from '../../domain/stages/stages.ts';
import { mutation, pickOther } from './operator.ts';

/**
 * Gives one model's place everywhere in the config to another model of the space, or all agents of a role the
 * model, prompt or temperature of one of them: steps that are many single changes otherwise.
 */
export const spreadSetting = mutation('spread-setting', 0.7, (config, space, rng) => {
  const seats = seatsOfStages(config.stages);
  if (seats.length < 2) return undefined;
  const { agent: source, role } = rng.pick(seats);
  if (rng.next() < 0.4) {
    const model = pickOther(space.models, source.model, rng);
    if (model === undefined) return undefined;
    const swap = (agent: Agent): Agent => (agent.model === source.model ? { ...agent, model } : agent);
    return { ...config, stages: mapAgents(config.stages, swap) };
  }
  const { model, prompt, temperature } = source;
  const setting = rng.pick<Partial<Agent>>([
    { model },
    { prompt },
    temperature === undefined ? { model } : { temperature },
  ]);
  const stages = mapAgents(config.stages, (agent, own) => (own === role ? { ...agent, ...setting } : agent));
  return { ...config, stages };
});
