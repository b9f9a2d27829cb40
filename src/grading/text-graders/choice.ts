import { z } from 'zod';
import type { Grade } from '../../domain/grade.ts';
import type { Instance } from '../../domain/task.ts';
import { extractChoice } from '../extract.ts';
import { lettersOf } from '../gold-form.ts';
import { textGrader } from '../grader-kind.ts';
import { goldAs, scored, statementOption, unscored } from './define.ts';

const choiceOptions = z.strictObject({ name: z.literal('choice'), statement: statementOption });

/** Gold: a letter. */
function gradeChoice(answer: string, instance: Instance, options: z.infer<typeof choiceOptions>): Grade {
  const gold = goldAs(instance, z.string().regex(/^\s*\(?[A-Za-z]\)?\s*$/, 'a letter from A to Z'));
  if ('problem' in gold) return unscored(gold.problem);
  const given = extractChoice(answer, options.statement);
  if (given === null) return scored(0, 'No choice was found in the answer; it should end with one letter.');
  const wanted = gold.value.replaceAll(/[\s()]/g, '').toUpperCase();
  return given === wanted ? scored(1) : scored(0, `Choice ${given} is wrong.`);
}

export const choiceGrader = textGrader('choice', {
  options: choiceOptions,
  judge: gradeChoice,
  scores: 'pass-or-fail',
  gold: {
    answer: 'choice',
    expected: 'a letter of a choice',
    fits: (gold) => typeof gold === 'string' && /^\s*\(?[A-Za-z]\)?\.?\s*$/.test(gold),
    prompt: () => '{{input}}\n\nEnd with the letter of the right choice.',
    toGold: lettersOf,
    doubt: (instances) => {
      const showing = instances.filter(({ input }) => /(^|[\s(])A[).:]/.test(input)).length;
      return showing >= instances.length / 2
        ? undefined
        : 'the questions show no options A, B, …: name the field that holds them (--input question,options)';
    },
  },
});
