import { remembered } from '../../core/remembered.ts';
import type { Rng } from '../../core/rng.ts';
import { type ConfigId, configId, type MoaConfig } from '../../domain/moa-config.ts';
import { operators, operatorsFor } from '../operators/index.ts';
import type { Operator } from '../operators/operator.ts';
import type { Parents } from '../parents.ts';
import { randomConfig } from '../random-config.ts';
import type { SearchSpace } from '../space.ts';
import type { Proposal } from '../strategy.ts';
import { Arms } from './arms.ts';

/** The arm that has no parents. */
const immigrant = 'random';
const immigrantWeight = 0.4;
/** What an operator of average weight is believed to earn. */
const believedReward = 0.12;
/** After each change of one parent, the chance of another one. */
const anotherMutation = 0.35;
const mostChanges = 3;

const byName: ReadonlyMap<string, Operator> = new Map(operators.map((operator) => [operator.name, operator]));

type Names = readonly [string, ...string[]];

interface SpaceArms {
  /** All arms: the immigrant and every operator that fits the space. */
  readonly names: Names;
  /** Those of operators on one parent. */
  readonly mutations: Names;
  readonly meanWeight: number;
}

const armsBySpace = new WeakMap<SearchSpace, SpaceArms>();

function armsOf(space: SearchSpace): SpaceArms {
  return remembered(armsBySpace, space, () => {
    const fitting = operatorsFor(space);
    const mutations = fitting.filter(({ parents }) => parents === 1).map(({ name }) => name);
    return {
      names: [immigrant, ...fitting.map(({ name }) => name)],
      mutations: mutations as [string, ...string[]],
      meanWeight: fitting.reduce((sum, { weight }) => sum + weight, 0) / fitting.length,
    };
  });
}

export interface Child extends Proposal {
  readonly id: ConfigId;
  readonly parent: MoaConfig | undefined;
}

/** Arms for the operators, believed in by their weights at first. */
export function operatorArms(space: SearchSpace): Arms {
  const { meanWeight } = armsOf(space);
  return new Arms(
    (arm) =>
      (believedReward * (arm === immigrant ? immigrantWeight : (byName.get(arm)?.weight ?? 1))) / meanWeight,
  );
}

/** The operators that a child's origin names. */
export function operatorsOf(origin: string): string[] {
  return origin.split('+').filter((name) => name === immigrant || byName.has(name));
}

/** Draws one of several operators by its name. */
export type Chooser = (names: Names, rng: Rng) => string;

/** A new Thompson draw for every choice: the operator whose sample is largest. */
export const choosingAnew =
  (arms: Arms): Chooser =>
  (among, rng) =>
    arms.draw(among, rng);

/**
 * One Thompson draw for many choices: operators by chance, as often as they were worth in the draw. For offspring of
 * children, which should differ.
 */
export function choosingAtOnce(arms: Arms, space: SearchSpace, rng: Rng): Chooser {
  const worth = new Map(armsOf(space).names.map((name) => [name, arms.sample(name, rng)]));
  return (among, stream) => among[stream.weighted(among.map((name) => worth.get(name) ?? 0))] ?? among[0];
}

/** A child of parents drawn from what is known, by chosen operators; `undefined` where they fail. */
export function breed(
  parents: Pick<Parents, 'draw'>,
  choose: Chooser,
  space: SearchSpace,
  rng: Rng,
): Child | undefined {
  const { names, mutations } = armsOf(space);
  const arm = choose(names, rng);
  const first = arm === immigrant ? undefined : parents.draw(rng);
  if (first === undefined) {
    const config = randomConfig(space, rng);
    if (config === undefined) return undefined;
    const origin = { operator: immigrant, parents: [] };
    return { config, origin, id: configId(config), parent: undefined };
  }
  const applied: string[] = [];
  const from: ConfigId[] = [first.id];
  let config = first.config;
  for (let change = 0, name = arm; change < mostChanges; change++, name = choose(mutations, rng)) {
    if (change > 0 && rng.next() >= anotherMutation) break;
    const operator = byName.get(name);
    const mate = operator?.parents === 2 ? parents.draw(rng) : undefined;
    const child = operator?.apply(mate === undefined ? [config] : [config, mate.config], space, rng);
    if (child === undefined) continue;
    config = child;
    applied.push(name);
    if (mate !== undefined && mate.id !== first.id) from.push(mate.id);
  }
  if (applied.length === 0) return undefined;
  return {
    config,
    origin: { operator: applied.join('+'), parents: from },
    id: configId(config),
    parent: first.config,
  };
}
