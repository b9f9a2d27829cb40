import { remembered } from '../../core/remembered.ts';
import type { LearnedKind } from '../../grading/grader-kind.ts';
import type { ReadRequest } from '../request-reader.ts';
import { writtenInRole } from '../reviewing.ts';
import type { Subject, SubjectAnswer } from '../subject.ts';
import { learnEssay } from './essay.ts';
import { learnLabel } from './label.ts';
import { learnNumber } from './number.ts';
import type { LearnSkill, QuestionSkill } from './question-skill.ts';
import { learnRepair } from './repair.ts';
import {
  asksForJudgement,
  type Review,
  writeCritique,
  writeJudgement,
  writeRanking,
  writeVerdict,
} from './review.ts';
import { learnShortAnswer } from './short-answer.ts';
import { learnSlots } from './slots.ts';
import { learnSummary } from './summary.ts';
import type { KnownQuestion, Textbook } from './textbook.ts';

const learners: Readonly<Record<LearnedKind, LearnSkill>> = {
  number: learnNumber,
  label: learnLabel,
  short: learnShortAnswer,
  slots: learnSlots,
  summary: learnSummary,
  repair: learnRepair,
  essay: learnEssay,
};

const anyShort: readonly LearnedKind[] = ['number', 'label', 'slots'];

/** What there is to know of a question; `null` where its gold is of no form that its kind knows. */
export function learn(question: KnownQuestion): QuestionSkill | null {
  const skill = learners[question.kind](question);
  // A number in another notation, a label that is no text.
  return skill === null && anyShort.includes(question.kind) ? learnShortAnswer(question) : skill;
}

/** Answers questions that stand in a textbook, and judges answers to them. */
export function createTextbookSubject(textbook: Textbook): Subject {
  const learned = new Map<string, QuestionSkill | null>();
  const skillOf = (question: KnownQuestion): QuestionSkill | null =>
    remembered(learned, question.name, () => learn(question));
  const find = (request: ReadRequest): { question: KnownQuestion; skill: QuestionSkill } | null => {
    const question = findQuestion(textbook, request);
    const skill = question === null ? null : skillOf(question);
    return question === null || skill === null ? null : { question, skill };
  };
  return {
    recognise: (request) => find(request)?.question.name ?? null,
    answer: (situation) => {
      const found = find(situation.request);
      if (found === null) throw new Error('textbook: asked to answer a question that it did not recognise');
      return answer({ situation, ...found });
    },
  };
}

/** Whoever is to work on a prompt is shown questions as examples of what it is for. */
const asksForPrompt = /\b(rewrite|rephrase|improve|revise|mutate|edit)\b[^.\n]{0,40}\bprompts?\b/i;

/**
 * A question is looked for in what the user says; in the prompt only where the user says nothing or a judge
 * is told there what to judge, since prompts may quote other questions as examples.
 */
function findQuestion(textbook: Textbook, { question, system }: ReadRequest): KnownQuestion | null {
  if (asksForPrompt.test(system === '' ? question : system)) return null;
  const found = textbook.find(question);
  if (found !== null || system === '') return found;
  return question.trim() === '' || /\bTIE\b/.test(system) ? textbook.find(system) : null;
}

function answer(review: Review): SubjectAnswer {
  const { situation, skill } = review;
  const reviews = {
    critic: () => writeCritique(review),
    verifier: () => (asksForJudgement(review) ? writeJudgement(review) : writeVerdict(review)),
    ranker: () => writeRanking(review),
  };
  return writtenInRole(situation, reviews, () => skill.write(situation));
}
