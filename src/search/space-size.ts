import { remembered } from '../core/remembered.ts';
import type { AgentRole } from '../domain/agent.ts';
import { promptsFor } from './library.ts';
import { countSettings } from './settings.ts';
import { advance, allowedSteps, isEnd, stepCost } from './shape.ts';
import type { SearchSpace } from './space.ts';
import { loopTimes, type ShapeState, type ShapeStep, single, steps } from './steps.ts';

/** A forecast asks of one space for each job that it plays. */
const known = new WeakMap<SearchSpace, bigint>();

/**
 * How many configs a space holds, counted in the normal form in which the search writes them (equal agents
 * merged, agents of a stage unordered). Exact but for route stages whose agents differ in samples, which
 * are counted by their largest number of answers.
 */
export function spaceSize(space: SearchSpace): bigint {
  return remembered(known, space, () => counted(space));
}

function counted(space: SearchSpace): bigint {
  const openings = countOpenings(space);
  const memo = new Map<string, bigint>();
  let total = 0n;
  for (const { state, cost, ways } of openings) {
    total += ways * countEndings(space, state, space.stages.max - cost, memo);
  }
  return total;
}

interface Opening {
  readonly state: ShapeState;
  /** Stages that it takes off `stages.max`. */
  readonly cost: number;
  readonly ways: bigint;
}

function countOpenings(space: SearchSpace): Opening[] {
  const kinds = new Set<string>(space.stages.kinds);
  const rounds = BigInt(space.rounds.max - space.rounds.min + 1);
  const times = countTimes(space);
  const openings: Opening[] = [];
  for (let agents = space.agents.min; agents <= space.agents.max; agents++) {
    for (const [candidates, ways] of answersOf(space, agents)) {
      const proposing = ways * rounds;
      openings.push({ state: { ...single, candidates }, cost: 0, ways: proposing });
      if (kinds.has('loop') && kinds.has('critique')) {
        const looped = proposing * times * variants(space, 'critic');
        openings.push({ state: { ...single, candidates, critiqued: true }, cost: 1, ways: looped });
      }
      if (kinds.has('loop') && kinds.has('verify')) {
        const looped = proposing * times * variants(space, 'verifier');
        openings.push({ state: { ...single, candidates, verified: true }, cost: 1, ways: looped });
      }
    }
    if (kinds.has('route')) openings.push(...countRoutes(space, agents));
  }
  return openings;
}

function countRoutes(space: SearchSpace, agents: number): Opening[] {
  const routers = variants(space, 'router');
  const sampleCounts = BigInt(space.samples.max - space.samples.min + 1);
  const ways = choose(variants(space, 'proposer'), agents) * sampleCounts ** BigInt(agents) * routers;
  return Array.from({ length: Math.max(0, agents - 1) }, (_, index) => ({
    state: { ...single, candidates: (index + 1) * space.samples.max },
    cost: 0,
    ways,
  }));
}

/** Ways to choose so many different agents with their samples, by the number of answers they give. */
function answersOf(space: SearchSpace, agents: number): Map<number, bigint> {
  let sums = new Map<number, bigint>([[0, choose(variants(space, 'proposer'), agents)]]);
  for (let agent = 0; agent < agents; agent++) {
    const next = new Map<number, bigint>();
    for (const [sum, ways] of sums) {
      for (let samples = space.samples.min; samples <= space.samples.max; samples++) {
        next.set(sum + samples, (next.get(sum + samples) ?? 0n) + ways);
      }
    }
    sums = next;
  }
  return sums;
}

function countEndings(
  space: SearchSpace,
  state: ShapeState,
  room: number,
  memo: Map<string, bigint>,
): bigint {
  if (room < 0) return 0n;
  const key = `${state.candidates}/${state.critiqued}/${state.verified}/${state.ranked}/${room}`;
  return remembered(memo, key, () => {
    let total = isEnd(state) ? 1n : 0n;
    for (const step of allowedSteps(space, state)) {
      const next = advance(state, step);
      if (next === undefined || stepCost(step) > room) continue;
      total += countStep(space, step) * countEndings(space, next, room - stepCost(step), memo);
    }
    return total;
  });
}

function countStep(space: SearchSpace, step: ShapeStep): bigint {
  const { agents, loops } = steps[step.kind];
  let ways = loops ? countTimes(space) : 1n;
  for (const { role, most } of agents) {
    let groups = 0n;
    for (let count = 1; count <= most; count++) groups += choose(variants(space, role), count);
    ways *= groups;
  }
  return ways;
}

const countTimes = (space: SearchSpace): bigint => BigInt(loopTimes(space).max - loopTimes(space).min + 1);

/** Different agents of a role, samples aside. */
function variants(space: SearchSpace, role: AgentRole): bigint {
  const prompts = new Set(promptsFor(space, role)).size;
  return BigInt(new Set(space.models).size) * countSettings(space) * BigInt(prompts);
}

function choose(from: bigint, count: number): bigint {
  let ways = 1n;
  for (let index = 0n; index < BigInt(count); index++) ways = (ways * (from - index)) / (index + 1n);
  return ways < 0n ? 0n : ways;
}
