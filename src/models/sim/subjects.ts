import type { Rng } from '../../core/rng.ts';
import { createCodeChallenge } from './code-challenge/code-challenge.ts';
import { guesser } from './guesser.ts';
import type { Subject } from './subject.ts';

/**
 * All that simulated models know, in the order in which a request is offered.
 * @param habitsOf a model's lasting habits of style in this world
 */
export function createSubjects(habitsOf: (model: string) => Rng): readonly [...Subject[], Subject] {
  return [createCodeChallenge(habitsOf), guesser];
}
