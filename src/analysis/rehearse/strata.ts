import jStat from 'jstat';
import { elementAt } from '../../core/element-at.ts';
import { createRng } from '../../core/rng.ts';

/** Place of one play among a few that together are to cover what is not known. */
export interface PlayStratum {
  /** Names the plays that belong together. */
  readonly seed: string;
  readonly index: number;
  readonly of: number;
}

/** The middles of so many equal shares of the standard normal distribution, in order. */
export function middlesOfNormal(of: number): number[] {
  return Array.from({ length: of }, (_, place) => jStat.normal.inv((place + 0.5) / of, 0, 1));
}

/**
 * A standard normal value for one of `of` plays: the middle of its share of the distribution, another share in each play
 * and in another order for each name (a Latin hypercube: McKay, Beckman & Conover 1979). So few plays neither miss the
 * middle nor the tails.
 */
export function stratifiedNormal({ seed, index, of }: PlayStratum, name: string): number {
  return elementAt(createRng(`${seed}/strata/${name}`).shuffle(middlesOfNormal(of)), index);
}
