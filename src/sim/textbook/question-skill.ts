import { createRng } from '../../core/rng.ts';
import { abilityOf, createPartNoise, generalLevel } from '../ability.ts';
import { unitNoise } from '../noise.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { families, furtherHint, gradings, type Work } from './constants.ts';
import type { KnownQuestion } from './textbook.ts';

/** What a model has learned of one question. */
export interface QuestionSkill {
  readonly work: Work;
  /** An answer of the model's own, or from the candidates and critiques shown. */
  write(situation: Situation): SubjectAnswer;
  /** The points on which an answer is right or wrong, as an attentive reader finds them; `null`: it holds none. */
  inspect(text: string): readonly Point[] | null;
}

/** One thing that an answer has right or wrong. */
export interface Point {
  readonly name: string;
  readonly right: boolean;
  /** Share of the score that it costs when wrong. */
  readonly worth: number;
  readonly difficulty: number;
  /** What a reviewer says who takes it for wrong, and who takes it for right. */
  readonly complaint: string;
  readonly praise?: string;
}

/** Learns a question's answer; `null` where its gold is of no form that this kind knows. */
export type LearnSkill = (question: KnownQuestion) => QuestionSkill | null;

/** How hard a part of a question is, for everybody and in every world. */
export function difficultyOf(question: KnownQuestion, part: string, work: Work): number {
  const draw = (...names: readonly string[]): number => unitNoise(createRng(`textbook/${names.join('/')}`));
  // Questions made from one template (`tangents-001`, `tangents-002`) are about as hard as each other.
  const stem = question.name.replace(/-\d+$/, '');
  // Rows that an import numbered have nothing in common.
  const isNumbered = stem === `${question.chapter.task}/${question.chapter.task}`;
  const family = draw(isNumbered ? question.name : stem, 'family');
  const all = Math.sqrt(families) * family + Math.sqrt(1 - families) * draw(question.name, 'all');
  const own = draw(question.name, 'part', part);
  const told = gradings[question.instance.label ?? ''] ?? 0;
  return (
    work.difficulty + told + work.spread * (Math.sqrt(work.common) * all + Math.sqrt(1 - work.common) * own)
  );
}

/** The level at which a request of this kind is worked on, before a part's difficulty. */
export function levelAt(situation: Situation, work: Work, question: KnownQuestion): number {
  const ability = abilityOf(situation, work.specialty);
  const guidance = guidanceOf(situation, question);
  return (
    generalLevel(situation, work.specialty) +
    (work.slope - 1) * ability +
    hintGain(guidance, work) * situation.persona.obedience
  );
}

/** The words of the request that are the agent's prompt and not the question. */
export function guidanceOf({ request }: Situation, question: KnownQuestion): string {
  return `${request.system}\n${request.question.replace(question.text, '').replace(question.instance.input, '')}`;
}

function hintGain(guidance: string, work: Work): number {
  let share = 1;
  let gain = 0;
  for (const hint of work.hints) {
    if (!hint.pattern.test(guidance)) continue;
    gain += hint.gain < 0 ? hint.gain : hint.gain * share;
    if (hint.gain > 0) share *= furtherHint;
  }
  return gain;
}

/** Noise of parts, scaled to the kind of work. */
export function workNoise(situation: Situation, work: Work): (part: string) => number {
  const noise = createPartNoise(situation, work.shares);
  return (part) => noise(part) * work.noise;
}
