import { elementAt } from '../core/element-at.ts';
import type { Agent, AgentRole } from '../domain/agent.ts';
import type { MoaConfig, Stage } from '../domain/moa-config.ts';
import { shownToRouter } from '../domain/stages/route.ts';
import { buildAgent, promptsFor } from './library.ts';
import { contains } from './membership.ts';
import { compareAgents, named } from './normal-form.ts';
import { buildOpeningLoop, openingLoopsOf } from './opening-loops.ts';
import { everySettings } from './settings.ts';
import { advance, allowedSteps, isEnd, openingState, stagesAfterFirst, stepCost } from './shape.ts';
import type { SearchSpace } from './space.ts';
import { loopTimes, type ShapeState, type ShapeStep, type StepRecord, steps } from './steps.ts';

/**
 * Every config of a space in the search's normal form, each once, few agents first. Lazy: a search that
 * finds nothing new by drawing walks it to the next unknown config, and its end proves the space used up.
 */
export function* enumerateConfigs(space: SearchSpace): Generator<MoaConfig, void> {
  for (const opening of openings(space)) {
    const state = openingState(opening);
    if (state === undefined) continue;
    for (const rest of endings(space, state, space.stages.max - stagesAfterFirst([opening]))) {
      const config = named([opening, ...rest]);
      if (contains(space, config)) yield config;
    }
  }
}

function* openings(space: SearchSpace): Generator<Stage, void> {
  const kinds = new Set<string>(space.stages.kinds);
  const bases = agentsFor(space, 'proposer');
  for (let count = space.agents.min; count <= space.agents.max; count++) {
    for (const chosen of combinations(bases, count)) {
      for (const agents of withSamples(space, chosen)) {
        yield* proposing(space, agents);
        if (!kinds.has('route') || new Set(agents.map(shownToRouter)).size === 1) continue;
        for (const router of agentsFor(space, 'router')) {
          for (let choose = 1; choose < count; choose++) yield { kind: 'route', router, agents, choose };
        }
      }
    }
  }
}

function* proposing(space: SearchSpace, agents: Agent[]): Generator<Stage, void> {
  for (let rounds = space.rounds.min; rounds <= space.rounds.max; rounds++) {
    const propose = { kind: 'propose', agents, ...(rounds === 1 ? {} : { rounds }) } as const;
    yield propose;
    for (const times of timesOf(space)) {
      for (const loop of openingLoopsOf(space)) {
        for (const agent of agentsFor(space, loop.role)) yield buildOpeningLoop(loop, propose, agent, times);
      }
    }
  }
}

function* endings(space: SearchSpace, state: ShapeState, room: number): Generator<Stage[], void> {
  if (room < 0) return;
  if (isEnd(state)) yield [];
  for (const step of allowedSteps(space, state)) {
    const next = advance(state, step);
    if (next === undefined || stepCost(step) > room) continue;
    for (const rest of endings(space, next, room - stepCost(step))) {
      for (const stage of stagesFor(space, step)) yield [stage, ...rest];
    }
  }
}

/** Every stage that a step can be. */
function* stagesFor(space: SearchSpace, step: ShapeStep): Generator<Stage, void> {
  const { agents, loops, build } = steps[step.kind];
  for (const groups of groupsOf(space, agents)) {
    for (const times of loops ? timesOf(space) : [1]) yield build(groups, step, times);
  }
}

function* groupsOf(space: SearchSpace, [first, ...rest]: StepRecord['agents']): Generator<Agent[][], void> {
  if (first === undefined) {
    yield [];
    return;
  }
  const agents = agentsFor(space, first.role);
  for (let count = 1; count <= first.most; count++) {
    for (const group of combinations(agents, count)) {
      for (const others of groupsOf(space, rest)) yield [group, ...others];
    }
  }
}

function timesOf(space: SearchSpace): number[] {
  const { min, max } = loopTimes(space);
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}

/** Every agent of a role with one sample, in the space's order. */
function agentsFor(space: SearchSpace, role: AgentRole): Agent[] {
  const agents: Agent[] = [];
  for (const model of new Set(space.models)) {
    for (const settings of everySettings(space)) {
      for (const prompt of new Set(promptsFor(space, role))) {
        agents.push(buildAgent(space, { model, prompt, ...settings }));
      }
    }
  }
  return agents.sort((a, b) => compareAgents(a, b, space));
}

function* combinations<Item>(items: readonly Item[], count: number, from = 0): Generator<Item[], void> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let index = from; index <= items.length - count; index++) {
    for (const rest of combinations(items, count - 1, index + 1)) yield [elementAt(items, index), ...rest];
  }
}

function* withSamples(space: SearchSpace, agents: readonly Agent[]): Generator<Agent[], void> {
  const [first, ...rest] = agents;
  if (first === undefined) {
    yield [];
    return;
  }
  for (let samples = space.samples.min; samples <= space.samples.max; samples++) {
    for (const others of withSamples(space, rest))
      yield [buildAgent(space, { ...first, samples }), ...others];
  }
}
