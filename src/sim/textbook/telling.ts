import { spoken } from '../spoken.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { choosePoints, type Wanted } from './choose-points.ts';
import type { Work } from './constants.ts';
import { stemsOf } from './facts.ts';
import type { QuestionSkill } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';

/** Something that a text tells or leaves out. */
export interface ToldPoint extends Wanted {
  /** Share of the score that it costs when it is left out. */
  readonly worth: number;
  shownBy(text: string, stems: ReadonlySet<string>): boolean;
}

/** Skill at a question whose answer is prose that tells some points. */
export function tellingSkill<Told extends ToldPoint>(
  work: Work,
  question: KnownQuestion,
  points: readonly Told[],
  compose: (situation: Situation, told: readonly Told[]) => SubjectAnswer,
): QuestionSkill {
  const inspect: QuestionSkill['inspect'] = (text) => {
    const plain = spoken(text);
    const stems = stemsOf(plain);
    if (stems.size === 0) return null;
    return points.map(({ name, worth, difficulty, complaint, shownBy }) => ({
      ...{ name, worth, difficulty, complaint },
      right: shownBy(plain, stems),
    }));
  };
  return {
    work,
    inspect,
    write: (situation) => {
      const told = choosePoints(situation, work, question, points, inspect);
      return compose(
        situation,
        points.filter(({ name }) => told.has(name)),
      );
    },
  };
}
