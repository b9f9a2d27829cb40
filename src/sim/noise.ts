import { elementAt } from '../core/element-at.ts';
import { keysOf } from '../core/records.ts';
import type { Rng } from '../core/rng.ts';

const sqrtOfThree = 1.7320508075688772;

/**
 * Noise of mean 0 and variance 1, nearly normal (sum of four uniforms). Only additions and one product,
 * so that every engine gives the same bits; `Math.log` and `Math.exp` promise no such thing.
 */
export function unitNoise(rng: Rng): number {
  return (rng.next() + rng.next() + rng.next() + rng.next() - 2) * sqrtOfThree;
}

/** A world's lasting random effects by name (a model's blind spots), drawn once and remembered. */
export function createLastingNoise(world: Rng): (...names: readonly string[]) => number {
  const drawn = new Map<string, number>();
  return (...names) => {
    const name = names.join('/');
    const known = drawn.get(name);
    if (known !== undefined) return known;
    const value = unitNoise(world.derive(name));
    // Names hold hashes of prompts: bounded, since a long search sees many; redrawing gives the same value.
    if (drawn.size >= 50_000) drawn.clear();
    drawn.set(name, value);
    return value;
  };
}

/** `table[index]`, or its last entry beyond the end. */
export function saturating(table: readonly number[], index: number): number {
  return table[Math.min(index, table.length - 1)] ?? 0;
}

/** A key of `weights`, drawn in proportion to its weight. */
export function weightedKey<Key extends string>(rng: Rng, weights: Readonly<Record<Key, number>>): Key {
  const keys = keysOf(weights);
  return elementAt(keys, rng.weighted(keys.map((key) => weights[key])));
}
