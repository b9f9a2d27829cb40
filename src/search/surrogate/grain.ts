import { type Agent, type AgentRole, samplesOf, totalSamples } from '../../domain/agent.ts';
import type { MoaConfig, SimpleStage } from '../../domain/moa-config.ts';
import { seatsOf } from '../../domain/stages/simple-stages.ts';
import { recordOf, seatsOfStages, simpleStages } from '../../domain/stages/stages.ts';
import type { SparseRow } from './gaussian-process.ts';

/** Groups of the columns of a grain, in the order of their indices. */
const grainGroups = ['constant', 'model', 'prompt', 'pair', 'temperature', 'shape', 'foretold'] as const;
type Group = (typeof grainGroups)[number];

/** The first columns are for what is foretold of a config by others' answers. */
const foretoldColumns = Array.from({ length: 8 }, (_, column) => column);

/** A grain with what is foretold of its config, at most eight numbers. */
export function joined(grain: SparseRow, foretold: readonly number[]): SparseRow {
  if (foretold.length === 0) return grain;
  const group = grainGroups.indexOf('foretold');
  return {
    columns: Int32Array.from([...grain.columns, ...foretold.keys()]),
    values: Float64Array.from([...grain.values, ...foretold]),
    groups: Uint8Array.from([...grain.groups, ...foretold.map(() => group)]),
  };
}

/** Temperatures count from here, so that a middling one has no effect. */
const middlingTemperature = 0.5;

/**
 * A config as the Gaussian process sees it: models, prompts and both together as shares by role, temperatures
 * by role and model, and the counts that make its shape.
 */
export class Grains {
  readonly #columns = new Map<string, number>(
    foretoldColumns.map((column) => [`foretold ${column}`, column]),
  );
  readonly #known = new WeakMap<object, SparseRow>();

  /** Of something that has a config and is asked about again and again. */
  of(owner: { readonly config: MoaConfig }): SparseRow {
    let grain = this.#known.get(owner);
    if (grain === undefined) {
      grain = this.grain(owner.config);
      this.#known.set(owner, grain);
    }
    return grain;
  }

  grain(config: MoaConfig): SparseRow {
    const entries = new Map<string, { group: Group; value: number }>();
    const add = (group: Group, name: string, value: number): void => {
      if (value === 0) return;
      const known = entries.get(name);
      if (known === undefined) entries.set(name, { group, value });
      else known.value += value;
    };
    add('constant', '', 1);
    const seats = seatsOfStages(config.stages);
    const stages = simpleStages(config.stages);
    for (const role of new Set(seats.map((seat) => seat.role))) {
      const agents = seats.filter((seat) => seat.role === role).map(({ agent }) => agent);
      addRole(role, agents, add);
    }
    addShape(config, stages, seats, add);
    const names = [...entries];
    return {
      columns: Int32Array.from(names, ([name]) => this.#column(name)),
      values: Float64Array.from(names, ([, { value }]) => value),
      groups: Uint8Array.from(names, ([, { group }]) => grainGroups.indexOf(group)),
    };
  }

  #column(name: string): number {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = this.#columns.size;
      this.#columns.set(name, column);
    }
    return column;
  }
}

/** What most providers take where none is given. */
const providersTemperature = 0.7;

type Add = (group: Group, name: string, value: number) => void;

function addRole(role: AgentRole, agents: readonly Agent[], add: Add): void {
  const total = totalSamples(agents);
  for (const agent of agents) {
    const share = samplesOf(agent) / total;
    const off = (agent.temperature ?? providersTemperature) - middlingTemperature;
    add('model', `${role} ${agent.model}`, share);
    add('prompt', `${role}:${agent.prompt}`, share);
    add('pair', `${role} ${agent.model}:${agent.prompt}`, share);
    add('temperature', `${role}@`, share * off * 2);
    add('temperature', `${role} ${agent.model}@`, share * off * 2);
    add('temperature', `${role} ${agent.model}@@`, share * off * off * 4);
    if (agent.topP !== undefined) add('temperature', `${role} top-p`, share * agent.topP);
  }
}

function addShape(
  config: MoaConfig,
  stages: readonly SimpleStage[],
  seats: readonly { agent: Agent; role: AgentRole }[],
  add: Add,
): void {
  const proposers = seats.filter(({ role }) => role === 'proposer').map(({ agent }) => agent);
  const answers = totalSamples(proposers);
  add('shape', 'answers', Math.log(answers));
  add('shape', 'models', Math.log(new Set(proposers.map(({ model }) => model)).size));
  add('shape', 'prompts', Math.log(new Set(proposers.map(({ prompt }) => prompt)).size));
  add('shape', `ends with ${stages.at(-1)?.kind}`, 1);
  for (const stage of stages) {
    if (stage.kind !== 'propose') add('shape', stage.kind, 1);
    const { rounds, kept, chosen } = recordOf(stage).counts(stage);
    if (rounds !== undefined) add('shape', 'rounds', Math.log(rounds));
    if (kept !== undefined) add('shape', 'kept', Math.log(kept));
    if (chosen !== undefined) add('shape', 'chosen', chosen / proposersIn(stage));
  }
  for (const stage of config.stages) {
    const { times } = recordOf(stage).counts(stage);
    if (times !== undefined) add('shape', 'loop', Math.log(times));
  }
}

function proposersIn(stage: SimpleStage): number {
  return seatsOf(stage).filter(({ role }) => role === 'proposer').length;
}
