import type { Candidate } from './types.ts';

/**
 * A candidate with the number under which agents see it. Numbers run from 1, and stay as they are while
 * critiques that mention them travel along, even when a rank or verify stage drops other candidates.
 */
export interface NumberedCandidate extends Candidate {
  readonly number: number;
}

/** What stages hand on: candidate answers, best or earliest first, and comments on them. */
export interface Pool {
  readonly candidates: readonly NumberedCandidate[];
  readonly critiques: readonly string[];
}

export const emptyPool: Pool = { candidates: [], critiques: [] };

/** New candidates in place of the old; comments on the old ones go with them. */
export function freshPool(candidates: readonly Candidate[]): Pool {
  return {
    candidates: candidates.map((candidate, index) => ({ ...candidate, number: index + 1 })),
    critiques: [],
  };
}

/** The same pool with some of its candidates, in a new order. */
export function keptPool(pool: Pool, kept: readonly NumberedCandidate[]): Pool {
  return pool.critiques.length === 0 ? freshPool(kept) : { candidates: kept, critiques: pool.critiques };
}
