import { remembered } from '../../core/remembered.ts';
import type { MoaConfig, SimpleStage } from '../../domain/moa-config.ts';
import { closes, seatsOf } from '../../domain/stages/simple-stages.ts';
import { recordOf } from '../../domain/stages/stages.ts';
import { namedChoices } from '../settings.ts';
import { type ConfigParts, type RoleShare, type Topology, unsetTemperature } from './config-features.ts';
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
  /** Prompts by number: columns are named after them, and the same long ones are met again and again. */
  readonly #prompts = new Map<string, number>();

  encode({ config, stages, shares, topology }: ConfigParts): SparseRow {
    const places = new Map<number, number>();
    const columns: number[] = [];
    const values: number[] = [];
    const groups: number[] = [];
    const add = (group: Group, name: string, value: number): void => {
      if (value === 0) return;
      const column = numberOf(this.#columns, name);
      const place = places.get(column);
      if (place !== undefined) {
        (values[place] as number) += value;
        return;
      }
      places.set(column, columns.length);
      columns.push(column);
      values.push(value);
      groups.push(featureGroups.indexOf(group));
    };
    const numbered = shares.map((share): NumberedShare => {
      return { ...share, prompt: numberOf(this.#prompts, share.agent.prompt) };
    });
    add('constant', '', 1);
    for (const each of numbered) addShare(each, add);
    addShape(config, stages, topology, add);
    addSuited(numbered, add);
    addWriters(shares, add);
    return {
      columns: Int32Array.from(columns),
      values: Float64Array.from(values),
      groups: Uint8Array.from(groups),
    };
  }
}

/** The number of a name, the next where it is new. */
const numberOf = (numbers: Map<string, number>, name: string): number =>
  remembered(numbers, name, () => numbers.size);

interface NumberedShare extends RoleShare {
  readonly prompt: number;
}

type Add = (group: Group, name: string, value: number) => void;

function addShare({ role, agent, share, prompt }: NumberedShare, add: Add): void {
  const off = (agent.temperature ?? unsetTemperature) - middlingTemperature;
  add('model', `${role} ${agent.model}`, share);
  add('prompt', `${role}:${prompt}`, share);
  add('pair', `${role} ${agent.model}:${prompt}`, share);
  add('temperature', `${role}@`, share * off * 2);
  add('temperature', `${role} ${agent.model}@`, share * off * 2);
  add('temperature', `${role} ${agent.model}@@`, share * off * off * 4);
  for (const choice of namedChoices(agent)) add('temperature', `${role} ${choice}`, share);
  if (agent.topP !== undefined) add('temperature', `${role} top-p`, share * agent.topP);
}

function addShape(config: MoaConfig, stages: readonly SimpleStage[], topology: Topology, add: Add): void {
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
function addSuited(shares: readonly NumberedShare[], add: Add): void {
  const proposers = shares.filter(({ role }) => role === 'proposer');
  for (const { role, agent, share, prompt } of shares) {
    if (role === 'proposer') continue;
    for (const proposer of proposers) {
      const both = share * proposer.share;
      add('suited models', `${role} ${agent.model} over ${proposer.agent.model}`, both);
      add('suited prompts', `${role}:${prompt} over ${proposer.prompt}`, both);
    }
  }
}

/** Models by what they write of the answer: a good one alone mostly is a good fuser, too. */
function addWriters(shares: readonly RoleShare[], add: Add): void {
  const last = shares.findLast(({ role }) => closes(role));
  if (last !== undefined) add('writer', `writes ${last.agent.model}`, 1);
  else {
    for (const { role, agent, share } of shares)
      if (role === 'proposer') add('writer', `writes ${agent.model}`, share);
  }
}

function proposersIn(stage: SimpleStage): number {
  return seatsOf(stage).filter(({ role }) => role === 'proposer').length;
}
