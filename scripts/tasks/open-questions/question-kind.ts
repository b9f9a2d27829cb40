import type { Rng } from '../../../src/core/rng.ts';

/** A family of open questions with reference answers that keep to every condition of the question. */
export interface QuestionKind {
  readonly name: string;
  make(rng: Rng): { readonly question: string; readonly reference: string };
}
