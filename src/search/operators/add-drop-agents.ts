import { drawAgent, promptsFor } from '../library.ts';
import { mutation, pickOther } from './operator.ts';
import { proposersOf, withProposers } from './proposers.ts';

export const addAgent = mutation('add-agent', 1.5, (config, space, rng) => {
  const agents = proposersOf(config);
  if (agents.length >= space.agents.max) return undefined;
  return withProposers(config, [...agents, drawAgent(space, 'proposer', rng)]);
});

export const dropAgent = mutation('drop-agent', 1.5, (config, space, rng) => {
  const agents = proposersOf(config);
  if (agents.length <= space.agents.min) return undefined;
  return withProposers(config, agents.toSpliced(rng.integer(agents.length), 1));
});

/** Adds a copy of a proposer that differs in one setting: its model, its prompt or its temperature. */
export const cloneAgent = mutation('clone-agent', 1, (config, space, rng) => {
  const agents = proposersOf(config);
  if (agents.length === 0 || agents.length >= space.agents.max) return undefined;
  const agent = rng.pick(agents);
  const model = pickOther(space.models, agent.model, rng);
  const prompt = pickOther(promptsFor(space, 'proposer'), agent.prompt, rng);
  const temperature = pickOther(space.temperatures, agent.temperature, rng);
  const changes = [
    ...(model === undefined ? [] : [{ model }]),
    ...(prompt === undefined ? [] : [{ prompt, references: undefined }]),
    ...(temperature === undefined ? [] : [{ temperature }]),
  ];
  if (changes.length === 0) return undefined;
  return withProposers(config, [...agents, { ...agent, ...rng.pick(changes) }]);
});
