import { keysOf } from '../../../../src/core/records.ts';
import { createRng } from '../../../../src/core/rng.ts';
import type { AgentRole } from '../../../../src/domain/agent.ts';
import type { Agent, MoaConfig, SimpleStage, Stage, StageOf } from '../../../../src/domain/moa-config.ts';
import { buildAgent, promptsFor } from '../../../../src/search/library.ts';
import { finishConfig, named } from '../../../../src/search/normal-form.ts';
import { advance, isEnd, openingState, stepOf } from '../../../../src/search/shape.ts';
import type { SearchSpace } from '../../../../src/search/space.ts';
import {
  loopTimes,
  maxCritics,
  maxKept,
  type ShapeState,
  type StepKind,
  steps,
} from '../../../../src/search/steps.ts';

/** A parameter of a general optimizer: categories, or whole numbers with an order. */
export interface Parameter {
  readonly name: string;
  readonly kind: { readonly choices: readonly string[] } | { readonly low: number; readonly high: number };
  /** Asked only where all of these hold of parameters before it. */
  readonly when: readonly Condition[];
}
type Condition =
  | { readonly name: string; readonly in: readonly string[] }
  | { readonly name: string; readonly above: number };

export type Assignment = Readonly<Record<string, string | number>>;

/**
 * A search space as the flat list of conditional parameters that general optimizers want. Every config of the
 * space in normal form has an assignment; every assignment decodes to a config or, rarely, to none.
 */
export class FlatSpace {
  readonly parameters: readonly Parameter[];
  readonly #space: SearchSpace;

  constructor(space: SearchSpace) {
    this.#space = space;
    this.parameters = parametersOf(space);
  }

  decode(values: Assignment): MoaConfig | undefined {
    const space = this.#space;
    const read = new Reader(space, values);
    const opening = read.opening();
    const stages: Stage[] = [opening];
    for (let slot = 0; slot < middleSlots(space); slot++) stages.push(...read.middle(slot));
    const state = stateAfter(stages);
    if (state !== undefined && !isEnd(state) && values.end !== undefined) stages.push(read.end());
    // The generator closes what is still open (an unread critique of a full config), always in one way.
    return finishConfig(named(stages), space, createRng('flat-space'));
  }

  /** The assignment of a config in normal form with prompts of the library. */
  encode(config: MoaConfig): Assignment {
    return encodeConfig(this.#space, config);
  }
}

const allows = (space: SearchSpace, kind: string): boolean => space.stages.kinds.some((own) => own === kind);
/**
 * The last of `stages.max` is the end's (`endKinds`): a step that may stand last without ending a config, where nothing
 * is left to end, needs one slot more than this.
 */
const middleSlots = (space: SearchSpace): number =>
  Math.max(0, space.stages.max - (allows(space, 'loop') && space.stages.max < 2 ? 0 : 1));

function openingsOf(space: SearchSpace): string[] {
  const loop = allows(space, 'loop');
  return [
    'propose',
    ...(allows(space, 'route') && space.agents.max > 1 ? ['route'] : []),
    ...(loop && allows(space, 'critique') ? ['loop-critique'] : []),
    ...(loop && allows(space, 'verify') ? ['loop-verify'] : []),
  ];
}

const upTo = (kind: StepKind, most: number): string[] =>
  Array.from({ length: most }, (_, index) => `${kind}-${index + 1}`);

/** Every step in the forms in which a slot may hold it; `parametersOf`, `Reader.middle`, `encodeConfig` and `kindName` know each. */
const slotForms: Readonly<Record<StepKind, readonly string[]>> = {
  vote: ['vote'],
  fuse: ['fuse'],
  rank: upTo('rank', maxKept),
  critique: upTo('critique', maxCritics),
  verify: ['verify'],
  refine: upTo('refine', maxCritics),
};

function middleKinds(space: SearchSpace): string[] {
  const kinds = keysOf(slotForms).filter((kind) => steps[kind].needs.every((each) => allows(space, each)));
  return ['none', ...kinds.flatMap((kind) => slotForms[kind])];
}

const endKinds = (space: SearchSpace): string[] =>
  ['fuse', 'vote', 'rank-1'].filter((kind) => allows(space, kind.split('-')[0] as string));

function parametersOf(space: SearchSpace): Parameter[] {
  const list: Parameter[] = [];
  const choice = (name: string, choices: readonly string[], ...when: Condition[]) =>
    list.push({ name, kind: { choices }, when });
  const whole = (name: string, low: number, high: number, ...when: Condition[]) =>
    list.push({ name, kind: { low, high }, when });
  const agent = (name: string, role: AgentRole, ...when: Condition[]) => {
    choice(`${name}.model`, space.models, ...when);
    whole(`${name}.temperature`, 0, space.temperatures.length - 1, ...when);
    if (space.topP !== undefined) whole(`${name}.top-p`, 0, space.topP.length - 1, ...when);
    choice(`${name}.prompt`, numbered(promptsFor(space, role)), ...when);
    if (role === 'proposer') whole(`${name}.samples`, space.samples.min, space.samples.max, ...when);
  };
  const times = loopTimes(space);
  const openings = openingsOf(space);
  choice('opening', openings);
  whole('agents', space.agents.min, space.agents.max);
  for (let index = 0; index < space.agents.max; index++) {
    agent(
      `agent-${index}`,
      'proposer',
      ...(index < space.agents.min ? [] : [{ name: 'agents', above: index }]),
    );
  }
  const opens = (kind: string): Condition => ({ name: 'opening', in: [kind] });
  whole('rounds', space.rounds.min, space.rounds.max, {
    name: 'opening',
    in: openings.filter((kind) => kind !== 'route'),
  });
  if (openings.includes('route')) {
    agent('router', 'router', opens('route'));
    whole('choose', 1, space.agents.max - 1, opens('route'));
  }
  if (openings.includes('loop-critique')) agent('opening-critic', 'critic', opens('loop-critique'));
  if (openings.includes('loop-verify')) agent('opening-verifier', 'verifier', opens('loop-verify'));
  if (openings.length > 1) {
    const loops = openings.filter((kind) => kind.startsWith('loop'));
    if (loops.length > 0) whole('times', times.min, times.max, { name: 'opening', in: loops });
  }
  for (let slot = 0; slot < middleSlots(space); slot++) {
    const name = `middle-${slot}`;
    const kinds = middleKinds(space);
    const is = (...prefixes: string[]) => ({
      name,
      in: kinds.filter((kind) => prefixes.some((prefix) => kind.startsWith(prefix))),
    });
    choice(name, kinds);
    if (allows(space, 'fuse')) agent(`${name}.fuser`, 'fuser', is('fuse', 'refine'));
    if (allows(space, 'rank')) agent(`${name}.ranker`, 'ranker', is('rank'));
    if (allows(space, 'verify')) agent(`${name}.verifier`, 'verifier', is('verify'));
    if (!allows(space, 'critique')) continue;
    agent(`${name}.critic-0`, 'critic', is('critique', 'refine'));
    agent(`${name}.critic-1`, 'critic', is('critique-2', 'refine-2'));
    if (is('refine').in.length > 0) whole(`${name}.times`, times.min, times.max, is('refine'));
  }
  const ends = endKinds(space);
  if (ends.length > 0 && space.stages.max > 0) {
    choice('end', ends);
    if (ends.includes('fuse')) agent('end.fuser', 'fuser', { name: 'end', in: ['fuse'] });
    if (ends.includes('rank-1')) agent('end.ranker', 'ranker', { name: 'end', in: ['rank-1'] });
  }
  return list;
}

/** Prompts go by number: their text would only burden the optimizer. */
const numbered = (texts: readonly string[]): string[] => texts.map((_, index) => String(index));

function stateAfter(stages: readonly Stage[]): ShapeState | undefined {
  const [first, ...rest] = stages;
  let state = first === undefined ? undefined : openingState(first);
  for (const stage of rest) {
    const step = stepOf(stage);
    // A stage that cannot matter here is removed when the config is finished.
    if (state !== undefined && step !== undefined) state = advance(state, step) ?? state;
  }
  return state;
}

class Reader {
  readonly #space: SearchSpace;
  readonly #values: Assignment;

  constructor(space: SearchSpace, values: Assignment) {
    this.#space = space;
    this.#values = values;
  }

  opening(): Stage {
    const count = this.#number('agents');
    const agents = Array.from({ length: count }, (_, index) => this.#agent(`agent-${index}`, 'proposer'));
    const opening = this.#text('opening');
    if (opening === 'route') {
      if (count === 1) return { kind: 'propose', agents };
      const choose = Math.min(this.#number('choose'), count - 1);
      return { kind: 'route', router: this.#agent('router', 'router'), agents, choose };
    }
    const propose: StageOf<'propose'> = { kind: 'propose', agents, rounds: this.#number('rounds') };
    if (opening === 'propose') return propose;
    const times = this.#number('times');
    if (opening === 'loop-critique') {
      const critique: SimpleStage = { kind: 'critique', agents: [this.#agent('opening-critic', 'critic')] };
      return { kind: 'loop', stages: [propose, critique], times };
    }
    const verify: SimpleStage = { kind: 'verify', agent: this.#agent('opening-verifier', 'verifier') };
    return { kind: 'loop', stages: [propose, verify], times, until: 'verified' };
  }

  middle(slot: number): Stage[] {
    const name = `middle-${slot}`;
    const [kind, detail] = this.#text(name).split('-');
    switch (kind) {
      case 'vote':
        return [{ kind: 'vote' }];
      case 'fuse':
        return [{ kind: 'fuse', agent: this.#agent(`${name}.fuser`, 'fuser') }];
      case 'rank':
        return [{ kind: 'rank', agent: this.#agent(`${name}.ranker`, 'ranker'), keep: Number(detail) }];
      case 'verify':
        return [{ kind: 'verify', agent: this.#agent(`${name}.verifier`, 'verifier') }];
      case 'critique':
        return [this.#critique(name, Number(detail))];
      case 'refine': {
        const fuse: SimpleStage = { kind: 'fuse', agent: this.#agent(`${name}.fuser`, 'fuser') };
        const stages = [this.#critique(name, Number(detail)), fuse];
        return [{ kind: 'loop', stages, times: this.#number(`${name}.times`) }];
      }
      default:
        return [];
    }
  }

  end(): Stage {
    const kind = this.#text('end');
    if (kind === 'vote') return { kind: 'vote' };
    if (kind === 'fuse') return { kind: 'fuse', agent: this.#agent('end.fuser', 'fuser') };
    return { kind: 'rank', agent: this.#agent('end.ranker', 'ranker'), keep: 1 };
  }

  #critique(name: string, count: number): SimpleStage {
    return {
      kind: 'critique',
      agents: Array.from({ length: count }, (_, index) => this.#agent(`${name}.critic-${index}`, 'critic')),
    };
  }

  #agent(name: string, role: AgentRole): Agent {
    const space = this.#space;
    const topP = space.topP?.[Number(this.#values[`${name}.top-p`])];
    return buildAgent(space, {
      model: this.#text(`${name}.model`),
      prompt: promptsFor(space, role)[this.#number(`${name}.prompt`)] as string,
      temperature: ascending(space.temperatures)[this.#number(`${name}.temperature`)] as number,
      ...(topP === undefined ? {} : { topP }),
      samples: role === 'proposer' ? this.#number(`${name}.samples`) : 1,
    });
  }

  #text(name: string): string {
    const value = this.#values[name];
    if (value === undefined) throw new Error(`flat space: no value of ${name}`);
    return String(value);
  }

  #number(name: string): number {
    return Number(this.#text(name));
  }
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

function encodeConfig(space: SearchSpace, config: MoaConfig): Assignment {
  const values: Record<string, string | number> = {};
  const agent = (name: string, role: AgentRole, own: Agent): void => {
    values[`${name}.model`] = own.model;
    values[`${name}.temperature`] = ascending(space.temperatures).indexOf(own.temperature as number);
    if (space.topP !== undefined) values[`${name}.top-p`] = space.topP.indexOf(own.topP as number);
    values[`${name}.prompt`] = String(promptsFor(space, role).indexOf(own.prompt));
    if (role === 'proposer') values[`${name}.samples`] = own.samples ?? 1;
  };
  const critics = (name: string, stage: StageOf<'critique'>): void => {
    for (const [index, critic] of stage.agents.entries()) agent(`${name}.critic-${index}`, 'critic', critic);
  };
  const [first, ...rest] = config.stages;
  if (first === undefined) throw new Error('encode: a config without stages');
  encodeOpening(first, values, agent);
  const last = rest.at(-1);
  const closes = last !== undefined && (last.kind === 'vote' || last.kind === 'fuse' || last.kind === 'rank');
  const middles = closes ? rest.slice(0, -1) : rest;
  for (let slot = 0; slot < middleSlots(space); slot++) {
    const name = `middle-${slot}`;
    const stage = middles[slot];
    values[name] = stage === undefined ? 'none' : kindName(stage);
    if (stage === undefined) continue;
    if (stage.kind === 'fuse') agent(`${name}.fuser`, 'fuser', stage.agent);
    if (stage.kind === 'rank') agent(`${name}.ranker`, 'ranker', stage.agent);
    if (stage.kind === 'verify') agent(`${name}.verifier`, 'verifier', stage.agent);
    if (stage.kind === 'critique') critics(name, stage);
    if (stage.kind === 'loop') {
      values[`${name}.times`] = stage.times ?? 3;
      for (const inner of stage.stages) {
        if (inner.kind === 'critique') critics(name, inner);
        if (inner.kind === 'fuse') agent(`${name}.fuser`, 'fuser', inner.agent);
      }
    }
  }
  const ends = endKinds(space);
  if (ends.length > 0 && space.stages.max > 0) {
    // Where nothing has to be ended, the end is free, but an optimizer wants a value.
    values.end = closes ? kindName(last) : ends.includes('vote') ? 'vote' : (ends[0] as string);
    if (closes && last.kind === 'fuse') agent('end.fuser', 'fuser', last.agent);
    else if (closes && last.kind === 'rank') agent('end.ranker', 'ranker', last.agent);
  }
  return values;
}

function encodeOpening(
  stage: Stage,
  values: Record<string, string | number>,
  agent: (name: string, role: AgentRole, own: Agent) => void,
): void {
  const inner = stage.kind === 'loop' ? stage.stages : [stage];
  const [propose, second] = inner;
  if (propose?.kind === 'route') {
    values.opening = 'route';
    values.choose = propose.choose;
    agent('router', 'router', propose.router);
  } else if (propose?.kind === 'propose') {
    values.rounds = propose.rounds ?? 1;
    values.opening =
      second === undefined ? 'propose' : second.kind === 'critique' ? 'loop-critique' : 'loop-verify';
  }
  if (stage.kind === 'loop') values.times = stage.times ?? 3;
  if (second?.kind === 'critique') agent('opening-critic', 'critic', second.agents[0] as Agent);
  if (second?.kind === 'verify') agent('opening-verifier', 'verifier', second.agent);
  const agents = propose?.kind === 'propose' || propose?.kind === 'route' ? propose.agents : [];
  values.agents = agents.length;
  for (const [index, own] of agents.entries()) agent(`agent-${index}`, 'proposer', own);
}

function kindName(stage: Stage): string {
  if (stage.kind === 'rank') return `rank-${stage.keep}`;
  if (stage.kind === 'critique') return `critique-${stage.agents.length}`;
  if (stage.kind !== 'loop') return stage.kind;
  const critique = stage.stages.find((inner) => inner.kind === 'critique');
  return `refine-${critique?.kind === 'critique' ? critique.agents.length : 1}`;
}
