import type { Rng } from '../../core/rng.ts';
import { configId, type MoaConfig } from '../../domain/moa-config.ts';
import { finishConfig } from '../normal-form.ts';
import type { SearchSpace } from '../space.ts';

/**
 * Makes a child of one or two parents. The child is valid, in the space and in normal form, and differs
 * from its first parent; `undefined` when the operator has nothing to do on these parents.
 */
export interface Operator {
  /** Short and stable: it is kept in journals. */
  readonly name: string;
  readonly parents: 1 | 2;
  /** How often it is drawn, relative to the others, as long as nothing is known of its worth. */
  readonly weight: number;
  /** Whether it can do anything in a space; absent: in every space. */
  fits?(space: SearchSpace): boolean;
  apply(parents: readonly [MoaConfig, ...MoaConfig[]], space: SearchSpace, rng: Rng): MoaConfig | undefined;
}

/** A rough change of one config; the operator made of it finishes the result and checks it. */
type Change = (config: MoaConfig, space: SearchSpace, rng: Rng) => MoaConfig | undefined;

/** An operator of one parent. @param weight see {@link Operator.weight} */
export function mutation(name: string, weight: number, change: Change): Operator {
  return {
    name,
    parents: 1,
    weight,
    apply: ([parent], space, rng) => finishChild(parent, change(parent, space, rng), space, rng),
  };
}

/** Brings a rough change into the space and normal form; `undefined` where it cannot be, or is its parent again. */
export function finishChild(
  parent: MoaConfig,
  rough: MoaConfig | undefined,
  space: SearchSpace,
  rng: Rng,
): MoaConfig | undefined {
  if (rough === undefined) return undefined;
  const child = finishConfig(rough, space, rng);
  if (child === undefined) return undefined;
  return configId(child) === configId(parent) ? undefined : child;
}

/** A uniformly drawn element that is not `current`; `undefined` where there is no other. */
export function pickOther<Item>(items: readonly Item[], current: Item, rng: Rng): Item | undefined {
  const others = items.filter((item) => item !== current);
  return others.length === 0 ? undefined : rng.pick(others);
}
