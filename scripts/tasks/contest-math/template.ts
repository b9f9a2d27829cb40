import type { Rng } from '../../../src/core/rng.ts';

type Difficulty = 'easy' | 'medium' | 'hard';

/** A problem with its answer, found in a way of its own by `check` (mostly by trying everything). */
export interface Problem {
  readonly question: string;
  readonly answer: number;
  readonly check: () => number;
}

/** A family of problems. */
export interface Template {
  readonly name: string;
  readonly difficulty: Difficulty;
  /** `undefined` when the numbers drawn make no good problem; the generator then draws again. */
  make(rng: Rng): Problem | undefined;
}
