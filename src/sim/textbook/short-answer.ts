import { RE2JS } from 're2js';
import { isScalar, own } from '../../core/records.ts';
import { remembered } from '../../core/remembered.ts';
import { graderKind } from '../../grading/registry.ts';
import type { Situation } from '../subject.ts';
import { labelLearner } from './label.ts';
import type { Chapter, KnownQuestion } from './textbook.ts';
import { wrapPlain } from './wrapping.ts';

/** Answers of other questions that a wrong answer is taken from. */
const mostOthers = 200;

/** Questions that are answered by a name, a phrase or a number in any notation: known as gold answer or reference. */
export const learnShortAnswer = labelLearner({
  truthOf: answerTo,
  labelsOf,
  present,
  complaint: (answer) => `the answer ${answer} is wrong`,
});

function answerTo({ instance, chapter }: KnownQuestion): string | null {
  const gold = answerIn(instance.gold, chapter.grader);
  return gold ?? (instance.reference?.trim() ? instance.reference : null);
}

function answerIn(gold: unknown, grader: string): string | null {
  // Such a gold says how to check an answer, and is none.
  if (graderKind(grader)?.gold?.asAnswer === 'none') return null;
  if (Array.isArray(gold)) {
    return grader === 'contains' ? gold.map(String).join(', ') : answerIn(gold[0], grader);
  }
  return isScalar(gold) && String(gold).trim() !== '' ? String(gold).trim() : null;
}

function labelsOf(question: KnownQuestion): readonly string[] {
  return remembered(labelsOfQuestion, question, () => {
    const truth = answerTo(question) ?? '';
    const isTaken = acceptedBy(question);
    const others = othersIn(question.chapter).filter((answer) => answer !== truth && !isTaken(answer));
    return [truth, ...(others.length > 0 ? others : unknowing.filter((answer) => !isTaken(answer)))];
  });
}

const labelsOfQuestion = new WeakMap<KnownQuestion, readonly string[]>();

/** Wrong answers to who knows of no others. */
const unknowing = ['I do not know', 'unclear'];

/** Whether the question's pattern takes an answer, which is no wrong one then; without a pattern none is told apart. */
function acceptedBy({ instance, chapter }: KnownQuestion): (answer: string) => boolean {
  const pattern = chapter.pattern ?? instance.gold;
  if (chapter.grader !== 'regex' || typeof pattern !== 'string') return () => false;
  const bits = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  const flags = [...chapter.flags].reduce((sum, flag) => sum | (own(bits, flag) ?? 0), 0);
  try {
    const compiled = RE2JS.compile(pattern, flags);
    return (answer) => compiled.matcher(answer).find();
  } catch {
    // The grader says what is wrong with it.
    return () => false;
  }
}

function othersIn(chapter: Chapter): readonly string[] {
  return remembered(othersOfChapter, chapter, () => {
    const golds = chapter.golds.flatMap((gold) => answerIn(gold, chapter.grader) ?? []);
    const answers = [...new Set(golds.length > 0 ? golds : chapter.references)].sort();
    const step = Math.max(1, Math.ceil(answers.length / mostOthers));
    return answers.filter((_, index) => index % step === 0);
  });
}

const othersOfChapter = new WeakMap<Chapter, readonly string[]>();

const bareWanted = /\b(alone|only|no sentence|no explanation|few words)\b/i;

function present(situation: Situation, answer: string): string {
  const rng = situation.rng.derive('short form');
  const { request } = situation;
  if (request.bareAnswer || bareWanted.test(`${request.system}\n${request.question}`)) {
    return rng.next() < 0.95 ? answer : `Answer: ${answer}`;
  }
  const shown = rng.next() < 0.5 ? answer : `The answer is ${answer}.`;
  return wrapPlain(situation, shown, prose);
}

const prose = {
  openings: ['I looked for what the question asks.', 'Here is what I know of it.'],
  closings: ['I am fairly sure of it.', 'Let me know if you need more.'],
};
