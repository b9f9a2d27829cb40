import { z } from 'zod';
import { scored } from '../../domain/grade.ts';
import { extractChoice } from '../extraction/choice.ts';
import { lettersOf } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { statementOption } from './define.ts';

export const choiceGrader = textGrader('choice', {
  options: z.strictObject({ name: z.literal('choice'), statement: statementOption }),
  golds: z.string().regex(/^\s*\(?[A-Za-z]\)?\s*$/, 'a letter from A to Z'),
  judge: (answer, gold, { statement }) => {
    const given = extractChoice(answer, statement);
    if (given === null) return scored(0, 'No choice was found in the answer; it should end with one letter.');
    return given === lettersOf(gold) ? scored(1) : scored(0, `Choice ${given} is wrong.`);
  },
  scores: 'pass-or-fail',
  learned: 'short',
  gold: {
    answer: 'choice',
    expected: 'a letter of a choice',
    fits: (gold) => typeof gold === 'string' && /^\s*\(?[A-Za-z]\)?\.?\s*$/.test(gold),
    prompt: () =>
      '{{input}}\n\nEnd with a line of the form "The answer is X.", where X is the letter of the right choice.',
    toGold: lettersOf,
    doubt: (instances) => {
      const showing = instances.filter(({ input }) => /(^|[\s(])A[).:]/.test(input)).length;
      return showing >= instances.length / 2
        ? undefined
        : 'the questions show no options A, B, …: name the field that holds them (--input question,options)';
    },
  },
});
