import { createRng, type Rng } from '../../core/rng.ts';
import { spoken } from '../spoken.ts';
import type { Situation } from '../subject.ts';
import { slips, works } from './constants.ts';
import { guidanceOf } from './question-skill.ts';
import type { KnownQuestion } from './textbook.ts';
import { valueLearner } from './value-learner.ts';
import { thinkAloud, writeSolution } from './worked-solution.ts';

/** Questions whose answer is a number: worked solutions that end in "The answer is N". */
export const learnNumber = valueLearner({
  name: 'result',
  work: works.number,
  truthOf: ({ instance }) => numberOf(instance.gold),
  read: readResult,
  slip,
  present: (situation, question, result, own) => ({
    form: 'plain',
    body: writeSolution(situation, guidanceOf(situation, question), question.instance.input, result),
    thoughts: thinkAloud(situation, question.instance.input, own),
  }),
  complaint: (result) => `the result ${result} is wrong, since the working breaks before the last step`,
});

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
