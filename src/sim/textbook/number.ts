import { createRng, type Rng } from '../../core/rng.ts';
import type { Situation, SubjectAnswer } from '../subject.ts';
import { chooseValue, commentsIn, weightsOf } from './choose-value.ts';
import { slips, works } from './constants.ts';
import { difficultyOf, guidanceOf, type LearnSkill, levelAt, spoken, workNoise } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';
import { thinkAloud, writeSolution } from './worked-solution.ts';

/** Questions whose answer is a number: worked solutions that end in "The answer is N". */
export const learnNumber: LearnSkill = (question) => {
  const truth = numberOf(question.instance.gold);
  if (truth === null) return null;
  const work = works.number;
  const difficulty = difficultyOf(question, 'result', work);
  return {
    work,
    inspect: (text) => {
      const result = readResult(text);
      if (result === null) return null;
      const right = result === truth;
      const complaint = `the result ${result} is wrong, since the working breaks before the last step`;
      return [
        { name: 'result', right, worth: 1, difficulty, complaint, praise: `the result ${result} is right` },
      ];
    },
    write: (situation) => answer(situation, question, truth, difficulty),
  };
};

function answer(
  situation: Situation,
  question: KnownQuestion,
  truth: string,
  difficulty: number,
): SubjectAnswer {
  const { request } = situation;
  const work = works.number;
  const right = levelAt(situation, work, question) - difficulty + workNoise(situation, work)('result') > 0;
  const own = right ? truth : slip(situation, question, truth);
  const weights = weightsOf(request.candidates);
  const shown = request.candidates.map((text, index) => ({
    value: readResult(text),
    weight: weights[index] ?? 0,
  }));
  const result = chooseValue(situation, work, { name: 'result', truth, difficulty, own }, shown, (value) =>
    commentsIn(request.critiques, [value]),
  );
  return {
    form: 'plain',
    body: writeSolution(situation, guidanceOf(situation, question), question.instance.input, result),
    thoughts: thinkAloud(situation, question.instance.input, own),
  };
}

/** The gold answer as text, when it is a number. */
function numberOf(gold: unknown): string | null {
  const value = typeof gold === 'object' && gold !== null && 'answer' in gold ? gold.answer : gold;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null;
  if (typeof value !== 'string') return null;
  const plain = value.replace(/(?<=\d),(?=\d{3})/g, '').trim();
  return /^-?\d+(\.\d+)?$/.test(plain) ? String(Number(plain)) : null;
}

/** The result that a text ends in. */
function readResult(text: string): string | null {
  const plain = spoken(text)
    .replace(/(?<=\d),(?=\d{3})/g, '')
    .replaceAll('**', '');
  const named = [...plain.matchAll(/(?:answer(?: is)?|\\boxed\{|####)[^\d\n-]{0,12}(-?\d+(?:\.\d+)?)/gi)];
  const found = named.at(-1)?.[1] ?? plain.match(/(?<![\w.])-?\d+(?:\.\d+)?/g)?.at(-1);
  return found === undefined ? null : String(Number(found));
}

/** A wrong result: one that anybody may fall for, one that this model falls for again and again, or any other. */
function slip(situation: Situation, question: KnownQuestion, truth: string): string {
  const rng = situation.rng.derive('slip');
  const kind = rng.next();
  const { anybody, own } = slips.number;
  if (kind < anybody) {
    const traps = createRng(`textbook/${question.name}/traps`);
    const first = nearby(truth, traps.derive('first'));
    return rng.next() < slips.first ? first : nearby(truth, traps.derive('other', rng.integer(3)));
  }
  if (kind < anybody + own) {
    return nearby(truth, createRng(`slip/${situation.lasting(situation.question, 'slip')}`));
  }
  return nearby(truth, rng);
}

/** A number that a slip in the working could give; never the right one. */
function nearby(truth: string, rng: Rng): string {
  const right = Number(truth);
  const size = Math.max(4, Math.abs(right));
  const far = (): number => Math.trunc(right + (rng.next() - 0.5) * size * (0.2 + 1.6 * rng.next()));
  const wrong = rng.pick([
    () => right + rng.pick([1, -1, 2, -2, 10, -10]),
    () => right * 2,
    () => Math.trunc(right / 2),
    () => right - rng.integer(Math.ceil(size / 4)) - 1,
    far,
    far,
    far,
  ])();
  const sign = right >= 0 ? Math.abs(wrong) : wrong;
  return String(sign === right || !Number.isFinite(sign) ? right + 3 + rng.integer(5) : sign);
}
