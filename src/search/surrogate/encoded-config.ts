import { remembered } from '../../core/remembered.ts';
import { type AgentRole, agentRoles, samplesOf } from '../../domain/agent.ts';
import type { MoaConfig, SimpleStage } from '../../domain/moa-config.ts';
import { rolesOfKind, seatsOf, simpleStageKinds } from '../../domain/stages/simple-stages.ts';
import { promptsFor } from '../library.ts';
import { everySettings, namedChoices } from '../settings.ts';
import { kindsOf, type SearchSpace } from '../space.ts';
import { CallPlanner, type PlannedCalls } from './call-plan.ts';
import { partsOf, type RoleShare, topologyNames, unsetTemperature } from './config-features.ts';
import { hashText } from './hash-text.ts';
import type { SparseRow } from './kernel.ts';
import { SparseFeatures } from './sparse-features.ts';

/** One of the agents that answer the question themselves. */
export interface Answerer {
  /** Index among the space's models. */
  readonly model: number;
  /** Key of its call, shared with every config that makes the same one. */
  readonly call: number;
  readonly samples: number;
}

/** What the surrogate keeps of a config. */
export interface EncodedConfig {
  /** Numbers that follow from the config alone. */
  readonly features: Float32Array;
  /** The same as the Gaussian process sees them. */
  readonly sparse: SparseRow;
  readonly answerers: readonly Answerer[];
  /** Model (its index) of the agent that writes, picks or judges last; absent where none does. */
  readonly closer: number | undefined;
  readonly ending: 'answer' | 'vote' | 'model';
  readonly calls: PlannedCalls;
}

/** Prompts that a model wrote share a few columns by hash: with many of them each alone would teach nothing. */
const writtenColumns = 8;

/** Turns configs of a space into numbers: models and prompts as shares by role, temperatures, counts. */
export class ConfigEncoder {
  readonly #models: ReadonlyMap<string, number>;
  readonly #columns = new Map<string, number>();
  readonly #planner: CallPlanner;
  readonly #sparse = new SparseFeatures();
  readonly #prompts: ReadonlyMap<AgentRole, ReadonlyMap<string, number>>;
  /** Of each prompt that was met. */
  readonly #words = new Map<string, number>();

  constructor(space: SearchSpace) {
    this.#models = new Map([...new Set(space.models)].map((model, index) => [model, index]));
    this.#planner = new CallPlanner(this.#models);
    this.#prompts = new Map(
      agentRoles.map((role) => [
        role,
        new Map(promptsFor(space, role).map((prompt, index) => [prompt, index])),
      ]),
    );
    const column = (name: string): void => void this.#columns.set(name, this.#columns.size);
    for (const name of topologyNames) column(name);
    for (const role of rolesIn(space)) {
      for (const name of ['temperature', 'top-p', 'prompt length', 'prompt words']) column(`${role} ${name}`);
      for (const model of this.#models.keys()) column(`${role} ${model}`);
      const choices = new Set([...everySettings(space)].flatMap(namedChoices));
      for (const choice of choices) column(`${role} ${choice}`);
      const library = this.#prompts.get(role)?.size ?? 0;
      for (let index = 0; index < library; index++) column(`${role} prompt ${index}`);
      for (let bucket = 0; bucket < writtenColumns; bucket++) column(`${role} written ${bucket}`);
    }
  }

  /** Columns of {@link EncodedConfig.features}. */
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
  encode(config: MoaConfig, keep: boolean): EncodedConfig {
    const calls = this.#planner.plan(config, keep);
    const parts = partsOf(config);
    const { stages, seats, shares, topology } = parts;
    const features = new Float32Array(this.width);
    for (const name of topologyNames) this.#add(features, name, topology[name]);
    for (const each of shares) this.#addShare(features, each);
    const last = stages.at(-1);
    const closing = seats.filter(({ role }) => role !== 'proposer').at(-1);
    return {
      features,
      sparse: this.#sparse.encode(parts),
      answerers: this.#answerersOf(stages[0]),
      closer: closing === undefined ? undefined : this.#models.get(closing.agent.model),
      ending: last?.kind === 'vote' ? 'vote' : closing === undefined ? 'answer' : 'model',
      calls,
    };
  }

  #answerersOf(opening: SimpleStage | undefined): Answerer[] {
    if (opening === undefined) return [];
    const proposers = seatsOf(opening).filter(({ role }) => role === 'proposer');
    return proposers.map(({ agent }) => ({
      model: this.#models.get(agent.model) ?? -1,
      call: this.#planner.keyOfAnswer(agent),
      samples: samplesOf(agent),
    }));
  }

  #addShare(into: Float32Array, { role, agent, share }: RoleShare): void {
    this.#add(into, `${role} ${agent.model}`, share);
    this.#add(into, `${role} temperature`, share * (agent.temperature ?? unsetTemperature));
    for (const choice of namedChoices(agent)) this.#add(into, `${role} ${choice}`, share);
    this.#add(into, `${role} top-p`, share * (agent.topP ?? 1));
    this.#add(into, `${role} prompt length`, share * Math.log1p(agent.prompt.length));
    const words = remembered(this.#words, agent.prompt, () => wordsOf(agent.prompt));
    this.#add(into, `${role} prompt words`, share * Math.log1p(words));
    const index = this.#prompts.get(role)?.get(agent.prompt);
    if (index !== undefined) this.#add(into, `${role} prompt ${index}`, share);
    else this.#add(into, `${role} written ${hashText(agent.prompt) % writtenColumns}`, share);
  }

  #add(into: Float32Array, name: string, value: number): void {
    const column = this.#columns.get(name);
    if (column !== undefined) (into[column] as number) += value;
  }
}

/** Roles that a config of the space can have. */
function rolesIn(space: SearchSpace): AgentRole[] {
  const kinds = new Set<string>(kindsOf(space));
  const used = new Set(simpleStageKinds.filter((kind) => kinds.has(kind)).flatMap(rolesOfKind));
  return agentRoles.filter((role) => used.has(role));
}

const wordsOf = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;
