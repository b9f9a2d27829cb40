import type { MoaConfig, SimpleStage } from '../../domain/moa-config.ts';
import { seatsOf } from '../../domain/stages/simple-stages.ts';
import { recordOf, simpleStages } from '../../domain/stages/stages.ts';
import { namedChoices } from '../settings.ts';
import { type RoleShare, roleShares, topologyOf, unsetTemperature } from './config-features.ts';
import type { SparseRow } from './kernel.ts';

/** Groups of the columns of sparse features, in the order of their indices. */
const featureGroups = [
  'constant',
  'model',
  'prompt',
  'pair',
  'temperature',
  'shape',
  'foretold',
  'suited models',
  'suited prompts',
  'writer',
] as const;
type Group = (typeof featureGroups)[number];

/** The first columns are for what is foretold of a config by others' answers. */
const foretoldColumns = Array.from({ length: 8 }, (_, column) => column);

/** Sparse features with what is foretold of its config, at most eight numbers. */
export function joined({ columns, values, groups }: SparseRow, foretold: readonly number[]): SparseRow {
  const own = columns.length;
  const length = own + foretold.length;
  const row = {
    columns: new Int32Array(length),
    values: new Float64Array(length),
    groups: new Uint8Array(length).fill(featureGroups.indexOf('foretold'), own),
  };
  row.columns.set(columns);
  row.columns.set(foretoldColumns.slice(0, foretold.length), own);
  row.values.set(values);
  row.values.set(foretold, own);
  row.groups.set(groups);
  return row;
}

/** Temperatures count from here, so that a middling one has no effect. */
const middlingTemperature = 0.5;

/**
 * A config as the Gaussian process sees it: models, prompts and both together as shares by role, temperatures
 * by role and model, the counts that make its shape, who reads whose answers, and who writes the last one.
 */
export class SparseFeatures {
  readonly #columns = new Map<string, number>(
    foretoldColumns.map((column) => [`foretold ${column}`, column]),
  );
  readonly #known = new WeakMap<object, SparseRow>();

  /** Of something that has a config and is asked about again and again. */
  of(owner: { readonly config: MoaConfig }): SparseRow {
    let features = this.#known.get(owner);
    if (features === undefined) {
      features = this.encode(owner.config);
      this.#known.set(owner, features);
    }
    return features;
  }

  encode(config: MoaConfig): SparseRow {
    const entries = new Map<string, { group: Group; value: number }>();
    const add = (group: Group, name: string, value: number): void => {
      if (value === 0) return;
      const known = entries.get(name);
      if (known === undefined) entries.set(name, { group, value });
      else known.value += value;
    };
    add('constant', '', 1);
    const shares = roleShares(config);
    for (const each of shares) addShare(each, add);
    addShape(config, add);
    addSuited(shares, add);
    addWriters(shares, add);
    const names = [...entries];
    return {
      columns: Int32Array.from(names, ([name]) => this.#column(name)),
      values: Float64Array.from(names, ([, { value }]) => value),
      groups: Uint8Array.from(names, ([, { group }]) => featureGroups.indexOf(group)),
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

type Add = (group: Group, name: string, value: number) => void;

function addShare({ role, agent, share }: RoleShare, add: Add): void {
  const off = (agent.temperature ?? unsetTemperature) - middlingTemperature;
  add('model', `${role} ${agent.model}`, share);
  add('prompt', `${role}:${agent.prompt}`, share);
  add('pair', `${role} ${agent.model}:${agent.prompt}`, share);
  add('temperature', `${role}@`, share * off * 2);
  add('temperature', `${role} ${agent.model}@`, share * off * 2);
  add('temperature', `${role} ${agent.model}@@`, share * off * off * 4);
  for (const choice of namedChoices(agent)) add('temperature', `${role} ${choice}`, share);
  if (agent.topP !== undefined) add('temperature', `${role} top-p`, share * agent.topP);
}

function addShape(config: MoaConfig, add: Add): void {
  const topology = topologyOf(config);
  const stages = simpleStages(config.stages);
  for (const name of ['answers', 'models', 'prompts'] as const) add('shape', name, Math.log(topology[name]));
  add('shape', `ends with ${stages.at(-1)?.kind}`, 1);
  // Counts of each stage on its own: their logarithms do not follow from sums.
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

/** Models and prompts of whoever comes later with those of each proposer: some suit each other, and neither shows it alone. */
function addSuited(shares: readonly RoleShare[], add: Add): void {
  const proposers = shares.filter(({ role }) => role === 'proposer');
  for (const { role, agent, share } of shares) {
    if (role === 'proposer') continue;
    for (const proposer of proposers) {
      const both = share * proposer.share;
      add('suited models', `${role} ${agent.model} over ${proposer.agent.model}`, both);
      add('suited prompts', `${role}:${agent.prompt} over ${proposer.agent.prompt}`, both);
    }
  }
}

/** Models by what they write of the answer: a good one alone mostly is a good fuser, too. */
function addWriters(shares: readonly RoleShare[], add: Add): void {
  const fuser = shares.findLast(({ role }) => role === 'fuser');
  if (fuser !== undefined) add('writer', `writes ${fuser.agent.model}`, 1);
  else {
    for (const { role, agent, share } of shares)
      if (role === 'proposer') add('writer', `writes ${agent.model}`, share);
  }
}

function proposersIn(stage: SimpleStage): number {
  return seatsOf(stage).filter(({ role }) => role === 'proposer').length;
}
