import { createRng } from '../core/rng.ts';
import { type Agent, type AgentRole, mostSamples, samplesOf, settingNames } from '../domain/agent.ts';
import { type MoaConfig, modelsOf } from '../domain/moa-config.ts';
import { seatsOf, simpleRecordOf } from '../domain/stages/simple-stages.ts';
import { mapAgents, placedSeats, recordOf, seatsOfStages, simpleStages } from '../domain/stages/stages.ts';
import type { Fault } from '../domain/validation.ts';
import { promptsFor } from './library.ts';
import { finishConfig } from './normal-form.ts';
import { nearestSettings, withoutUnlisted } from './settings.ts';
import { stagesAfterFirst } from './shape.ts';
import type { SearchSpace } from './space.ts';

/** A config that a search cannot go on from, and the first reason: a model that it may not call, or its form. */
export interface LeftOut {
  readonly because: 'model' | 'form';
  readonly fault: Fault;
}

/**
 * The space with room for configs from outside, as far as the search could write them there.
 * @returns the space as it is where none of those taken needs room
 */
export function roomFor(
  configs: readonly MoaConfig[],
  narrow: SearchSpace,
): {
  readonly space: SearchSpace;
  readonly taken: readonly MoaConfig[];
  readonly leftOut: readonly LeftOut[];
} {
  let space = narrow;
  const taken: MoaConfig[] = [];
  const leftOut: LeftOut[] = [];
  for (const config of configs) {
    const other = modelFault(config, space);
    const wider = widenSpace(space, config);
    if (other !== undefined) leftOut.push({ because: 'model', fault: other });
    else if (seedOf(config, wider) === undefined) leftOut.push({ because: 'form', fault: formFault(config) });
    else {
      space = wider;
      taken.push(config);
    }
  }
  return { space, taken, leftOut };
}

function modelFault({ stages }: MoaConfig, { models }: SearchSpace): Fault | undefined {
  const other = placedSeats(stages).find(({ agent }) => !models.includes(agent.model));
  if (other === undefined) return undefined;
  const expected = `a model that the search may call: ${models.join(', ')} (--models adds some; mixtune import --models gives a system others)`;
  return { at: [...other.at, 'model'], expected, found: other.agent.model };
}

const formFault = ({ stages }: MoaConfig): Fault => ({
  at: ['stages'],
  expected: 'stages in a form that the search writes',
  found: stages.map(({ kind }) => kind).join(', '),
});

/**
 * The space with room for a config from outside: its kinds and number of stages, agents, samples and rounds, and its
 * prompts where the space has none of a role. Models, settings and lists of prompts stay: whoever lists them means them.
 */
export function widenSpace(space: SearchSpace, config: MoaConfig): SearchSpace {
  const wide = spaceAround(space, config);
  // Agents that the space's settings make equal become samples of one, and a choice among them one round of it.
  const seed = seedOf(config, {
    ...wide,
    samples: { min: 1, max: mostSamples },
    rounds: { ...wide.rounds, min: 1 },
    agents: { ...wide.agents, min: 1 },
  });
  return seed === undefined ? wide : spaceAround(space, seed);
}

function spaceAround(space: SearchSpace, config: MoaConfig): SearchSpace {
  const stages = simpleStages(config.stages);
  const seats = seatsOfStages(config.stages);
  const proposers = seats.filter(({ role }) => role === 'proposer').map(({ agent }) => agent);
  const inAStage = stages.map((stage) => seatsOf(stage).filter(({ role }) => role === 'proposer').length);
  const passes = config.stages.flatMap((stage) => recordOf(stage).counts(stage).times ?? []);
  const kinds = [...config.stages, ...stages].map(({ kind }) => kind).filter((kind) => kind !== 'propose');
  const rounds = upTo(
    space.rounds,
    stages.flatMap((stage) => simpleRecordOf(stage).counts(stage).rounds ?? []),
  );
  return {
    ...space,
    samples: upTo(space.samples, proposers.map(samplesOf)),
    rounds: { ...rounds, max: Math.max(rounds.max, ...passes.filter((times) => times > fewestPasses)) },
    agents: upTo(space.agents, inAStage),
    stages: {
      kinds: [...new Set([...space.stages.kinds, ...kinds])],
      max: Math.max(space.stages.max, stagesAfterFirst(config.stages)),
    },
    prompts: withPrompts(space, seats),
  };
}

/** What a loop may always have, whatever the space says of rounds. */
const fewestPasses = 2;

function withPrompts(
  space: SearchSpace,
  seats: readonly { readonly agent: Agent; readonly role: AgentRole }[],
): SearchSpace['prompts'] {
  const prompts = { ...space.prompts };
  for (const { agent, role } of seats) {
    if (promptsFor(space, role).length > 0) continue;
    prompts[role] = [...new Set([...(prompts[role] ?? []), agent.prompt])];
  }
  return prompts;
}

const upTo = ({ min, max }: { readonly min: number; readonly max: number }, found: readonly number[]) => ({
  min: Math.min(min, ...found.filter((count) => count > 0)),
  max: Math.max(max, ...found),
});

/**
 * A config from outside as the search would write it, for it to go on from: the space's cap on tokens, settings that
 * the space lists, equal agents as samples. `undefined` where the search has no such form.
 */
export function seedOf(config: MoaConfig, space: SearchSpace): MoaConfig | undefined {
  if (modelsOf(config).some((model) => !space.models.includes(model))) return undefined;
  const stages = mapAgents(config.stages, (agent) => asListed(agent, space));
  return finishConfig({ ...config, stages }, space, createRng('seed'));
}

function asListed(agent: Agent, space: SearchSpace): Agent {
  const settings = { ...nearestSettings(space, agent), maxTokens: space.maxTokens };
  return { ...withoutUnlisted(agent, space), ...settings };
}

/** Of each setting that a config from outside gets another value of in the space, the first: `maxTokens 300 in place of 2048`. */
export function changedSettings({ stages }: MoaConfig, space: SearchSpace): Map<string, string> {
  const changes = new Map<string, string>();
  for (const { agent } of seatsOfStages(stages)) {
    const listed = asListed(agent, space);
    for (const name of settingNames) {
      const [was, is] = [agent[name], listed[name]].map((value) =>
        value === undefined ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value),
      );
      if (was !== is && !changes.has(name)) changes.set(name, `${name} ${is} in place of ${was}`);
    }
  }
  return changes;
}
