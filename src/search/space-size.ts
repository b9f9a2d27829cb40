import { groupBy } from '../core/group-by.ts';
import { remembered } from '../core/remembered.ts';
import type { AgentRole } from '../domain/agent.ts';
import { shownToRouter } from '../domain/stages/route.ts';
import { promptsFor } from './library.ts';
import { openingLoopsOf } from './opening-loops.ts';
import { countSettings } from './settings.ts';
import { advance, allowedSteps, isEnd, stepCost } from './shape.ts';
import type { SearchSpace } from './space.ts';
import { loopTimes, maxKept, type ShapeState, type ShapeStep, single, steps } from './steps.ts';

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
  const routes = space.stages.kinds.includes('route');
  const rounds = BigInt(space.rounds.max - space.rounds.min + 1);
  const times = countTimes(space);
  const openings = new Map<string, Opening>();
  const add = (state: ShapeState, cost: number, ways: bigint): void => {
    const key = JSON.stringify(state);
    openings.set(key, { state, cost, ways: ways + (openings.get(key)?.ways ?? 0n) });
  };
  for (const { agents, chosen, answers } of groupsOf(space)) {
    for (const [candidates, sampled] of answers) {
      const proposing = chosen * sampled * rounds;
      add({ ...single, candidates }, 0, proposing);
      for (const { role, leaves } of openingLoopsOf(space))
        add({ ...single, candidates, ...leaves }, 1, proposing * times * variants(space, role));
    }
    if (!routes) continue;
    const sampled = [...answers.values()].reduce((sum, ways) => sum + ways, 0n);
    const routed = (chosen - countAlike(space, agents)) * sampled * variants(space, 'router');
    for (let most = 1; most < agents; most++) {
      const candidates = most * space.samples.max;
      const rest = candidates < many ? 1 : agents - most;
      add({ ...single, candidates: Math.min(many, candidates) }, 0, routed * BigInt(rest));
      if (candidates >= many) break;
    }
  }
  return [...openings.values()];
}

/** No step tells so many candidates from more. */
const many = maxKept + 1;

interface Group {
  readonly agents: number;
  /** Ways to choose so many different agents, samples aside. */
  readonly chosen: bigint;
  /** Ways to set their samples, by the number of answers they give, {@link many} for more too. */
  readonly answers: ReadonlyMap<number, bigint>;
}

/** The groups of different agents that may open a config, by their number. */
function* groupsOf(space: SearchSpace): Generator<Group> {
  const from = variants(space, 'proposer');
  let chosen = 1n;
  let answers = new Map<number, bigint>([[0, 1n]]);
  for (let agents = 1; agents <= space.agents.max; agents++) {
    chosen = (chosen * (from - BigInt(agents - 1))) / BigInt(agents);
    if (chosen === 0n) return;
    answers = withOneMore(answers, space.samples);
    if (agents >= space.agents.min) yield { agents, chosen, answers };
  }
}

function withOneMore(answers: Group['answers'], { min, max }: SearchSpace['samples']): Map<number, bigint> {
  const next = new Map<number, bigint>();
  for (const [sum, ways] of answers) {
    for (let samples = min; samples <= max; samples++) {
      const reached = Math.min(many, sum + samples);
      const rest = reached < many ? 1 : max - samples + 1;
      next.set(reached, (next.get(reached) ?? 0n) + ways * BigInt(rest));
      if (reached === many) break;
    }
  }
  return next;
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

/** Ways to choose so many different agents that a router is told the same of. */
function countAlike(space: SearchSpace, agents: number): bigint {
  const models = [...new Set(space.models)];
  const shown = models.flatMap((model) =>
    promptsFor(space, 'proposer').map((prompt) => shownToRouter({ model, prompt })),
  );
  const alike = [...groupBy(shown, (text) => text).values()].map(({ length }) => BigInt(length));
  const settings = countSettings(space);
  return alike.reduce((sum, prompts) => sum + choose(prompts * settings, agents), 0n);
}

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
