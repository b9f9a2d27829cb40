import type { Agent, MoaConfig, SimpleStage, Stage } from '../../domain/moa-config.ts';
import { type AgentRole, promptsFor } from '../library.ts';
import { promptRoles, type SearchSpace } from '../space.ts';
import { CallPlanner, type PlannedCalls } from './call-plan.ts';
import { hashText } from './hash-text.ts';

/** An agent's place in a config. */
interface Seat {
  readonly role: AgentRole;
  readonly agent: Agent;
}

/** One of the agents that answer the question themselves. */
export interface Answerer {
  /** Index among the space's models. */
  readonly model: number;
  /** Key of its call, shared with every config that makes the same one. */
  readonly call: number;
  readonly samples: number;
}

/** What the surrogate keeps of a config. */
export interface Sketch {
  /** Numbers that follow from the config alone. */
  readonly features: Float32Array;
  readonly answerers: readonly Answerer[];
  /** Model (its index) of the agent that writes, picks or judges last; absent where none does. */
  readonly closer: number | undefined;
  readonly ending: 'answer' | 'vote' | 'model';
  readonly calls: PlannedCalls;
}

/** Prompts that a model wrote share a few columns by hash: with many of them each alone would teach nothing. */
const writtenColumns = 8;

const topologyColumns = [
  'stages',
  'propose',
  'route',
  'critique',
  'verify',
  'rank',
  'vote',
  'fuse',
  'loop',
  'agents',
  'answers',
  'models',
  'rounds',
  'kept',
  'chosen',
  'times',
  'critics',
  'prompts',
] as const;
type TopologyColumn = (typeof topologyColumns)[number];

const roles: readonly AgentRole[] = promptRoles.filter((role) => role !== 'single');

/** Turns configs of a space into numbers: models and prompts as shares by role, temperatures, counts. */
export class Sketcher {
  readonly #models: ReadonlyMap<string, number>;
  readonly #columns = new Map<string, number>();
  readonly #planner: CallPlanner;
  readonly #prompts: ReadonlyMap<AgentRole, ReadonlyMap<string, number>>;

  constructor(space: SearchSpace) {
    this.#models = new Map([...new Set(space.models)].map((model, index) => [model, index]));
    this.#planner = new CallPlanner(this.#models);
    this.#prompts = new Map(
      roles.map((role) => [role, new Map(promptsFor(space, role).map((prompt, index) => [prompt, index]))]),
    );
    const column = (name: string): void => void this.#columns.set(name, this.#columns.size);
    for (const name of topologyColumns) column(name);
    for (const role of rolesOf(space)) {
      for (const name of ['temperature', 'top-p', 'prompt length', 'prompt words']) column(`${role} ${name}`);
      for (const model of this.#models.keys()) column(`${role} ${model}`);
      const library = this.#prompts.get(role)?.size ?? 0;
      for (let index = 0; index < library; index++) column(`${role} prompt ${index}`);
      for (let bucket = 0; bucket < writtenColumns; bucket++) column(`${role} written ${bucket}`);
    }
  }

  /** Columns of {@link Sketch.features}. */
  get width(): number {
    return this.#columns.size;
  }

  get models(): number {
    return this.#models.size;
  }

  modelIndex(model: string): number | undefined {
    return this.#models.get(model);
  }

  /** @param keep remembers the config's calls; not for configs that are only thought of */
  sketch(config: MoaConfig, keep: boolean): Sketch {
    const calls = this.#planner.plan(config, keep);
    const stages = config.stages.flatMap((stage): readonly SimpleStage[] =>
      stage.kind === 'loop' ? stage.stages : [stage],
    );
    const seats = stages.flatMap(seatsOf);
    const features = new Float32Array(this.width);
    this.#addTopology(features, config.stages, stages, seats);
    for (const role of new Set(seats.map((seat) => seat.role))) {
      this.#addRole(
        features,
        role,
        seats.filter((seat) => seat.role === role).map((seat) => seat.agent),
      );
    }
    const last = stages.at(-1);
    const closing = seats.filter(({ role }) => role !== 'proposer').at(-1);
    return {
      features,
      answerers: this.#answerersOf(stages[0]),
      closer: closing === undefined ? undefined : this.#models.get(closing.agent.model),
      ending: last?.kind === 'vote' ? 'vote' : closing === undefined ? 'answer' : 'model',
      calls,
    };
  }

  #answerersOf(opening: SimpleStage | undefined): Answerer[] {
    if (opening?.kind !== 'propose' && opening?.kind !== 'route') return [];
    return opening.agents.map((agent) => ({
      model: this.#models.get(agent.model) ?? -1,
      call: this.#planner.keyOfAnswer(agent),
      samples: agent.samples ?? 1,
    }));
  }

  #addTopology(
    into: Float32Array,
    outer: readonly Stage[],
    stages: readonly SimpleStage[],
    seats: readonly Seat[],
  ): void {
    const add = (name: TopologyColumn, value: number): void => this.#add(into, name, value);
    const proposers = seats.filter(({ role }) => role === 'proposer').map(({ agent }) => agent);
    add('stages', stages.length);
    add('agents', proposers.length);
    add('answers', sum(proposers.map((agent) => agent.samples ?? 1)));
    add('models', new Set(proposers.map((agent) => agent.model)).size);
    add('prompts', new Set(proposers.map((agent) => agent.prompt)).size);
    for (const stage of stages) {
      add(stage.kind, 1);
      if (stage.kind === 'propose') add('rounds', stage.rounds ?? 1);
      if (stage.kind === 'critique') add('critics', stage.agents.length);
      if (stage.kind === 'route') add('chosen', stage.choose);
      if (stage.kind === 'rank') add('kept', stage.keep);
    }
    for (const stage of outer) {
      if (stage.kind !== 'loop') continue;
      add('loop', 1);
      add('times', stage.times ?? 3);
    }
  }

  #addRole(into: Float32Array, role: AgentRole, agents: readonly Agent[]): void {
    const total = sum(agents.map((agent) => agent.samples ?? 1));
    for (const agent of agents) {
      const share = (agent.samples ?? 1) / total;
      this.#add(into, `${role} ${agent.model}`, share);
      this.#add(into, `${role} temperature`, share * (agent.temperature ?? 0.7));
      this.#add(into, `${role} top-p`, share * (agent.topP ?? 1));
      this.#add(into, `${role} prompt length`, share * Math.log1p(agent.prompt.length));
      this.#add(into, `${role} prompt words`, share * Math.log1p(wordsOf(agent.prompt)));
      const index = this.#prompts.get(role)?.get(agent.prompt);
      if (index !== undefined) this.#add(into, `${role} prompt ${index}`, share);
      else this.#add(into, `${role} written ${hashText(agent.prompt) % writtenColumns}`, share);
    }
  }

  #add(into: Float32Array, name: string, value: number): void {
    const column = this.#columns.get(name);
    if (column !== undefined) (into[column] as number) += value;
  }
}

/** Roles that a config of the space can have. */
function rolesOf(space: SearchSpace): AgentRole[] {
  const kinds = new Set<string>(space.stages.kinds);
  const needs: Readonly<Record<AgentRole, string | undefined>> = {
    proposer: undefined,
    critic: 'critique',
    verifier: 'verify',
    ranker: 'rank',
    router: 'route',
    fuser: 'fuse',
  };
  return roles.filter((role) => {
    const kind = needs[role];
    return kind === undefined || kinds.has(kind);
  });
}

function seatsOf(stage: SimpleStage): Seat[] {
  switch (stage.kind) {
    case 'propose':
      return stage.agents.map((agent) => ({ role: 'proposer', agent }));
    case 'critique':
      return stage.agents.map((agent) => ({ role: 'critic', agent }));
    case 'route':
      return [
        { role: 'router', agent: stage.router },
        ...stage.agents.map((agent): Seat => ({ role: 'proposer', agent })),
      ];
    case 'verify':
      return [{ role: 'verifier', agent: stage.agent }];
    case 'rank':
      return [{ role: 'ranker', agent: stage.agent }];
    case 'fuse':
      return [{ role: 'fuser', agent: stage.agent }];
    case 'vote':
      return [];
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const wordsOf = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
