import type { Rng } from '../../../../src/core/rng.ts';

/**
 * How candidates of some kind are drawn and changed: all that evolution needs to know of them. What it
 * returns is valid; `undefined` where a parent offers nothing to do.
 */
export interface Variation<Candidate> {
  random(rng: Rng): Candidate | undefined;
  mutate(parent: Candidate, rng: Rng): Candidate | undefined;
  /** A child of two; it need not be mutated any more. */
  cross(first: Candidate, second: Candidate, rng: Rng): Candidate | undefined;
  /** Equal for equal candidates: none is proposed twice. */
  id(candidate: Candidate): string;
}
