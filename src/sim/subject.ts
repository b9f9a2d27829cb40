import type { Rng } from '../core/rng.ts';
import type { Persona } from './personas.ts';
import type { ReadRequest } from './request-reader.ts';

/**
 * Something that simulated models know about, as a person has studied a subject. To add one, implement
 * this and list it in subjects.ts before the guesser, which answers whatever no other subject knows.
 */
export interface Subject {
  /** What the request asks, as a stable name of the question (errors correlate by it); `null`: not ours. */
  recognise(request: ReadRequest): string | null;
  answer(situation: Situation): SubjectAnswer;
}

/** All that an answer may depend on: the request's text, who answers, and seeded noise. */
export interface Situation {
  readonly request: ReadRequest;
  /** The name that {@link Subject.recognise} gave the question. */
  readonly question: string;
  readonly persona: Persona;
  /** In effect: fallback applied, lowered by top-p. */
  readonly temperature: number;
  /** Fresh numbers of this very call. */
  readonly rng: Rng;
  /** Unit noise by name that lasts over all calls to this model in this world. */
  readonly lasting: (...names: readonly string[]) => number;
  /** The same, lasting over all calls to this model with this system prompt. */
  readonly promptNoise: (...names: readonly string[]) => number;
}

export interface SubjectAnswer {
  readonly body: string;
  /** `code` is presented in fences and prose as models do; `plain` is handed out as it is. */
  readonly form: 'code' | 'plain';
  /** What a model that thinks aloud would mention first. */
  readonly thoughts?: readonly string[];
}
