import type { Situation, SubjectAnswer } from '../subject.ts';
import { chooseValue } from './choose-value.ts';
import type { Work } from './constants.ts';
import { difficultyOf, type LearnSkill, levelAt, workNoise } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';

/** Questions that one value answers: a number, a label, a name. */
export interface ValueKind {
  /** What the value is called in remarks: `result`, `label`. */
  readonly name: string;
  readonly work: Work;
  /** The right value; `null` where the question has none of this kind. */
  truthOf(question: KnownQuestion): string | null;
  /** The value that a text gives; `null`: none that can be read. */
  read(text: string, question: KnownQuestion): string | null;
  /** A wrong value that the writer comes to. */
  slip(situation: Situation, question: KnownQuestion, truth: string): string;
  /** @param own the writer's own attempt, which need not be what it settles on */
  present(situation: Situation, question: KnownQuestion, value: string, own: string): SubjectAnswer;
  /** What a reviewer calls a wrong value. */
  complaint(value: string): string;
}

export function valueLearner(kind: ValueKind): LearnSkill {
  const { name, work } = kind;
  return (question) => {
    const truth = kind.truthOf(question);
    if (truth === null) return null;
    const difficulty = difficultyOf(question, name, work);
    return {
      work,
      inspect: (text) => {
        const value = kind.read(text, question);
        if (value === null) return null;
        const complaint = kind.complaint(value);
        const praise = `the ${name} ${value} is right`;
        return [{ name, right: value === truth, worth: 1, difficulty, complaint, praise }];
      },
      write: (situation) => {
        const noise = workNoise(situation, work)(name);
        const isRight = levelAt(situation, work, question) - difficulty + noise > 0;
        const own = isRight ? truth : kind.slip(situation, question, truth);
        const shown = situation.request.candidates.map((text) => kind.read(text, question));
        const value = chooseValue(situation, work, { name, truth, difficulty, own }, shown);
        return kind.present(situation, question, value, own);
      },
    };
  };
}
