import { elementAt } from '../core/element-at.ts';
import type { Rng } from '../core/rng.ts';
import type { Agent, MoaConfig, Stage } from '../domain/moa-config.ts';
import { drawStage } from './build-stage.ts';
import { drawAgent, drawSmall } from './library.ts';
import { finishConfig, named } from './normal-form.ts';
import { buildOpeningLoop, openingLoopsOf } from './opening-loops.ts';
import { allowedSteps, openingState } from './shape.ts';
import type { SearchSpace } from './space.ts';
import { loopTimes } from './steps.ts';

/** Chance of each further agent, and of each stage that the end does not need: small configs are likelier. */
const anotherAgent = 0.55;
const anotherStage = 0.35;
const attempts = 20;

/** Draws a config of the space, small ones more often; `undefined` when none was found in a few tries. */
export function randomConfig(space: SearchSpace, rng: Rng): MoaConfig | undefined {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stages = [drawOpening(space, rng)];
    const state = openingState(elementAt(stages, 0));
    if (state !== undefined && rng.next() < anotherStage) {
      const steps = allowedSteps(space, state);
      if (steps.length > 0) stages.push(drawStage(space, rng.pick(steps), rng));
    }
    const config = finishConfig(named(stages), space, rng);
    if (config !== undefined) return config;
  }
  return undefined;
}

/** Draws an opening: nearly always a propose stage, sometimes a route or a loop where the space has them. */
function drawOpening(space: SearchSpace, rng: Rng): Stage {
  const count = drawSmall(space.agents.min, space.agents.max, anotherAgent, rng);
  return openWith(space, drawProposers(space, count, rng), rng);
}

/**
 * Puts agents into an opening stage of some kind that the space allows.
 * @param evenly all kinds equally often; otherwise plain proposing is by far the likeliest.
 */
export function openWith(space: SearchSpace, agents: Agent[], rng: Rng, evenly = false): Stage {
  const kinds = new Set<string>(space.stages.kinds);
  const rounds = drawSmall(space.rounds.min, space.rounds.max, 0.3, rng);
  const propose = { kind: 'propose', agents, ...(rounds === 1 ? {} : { rounds }) } as const;
  const times = drawSmall(loopTimes(space).min, loopTimes(space).max, 0.3, rng);
  const openings: (() => Stage)[] = [];
  if (kinds.has('route') && agents.length > 1) {
    openings.push(() => ({
      kind: 'route',
      router: drawAgent(space, 'router', rng),
      agents,
      choose: drawSmall(1, agents.length - 1, 0.4, rng),
    }));
  }
  for (const loop of openingLoopsOf(space)) {
    const agent = drawAgent(space, loop.role, rng);
    openings.push(() => buildOpeningLoop(loop, propose, agent, times));
  }
  const plain = evenly ? 1 / (openings.length + 1) : 0.8;
  if (openings.length === 0 || rng.next() < plain) return propose;
  return rng.pick(openings)();
}

function drawProposers(space: SearchSpace, count: number, rng: Rng): Agent[] {
  return Array.from({ length: count }, () => drawAgent(space, 'proposer', rng));
}
