import { abilityOf, critiqueGain, evidenceShift, independence } from '../ability.ts';
import { references } from '../constants.ts';
import type { Situation } from '../subject.ts';
import type { Work } from './constants.ts';
import { levelAt, type QuestionSkill, workNoise } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';

/** Something an answer has or lacks: a fact told, a bug mended. */
export interface Wanted {
  readonly name: string;
  readonly difficulty: number;
  /** By which a critique demands it. */
  readonly complaint: string;
  /** The complaint does not tell what is meant. */
  readonly isVague?: true;
}

/** Decides which points the writer gets right, with the context's candidates and critiques in view. */
export function choosePoints(
  situation: Situation,
  work: Work,
  question: KnownQuestion,
  points: readonly Wanted[],
  inspect: QuestionSkill['inspect'],
): ReadonlySet<string> {
  const { request, persona } = situation;
  const level = levelAt(situation, work, question);
  const noise = workNoise(situation, work);
  const ability = abilityOf(situation, work.specialty) * work.slope;
  const read = request.candidates.flatMap((text) => {
    const found = inspect(text);
    if (found === null) return [];
    return [{ text, right: new Set(found.filter(({ right }) => right).map(({ name }) => name)) }];
  });
  const weights = independence(read.map(({ text }) => text));
  const distraction = persona.distraction * request.candidates.length;
  const chosen = points.filter(({ name, difficulty, complaint, isVague }) => {
    const own = level - difficulty;
    const demands = isVague ? 0 : request.critiques.filter((critique) => critique.includes(complaint)).length;
    const demanded = critiqueGain(situation, demands) - distraction;
    if (read.length === 0) return own + demanded + noise(name) > 0;
    const have = read.reduce(
      (sum, each, index) => sum + (each.right.has(name) ? (weights[index] ?? 0) : 0),
      0,
    );
    const lack = weights.reduce((sum, weight) => sum + weight, 0) - have;
    const shift = evidenceShift(ability, have, lack) * work.evidence;
    return own * references.ownWeight + shift + demanded + noise(name) > 0;
  });
  return new Set(chosen.map(({ name }) => name));
}
